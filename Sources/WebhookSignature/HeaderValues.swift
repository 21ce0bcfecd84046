/// What a request says under one header name.
public struct HeaderValues: Sendable, ExpressibleByArrayLiteral {
    /// The value of the first field of the name.
    public let first: String?
    /// How many fields have the name.
    public let count: Int

    public init(first: String?, count: Int) {
        self.first = first
        self.count = count
    }

    public init(_ values: [String]) {
        self.init(first: values.first, count: values.count)
    }

    public init(arrayLiteral values: String...) {
        self.init(values)
    }

    public var isEmpty: Bool { count == 0 }
    /// The value where it was said once.
    public var only: String? { count == 1 ? first : nil }
}
