/// An entry's bytes before it has its place: what it says, around the two members that chain it.
public struct AuditDraft: Sendable, Equatable {
    let beginning: [UInt8]
    let end: [UInt8]

    /// The entry's exact bytes: RFC 8785 JSON, in which `previous` and `sequence` stand where their names sort.
    public func bytes(sequence: Int64, after previous: [UInt8]) -> [UInt8] {
        var json = CanonicalJSON(beginning, roomFor: 128 + end.count)
        json.raw(",\"previous\":")
        json.writeHex(previous)
        json.raw(",\"sequence\":")
        json.write(.number(sequence))
        json.raw(end)
        return json.bytes
    }
}

/// An entry as it is kept. Its bytes are never written anew: what was hashed is what is kept.
public struct AuditEntry: Sendable, Equatable {
    /// 1 for the first of a chain.
    public let sequence: Int64
    public let bytes: [UInt8]
    /// SHA-256 of the bytes, as it is kept beside them.
    public let hash: [UInt8]

    /// What the first entry of a chain has for the hash before it.
    public static let beginning = [UInt8](repeating: 0, count: 32)

    public init(sequence: Int64, bytes: [UInt8], hash: [UInt8]) {
        self.sequence = sequence
        self.bytes = bytes
        self.hash = hash
    }
}

/// The two members that chain an entry, read without reading the rest: a chain of millions is checked in seconds.
struct AuditLink: Equatable {
    let sequence: Int64
    let previous: [UInt8]

    private static let name = Array(",\"previous\":\"".utf8)
    private static let next = Array("\",\"sequence\":".utf8)

    /// - Returns: `nil` where the bytes are no entry. A string cannot pass for the members, since quotes in strings are
    ///   escaped, and no fact has these names.
    init?(_ bytes: [UInt8]) {
        guard bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}"),
            let place = Self.place(of: Self.name, in: bytes)
        else { return nil }
        let hex = bytes[place...].prefix(64)
        guard hex.count == 64, let previous = HexText.bytes(hex) else { return nil }
        let rest = bytes[(place + 64)...]
        guard rest.starts(with: Self.next) else { return nil }
        let digits = rest.dropFirst(Self.next.count).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let sequence = Int64(String(decoding: digits, as: UTF8.self)) else { return nil }
        self.sequence = sequence
        self.previous = previous
    }

    /// Where a run of bytes ends that occurs in others.
    private static func place(of run: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= run.count else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            run.withUnsafeBufferPointer { run in
                var start = 0
                while start + run.count <= bytes.count {
                    var length = 0
                    while length < run.count, bytes[start + length] == run[length] { length += 1 }
                    if length == run.count { return start + length }
                    start += 1
                }
                return nil
            }
        }
    }
}
