internal import Offboarding

/// Headers as they are kept: a line `name: value` each, in order.
///
/// A header can hold no line break; the listener refuses folded ones.
enum HeaderText {
    static func encode(_ headers: [Delivery.Header]) -> [UInt8] {
        let size = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 3 }
        var text: [UInt8] = []
        text.reserveCapacity(size)
        for header in headers {
            text.append(contentsOf: header.name.utf8)
            text.append(contentsOf: ": ".utf8)
            text.append(contentsOf: header.value.utf8)
            text.append(UInt8(ascii: "\n"))
        }
        return text
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
