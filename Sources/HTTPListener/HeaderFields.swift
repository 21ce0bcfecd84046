import Glibc

/// One header field.
public struct HeaderField: Sendable, Hashable {
    /// The name. In a request it is lower-cased; in a response it is sent as written.
    public let name: String
    /// The value without white space around it.
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// The header fields of a request in the order they came.
///
/// Names are lower-cased. Values are UTF-8; bytes that are none are replaced by U+FFFD, so a value that contains one is
/// not byte for byte what was sent.
///
/// Held as the bytes that came: most fields of most requests are never asked for, and a text is made of those that are.
public struct HeaderFields: Sendable, Hashable, RandomAccessCollection {
    /// Where a field lies in `bytes`: its name, and its value right behind.
    private struct Place: Sendable, Hashable {
        let start: Int
        let nameLength: Int
        let valueLength: Int

        var name: Range<Int> { start..<start + nameLength }
        var value: Range<Int> { start + nameLength..<start + nameLength + valueLength }
    }

    private var bytes: [UInt8] = []
    private var places: [Place] = []

    public init(_ fields: [HeaderField] = []) {
        for field in fields {
            var (name, value) = (field.name, field.value)
            name.withUTF8 { name in
                value.withUTF8 { append(name: UnsafeRawBufferPointer(name), value: UnsafeRawBufferPointer($0)) }
            }
        }
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { places.count }

    public subscript(position: Int) -> HeaderField {
        HeaderField(String(decoding: bytes[places[position].name], as: UTF8.self), value(at: position))
    }

    /// Whether there is a field of this name, which must be given in lower case.
    public func contains(_ name: String) -> Bool {
        find(name, from: 0) != nil
    }

    /// The value of the first field of this name, which must be given in lower case.
    public func first(_ name: String) -> String? {
        find(name, from: 0).map(value)
    }

    /// The values of all fields of this name in order; the name must be given in lower case.
    public func all(_ name: String) -> [String] {
        var values: [String] = []
        var next = find(name, from: 0)
        while let index = next {
            values.append(value(at: index))
            next = find(name, from: index + 1)
        }
        return values
    }

    /// How many fields have this name, which must be given in lower case.
    public func count(of name: String) -> Int { count(of: name, from: 0) }

    private func count(of name: String, from start: Int) -> Int {
        var count = 0
        var next = find(name, from: start)
        while let index = next {
            count += 1
            next = find(name, from: index + 1)
        }
        return count
    }

    /// The value of the first field of this name, which must be given in lower case, and how many have it.
    public func look(up name: String) -> (first: String?, count: Int) {
        guard let index = find(name, from: 0) else { return (nil, 0) }
        return (value(at: index), count(of: name, from: index))
    }

    /// Whether what must be said once is said twice: a name comes twice, or two of the names have different values.
    ///
    /// - Parameter names: names that stand for one another, in lower case.
    public func isAmbiguous(_ names: [String]) -> Bool {
        var said: Place?
        for name in names {
            guard let index = find(name, from: 0) else { continue }
            if find(name, from: index + 1) != nil { return true }
            if let said, !bytes[said.value].elementsEqual(bytes[places[index].value]) { return true }
            said = places[index]
        }
        return false
    }

    private func value(at index: Int) -> String {
        String(decoding: bytes[places[index].value], as: UTF8.self)
    }

    /// The first field of this name at or behind an index.
    private func find(_ name: String, from start: Int) -> Int? {
        if let found = name.utf8.withContiguousStorageIfAvailable({ find($0, from: start) }) { return found }
        return Array(name.utf8).withUnsafeBufferPointer { find($0, from: start) }
    }

    private func find(_ name: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            guard let field = bytes.baseAddress, let wanted = name.baseAddress else { return nil }
            // Lengths differ for most.
            for index in start..<places.count where places[index].nameLength == name.count {
                if memcmp(field + places[index].start, wanted, name.count) == 0 { return index }
            }
            return nil
        }
    }

    /// Adds a field. Letters of its name become lower case.
    mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        places.append(Place(start: bytes.count, nameLength: name.count, valueLength: value.count))
        for byte in name { bytes.append((0x41...0x5A).contains(byte) ? byte | 0x20 : byte) }
        bytes.append(contentsOf: value)
    }

    /// Makes room at once for so many fields whose names and values have so many bytes together.
    mutating func reserve(fields: Int, bytes count: Int) {
        places.reserveCapacity(fields)
        bytes.reserveCapacity(count)
    }
}
