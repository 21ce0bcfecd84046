public import Foundation
internal import GRDB
public import Offboarding

/// Puts a copy in the store's place, and keeps what was there.
///
/// The copy is made ready beside the store and checked before anything is moved. From the first move to the last a file
/// `<store>.restoring` stands there, so that no daemon opens what is half done after a crash: see
/// ``SQLiteStore/open(path:role:audit:now:)``.
public struct StoreRestore: Sendable {
    /// What was done.
    public struct Outcome: Sendable, Equatable {
        public let facts: BackupFacts
        /// Where the old store is now; `nil` where there was none.
        public let keptAs: String?
    }

    private let store: String
    private let audit: AuditParts
    private var ready: String { Self.sign(of: store) }
    /// Of the files that an open store has.
    private static let suffixes = ["", "-wal", "-shm", ".mark"]
    private var copy: String { store + ".restore-copy" }

    /// - Parameters:
    ///   - store: the store's path.
    ///   - audit: what the audit chain is written with.
    public init(store: String, audit: AuditParts) {
        self.store = URL(fileURLWithPath: store).path
        self.audit = audit
    }

    /// The file that says that a restore was begun and is not finished.
    static func sign(of store: String) -> String { store + ".restoring" }

    /// Restores.
    ///
    /// - Parameter prepare: changes the copy before it becomes the store; what it throws ends the restore with nothing
    ///   moved.
    /// - Throws: ``BackupError``; ``StoreError`` with `inUse` while a daemon has the store, `notAStore` where something
    ///   else is in its place. The store is untouched then.
    public func restore(
        _ backup: String,
        at now: Date,
        prepare: @Sendable (any Store, BackupFacts) async throws -> Void
    ) async throws -> Outcome {
        let lock = try DaemonLock(store: store)
        defer { lock.release() }
        let isStore = try isStoreOrRoom()
        try refuseItself(backup)
        try removeLeftovers()
        defer { for suffix in Self.suffixes { unlink(copy + suffix) } }
        // Checked is what was copied, whatever happens to the backup meanwhile.
        try NewFile.copy(backup, to: copy)
        let facts = try BackupFacts(checking: copy)
        let opened = try SQLiteStore.open(path: copy, role: .command, audit: audit)
        do {
            try await prepare(opened, facts)
            try opened.onWriter { database in
                try database.execute(
                    sql: "UPDATE backups SET restored_at = ? WHERE restored_at IS NULL",
                    arguments: [now.milliseconds]
                )
            }
        } catch {
            try await opened.close()
            throw error
        }
        try await opened.close()
        try NewFile.synchronize(copy)
        return Outcome(facts: facts, keptAs: try exchange(keeping: isStore, at: now))
    }

    private func isStoreOrRoom() throws(StoreError) -> Bool {
        do {
            return try StoreHeader.isStore(store)
        } catch {
            // A damaged store is what restores are for.
            guard error.code == .damaged else { throw error }
            return true
        }
    }

    private func refuseItself(_ backup: String) throws(BackupError) {
        var (mine, other) = (stat(), stat())
        guard stat(backup, &other) == 0 else {
            throw BackupError(.notABackup, "cannot find \(backup): \(StoreFile.reason(errno))")
        }
        if stat(store, &mine) == 0, mine.st_dev == other.st_dev, mine.st_ino == other.st_ino {
            throw BackupError(.exists, "\(backup) is the store itself")
        }
        var log = stat()
        if stat(backup + "-wal", &log) == 0, log.st_size > 0 {
            throw BackupError(
                .notABackup,
                "\(backup) has a log beside it, which is part of it: open it with a command once, or restore a copy that "
                    + "backup made"
            )
        }
    }

    private func removeLeftovers() throws(BackupError) {
        for suffix in Self.suffixes { unlink(copy + suffix) }
    }

    /// Moves the store away and the copy into its place.
    private func exchange(keeping isStore: Bool, at now: Date) throws -> String? {
        // A healthy store's log is copied back first, so that one file is all there is to keep.
        if isStore { copyLogBack() }
        try NewFile.move(copy, to: ready)
        try NewFile.synchronizeFolder(of: store)
        let kept = "\(store).before-restore-\(Self.stamp(now))"
        var isKept = false
        for suffix in ["", "-wal"] where access(store + suffix, F_OK) == 0 {
            try NewFile.refuse(kept + suffix)
            try NewFile.move(store + suffix, to: kept + suffix)
            isKept = true
        }
        // The log's index is made anew; what was being read and what was claimed is of the old store.
        for suffix in ["-shm", ".reading", ".mark"] { unlink(store + suffix) }
        try NewFile.synchronizeFolder(of: store)
        try NewFile.move(ready, to: store)
        try NewFile.synchronizeFolder(of: store)
        return isKept ? kept : nil
    }

    /// Trouble is no reason to stop: the log then is kept beside the old store.
    private func copyLogBack() {
        do {
            let queue = try DatabaseQueue(path: store)
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
            try queue.close()
        } catch {
            return
        }
    }

    /// A time that can stand in a file's name, to the millisecond.
    static func stamp(_ now: Date) -> String {
        let text = now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt))
        return text.filter { $0 != "-" && $0 != ":" && $0 != "." }
    }
}
