public import Foundation
internal import GRDB
internal import Offboarding

/// What is known of a copy of the store.
public struct BackupFacts: Sendable, Equatable {
    /// When it was begun: everything acknowledged by then is in it. `nil` for a file that ``SQLiteStore/backUp(to:at:)``
    /// did not make, such as a store that was kept by a restore.
    public let takenAt: Date?
    /// The size of the file in bytes.
    public let bytes: Int64
    public let deliveries: Int
    /// When the newest delivery in it was received.
    public let lastDeliveryAt: Date?

    /// Looks at a copy that nobody else uses, all of it.
    ///
    /// - Throws: ``BackupError`` with `notABackup` or `damaged`.
    init(checking path: String) throws {
        try Self.requireStore(path)
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let address = try StoreHeader.addressOfImmutable(path)
            let queue = try DatabaseQueue(path: address, configuration: configuration)
            let facts = try queue.unsafeRead { database in
                let problems = try String.fetchAll(database, sql: "PRAGMA integrity_check(1)")
                guard problems == ["ok"], try Row.fetchOne(database, sql: "PRAGMA foreign_key_check") == nil else {
                    throw BackupError(.damaged, "\(path) is damaged")
                }
                return try BackupFacts(database, path: path)
            }
            try queue.close()
            self = facts
        } catch let error as DatabaseError {
            throw BackupError(.damaged, "\(path) is damaged (SQLite \(error.extendedResultCode.rawValue))")
        }
    }

    private static func requireStore(_ path: String) throws(BackupError) {
        let isStore: Bool
        do {
            isStore = try StoreHeader.isStore(path)
        } catch {
            throw BackupError(error.code == .notAStore ? .notABackup : .damaged, error.message)
        }
        guard isStore else { throw BackupError(.notABackup, "\(path) is empty") }
    }

    private init(_ database: Database, path: String) throws {
        let knowsBackups = try database.tableExists("backups")
        let taken =
            knowsBackups
            ? try Int64.fetchOne(
                database,
                sql: "SELECT taken_at FROM backups WHERE restored_at IS NULL ORDER BY sequence DESC LIMIT 1"
            ) : nil
        takenAt = taken.map { Date(milliseconds: $0) }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        bytes = attributes[.size] as? Int64 ?? 0
        deliveries = try Int.fetchOne(database, sql: "SELECT count(*) FROM deliveries") ?? 0
        let last = try Int64.fetchOne(
            database,
            sql: "SELECT received_at FROM deliveries ORDER BY sequence DESC LIMIT 1"
        )
        lastDeliveryAt = last.map { Date(milliseconds: $0) }
    }
}
