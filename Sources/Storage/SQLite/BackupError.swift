/// Why a copy of the store cannot be made, or cannot take its place.
public struct BackupError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Something is there already, or the copy is the store itself.
        case exists
        /// The file is no copy of a store of ours, or one of a newer version.
        case notABackup
        /// The copy is damaged.
        case damaged
        /// The file system does not let us.
        case unavailable
    }

    public let code: Code
    /// For people: no email, no secret.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
