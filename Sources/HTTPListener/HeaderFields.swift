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

    /// Whether it has this name, byte for byte.
    func isNamed(_ name: String) -> Bool {
        // Lengths differ for most, and comparing texts is for more than bytes.
        self.name.utf8.count == name.utf8.count && self.name == name
    }
}

/// The header fields of a request in the order they came.
///
/// Names are lower-cased. Values are UTF-8; bytes that are none are replaced by U+FFFD, so a value that contains one is
/// not byte for byte what was sent.
public struct HeaderFields: Sendable, Hashable, RandomAccessCollection {
    private var fields: [HeaderField]

    public init(_ fields: [HeaderField] = []) {
        self.fields = fields
    }

    public var startIndex: Int { fields.startIndex }
    public var endIndex: Int { fields.endIndex }
    public subscript(position: Int) -> HeaderField { fields[position] }

    /// The value of the first field of this name, which must be given in lower case.
    public func first(_ name: String) -> String? {
        for field in fields where field.isNamed(name) {
            return field.value
        }
        return nil
    }

    /// The values of all fields of this name in order; the name must be given in lower case.
    public func all(_ name: String) -> [String] {
        fields.compactMap { $0.isNamed(name) ? $0.value : nil }
    }

    /// How many fields have this name, which must be given in lower case.
    public func count(of name: String) -> Int {
        var count = 0
        for field in fields where field.isNamed(name) {
            count += 1
        }
        return count
    }

    /// Whether what must be said once is said twice: a name comes twice, or two of the names have different values.
    ///
    /// - Parameter names: names that stand for one another, in lower case, at most 64.
    public func isAmbiguous(_ names: [String]) -> Bool {
        var seen: UInt64 = 0
        var value: String?
        for field in fields {
            guard let index = names.firstIndex(where: field.isNamed) else { continue }
            let bit = UInt64(1) << UInt64(index)
            if seen & bit != 0 { return true }
            seen |= bit
            if let value, !value.utf8.elementsEqual(field.value.utf8) { return true }
            value = field.value
        }
        return false
    }

    mutating func append(_ field: HeaderField) {
        fields.append(field)
    }

    mutating func reserveCapacity(_ capacity: Int) {
        fields.reserveCapacity(capacity)
    }
}
