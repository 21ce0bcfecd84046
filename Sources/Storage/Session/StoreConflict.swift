/// A change that would break what the store promises about its contents: two open cases with one email, an id used
/// twice, a case that is not there. The change and the whole body it was part of are undone.
public struct StoreConflict: Error, Sendable, Equatable, CustomStringConvertible {
    /// Names tables and columns, never values.
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
