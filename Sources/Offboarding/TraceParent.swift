/// Where in a distributed trace a request stands: the header `traceparent` of W3C Trace Context
/// (https://www.w3.org/TR/trace-context/).
///
/// We record no spans of our own, so it is handed on as it came: whoever is called stands below whoever called us.
public struct TraceParent: Sendable, Hashable, CustomStringConvertible {
    /// The header's name.
    public static let header = "traceparent"
    /// `00`, the trace's id, the caller's id and the flags, in lower-case hex.
    public let text: String

    public var description: String { text }

    /// Reads a header; `nil` for anything but a valid one. One of a later version is taken for what it says in the form of
    /// version `00`.
    public init?(_ value: String) {
        let bytes = Array(value.utf8)
        guard bytes.count >= Self.length else { return nil }
        let dashes = [2, 35, 52]
        for (index, byte) in bytes.prefix(Self.length).enumerated() {
            if dashes.contains(index) {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                guard (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) else { return nil }
            }
        }
        let version = bytes[0..<2]
        guard !version.elementsEqual("ff".utf8) else { return nil }
        guard bytes.count == Self.length || (!version.elementsEqual("00".utf8) && bytes[Self.length] == 0x2D) else {
            return nil
        }
        let isNothing: (ArraySlice<UInt8>) -> Bool = { $0.allSatisfy { $0 == UInt8(ascii: "0") } }
        guard !isNothing(bytes[3..<35]), !isNothing(bytes[36..<52]) else { return nil }
        text = "00" + String(decoding: bytes[2..<Self.length], as: UTF8.self)
    }

    /// How long the form of version `00` is, in bytes.
    private static let length = 55
}

extension Delivery {
    /// The trace that the request was part of, where it said so once and in a valid way.
    public var trace: TraceParent? {
        let said = headers.filter { $0.name == TraceParent.header }
        return said.count == 1 ? TraceParent(said[0].value) : nil
    }
}
