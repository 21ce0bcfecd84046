internal import Offboarding

/// Headers as they are kept: a line `name: value` each, in order.
///
/// A header can hold no line break; the listener refuses folded ones.
enum HeaderText {
    static func encode(_ headers: [Delivery.Header]) -> String {
        let size = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 3 }
        return String(unsafeUninitializedCapacity: size) { buffer in
            var end = 0
            func append(_ bytes: String.UTF8View) {
                for byte in bytes {
                    buffer[end] = byte
                    end += 1
                }
            }
            for header in headers {
                append(header.name.utf8)
                append(": ".utf8)
                append(header.value.utf8)
                append("\n".utf8)
            }
            return end
        }
    }

    static func decode(_ text: String) throws -> [Delivery.Header] {
        try text.utf8.split(separator: UInt8(ascii: "\n")).map { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), line.index(after: colon) < line.endIndex else {
                throw StoreError(.damaged, "a delivery's headers cannot be read")
            }
            let value = line[line.index(colon, offsetBy: 2)...]
            return Delivery.Header(
                name: String(decoding: line[..<colon], as: UTF8.self),
                value: String(decoding: value, as: UTF8.self)
            )
        }
    }
}
