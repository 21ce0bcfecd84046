/// All rows of a paged list, and whether they are proven to be all (rule 2).
public struct Listing<Row: Sendable>: Sendable {
    /// The rows in the order in which they came, each id once.
    public let rows: [Row]
    /// Why the list is not proven complete; `nil` when it is proven. Holds no email.
    public let doubt: String?

    public init(rows: [Row], doubt: String?) {
        self.rows = rows
        self.doubt = doubt
    }

    /// An unproven list still shows whom to remove; it never shows that somebody is absent.
    public var isProven: Bool { doubt == nil }
}
