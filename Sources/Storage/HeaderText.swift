internal import Foundation
internal import Offboarding

/// Headers as they are kept: a JSON array of `[name, value]` pairs, in order.
///
/// Written by hand: this runs for every request, and Foundation's encoder takes longer than the rest of an append.
enum HeaderText {
    static func encode(_ headers: [Delivery.Header]) -> String {
        var text: [UInt8] = [UInt8(ascii: "[")]
        for (index, header) in headers.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text.append(UInt8(ascii: "["))
            quote(header.name, into: &text)
            text.append(UInt8(ascii: ","))
            quote(header.value, into: &text)
            text.append(UInt8(ascii: "]"))
        }
        text.append(UInt8(ascii: "]"))
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: String) throws -> [Delivery.Header] {
        let pairs = try JSONDecoder().decode([[String]].self, from: Data(text.utf8))
        return try pairs.map { pair in
            guard pair.count == 2 else { throw StoreError(.damaged, "a delivery's headers cannot be read") }
            return Delivery.Header(name: pair[0], value: pair[1])
        }
    }

    private static func quote(_ string: String, into text: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        text.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text.append(UInt8(ascii: "\\"))
                text.append(byte)
            case 0..<0x20:
                text.append(contentsOf: "\\u00".utf8)
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            default:
                text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}
