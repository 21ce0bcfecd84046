internal import Foundation
internal import Offboarding

/// One transaction: what a body of `Store.write(_:)` or `Store.read(_:)` works with, on any engine.
///
/// Its readings and changes are in the extensions, one file a topic.
final class SQLSession: StoreSession {
    let database: any SQLDatabase
    /// Whether cases came or changed, which wakes the one who waits for arrivals.
    var hasChangedCases = false
    /// Who does what changes; see ``AuditSession``.
    var actor = AuditActor.engine
    /// Adds to the audit chain; `nil` in a session that only reads.
    let audit: AuditWriter?

    init(_ database: any SQLDatabase, audit: AuditWriter? = nil) {
        self.database = database
        self.audit = audit
    }

    /// Rows of a statement that is worth keeping prepared.
    func rows(_ sql: String, _ arguments: SQLArguments = []) throws -> [SQLRow] { try database.rows(sql, arguments) }

    func row(_ sql: String, _ arguments: SQLArguments) throws -> SQLRow? { try database.rows(sql, arguments).first }

    /// Runs a statement that is worth keeping prepared.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    func execute(_ sql: String, _ arguments: SQLArguments) throws -> Int { try database.execute(sql, arguments) }

    func indexed(by index: String) -> String { database.dialect.indexed(by: index) }

    /// As many `?` as a list has values.
    static func placeholders(_ count: Int) -> String { Array(repeating: "?", count: count).joined(separator: ", ") }

    /// Reads a word that the domain knows, out of a table that only we write.
    static func word<Word: RawRepresentable>(_ text: String, _ kind: String) throws -> Word
    where Word.RawValue == String {
        guard let word = Word(rawValue: text) else { throw StoreError(.damaged, "an unknown \(kind) is in the store") }
        return word
    }

    /// Reads an email that was written in its compared form.
    static func email(_ text: String) throws -> EmailAddress {
        do {
            return try EmailAddress(text)
        } catch {
            throw StoreError(.damaged, "an email in the store cannot be read: \(error.rawValue)")
        }
    }

    static func date(_ milliseconds: Int64?) -> Date? { milliseconds.map { Date(milliseconds: $0) } }
}
