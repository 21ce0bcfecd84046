import Foundation

/// A place in a list, as text that a client must give back exactly.
///
/// Opaque cursors name the last row seen, so that rows which vanish shift nothing; they always hold `+`, `/` and `=`.
/// Offset cursors count rows, so that they do shift.
enum Cursor: Sendable, Equatable {
    /// Behind the row with this ordinal, which is -1 at the start; the page number from 1.
    case after(ordinal: Int, page: Int)
    case offset(Int)

    /// Reads a cursor that was given out for `list`.
    ///
    /// - Returns: `nil` for any other text, another list's cursor among them.
    init?(encoded: String, list: String) {
        guard var bytes = Data(base64Encoded: encoded).map(Array.init), bytes.starts(with: Self.mark) else {
            return nil
        }
        bytes.removeFirst(Self.mark.count)
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: "|")
        guard parts.count == 4, parts[3].trimmingCharacters(in: .whitespaces) == Self.tag(list),
            let first = Int(parts[1]), let second = Int(parts[2])
        else { return nil }
        switch parts[0] {
        case "a": self = .after(ordinal: first, page: second)
        case "o": self = .offset(first)
        default: return nil
        }
    }

    func encoded(list: String) -> String {
        let text =
            switch self {
            case .after(let ordinal, let page): "a|\(ordinal)|\(page)|\(Self.tag(list))"
            case .offset(let offset): "o|\(offset)|0|\(Self.tag(list))"
            }
        var bytes = Self.mark + text.utf8
        // One byte over a multiple of three makes base64 end in two `=`.
        while bytes.count % 3 != 1 { bytes.append(UInt8(ascii: " ")) }
        return Data(bytes).base64EncodedString()
    }

    /// In base64 these are `+/+/`.
    private static let mark: [UInt8] = [0xFB, 0xFF, 0xBF]

    /// FNV-1a of the list's name: enough to tell one list's cursors from another's.
    private static func tag(_ list: String) -> String {
        let hash = list.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return String(hash, radix: 36)
    }
}
