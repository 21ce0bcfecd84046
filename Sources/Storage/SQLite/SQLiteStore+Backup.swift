public import Foundation
internal import GRDB
internal import Offboarding

extension SQLiteStore {
    /// Makes a copy of the store while it is in use: one consistent state, readable by its owner alone, checked, and on
    /// disk when this returns. It holds no trace of what was deleted.
    ///
    /// Nobody waits for it: it reads one state of the write-ahead log, which grows meanwhile.
    ///
    /// - Parameters:
    ///   - path: where nothing may be yet.
    ///   - now: when the copy is begun.
    /// - Throws: ``BackupError``; ``StoreError``. Then nothing is left at `path`.
    public func backUp(to path: String, at now: Date) async throws -> BackupFacts {
        let source = self.path
        return try await withCheckedThrowingContinuation { continuation in
            // It takes as long as the disk does, so not on a thread that others need.
            DispatchQueue.global().async {
                continuation.resume(with: Result { try Self.copy(source, to: path, at: now) })
            }
        }
    }

    private static func copy(_ source: String, to path: String, at now: Date) throws -> BackupFacts {
        let partial = "\(path).partial-\(UInt32.random(in: 0...UInt32.max))"
        try NewFile.refuse(path)
        try NewFile.create(partial)
        defer { for suffix in ["", "-journal"] { unlink(partial + suffix) } }
        do {
            // A read-only connection of its own: the store's stay free.
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(StoreRole.command.patience)
            let reading = try DatabaseQueue(path: source, configuration: configuration)
            try reading.inDatabase { try $0.execute(sql: "VACUUM INTO ?", arguments: [partial]) }
            try reading.close()

            let copy = try DatabaseQueue(path: partial)
            try copy.write { database in
                try database.execute(sql: "INSERT INTO backups (taken_at) VALUES (?)", arguments: [now.milliseconds])
                // Whoever worked on the store does not work on the copy.
                try database.execute(sql: "DELETE FROM heartbeats")
            }
            try copy.close()
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
        let facts = try BackupFacts(checking: partial)
        try NewFile.publish(partial, as: path)
        return facts
    }
}
