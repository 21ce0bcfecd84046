import Foundation
import GRDB
import Offboarding
import Testing

@testable import Storage

@Suite("The SQLite file")
struct SQLiteStoreTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("offboard.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    private func code(_ action: () throws -> Void) -> StoreError.Code? {
        do { try action() } catch { return (error as? StoreError)?.code }
        return nil
    }

    @Test("every file is readable by its owner alone")
    func modes() async throws {
        let store = try SQLiteStore.open(path: path, role: .daemon)
        try await store.append(Sample.delivery("d_1"))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
        #expect(names == ["", "-shm", "-wal", ".lock", ".mark"].map { "offboard.sqlite" + $0 })
        for name in names {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(name))
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        try await store.close()
    }

    @Test("commits are synchronized in full and foreign keys are on")
    func settings() async throws {
        let store = try SQLiteStore.open(path: path, role: .daemon)
        func setting(_ name: String) throws -> Int? {
            try store.onWriter { try Int.fetchOne($0, sql: "PRAGMA \(name)") }
        }
        #expect(try setting("synchronous") == 2)
        #expect(try setting("foreign_keys") == 1)
        #expect(try setting("mmap_size") == 0)
        #expect(try setting("busy_timeout") == 5000)
        #expect(try setting("application_id") == StoreHeader.applicationID)
        #expect(try store.onWriter { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
        try await store.close()
    }

    @Test("a file that is no store is refused and left untouched", arguments: ["text", "short", "database", "newer"])
    func notAStore(_ kind: String) async throws {
        switch kind {
        case "text":
            try Data(repeating: UInt8(ascii: "x"), count: 9000).write(to: URL(fileURLWithPath: path))
        case "short":
            try Data("no store".utf8).write(to: URL(fileURLWithPath: path))
        case "database":
            let other = try DatabaseQueue(path: path)
            try await other.write { try $0.execute(sql: "CREATE TABLE mine (x)") }
            try other.close()
        default:
            let store = try SQLiteStore.open(path: path, role: .daemon)
            try store.onWriter { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2999-01 future')") }
            try await store.close()
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        for role in [StoreRole.daemon, .command] {
            #expect(code { _ = try SQLiteStore.open(path: path, role: role) } == .notAStore)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == names.sorted())
    }

    @Test("a newer version's store is recognized when that stands in the log alone")
    func newerInLog() async throws {
        let store = try SQLiteStore.open(path: path, role: .daemon)
        try store.onWriter { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2999-01 future')") }
        let image = folder.file("image.sqlite")
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: image + suffix)
        }
        let before = try Data(contentsOf: URL(fileURLWithPath: image))
        #expect(code { _ = try SQLiteStore.open(path: image, role: .daemon) } == .notAStore)
        #expect(try Data(contentsOf: URL(fileURLWithPath: image)) == before)
        try await store.close()
    }

    @Test("a folder, and a path that leads nowhere, are refused")
    func noFile() {
        #expect(code { _ = try SQLiteStore.open(path: folder.url.path, role: .daemon) } == .notAStore)
        #expect(code { _ = try SQLiteStore.open(path: folder.file("none/x"), role: .command) } == .unavailable)
    }

    @Test("a path with every awkward character opens, twice", arguments: ["a b?c#d%e&f.sqlite", "naïve 🙂.sqlite"])
    func awkwardPath(_ name: String) async throws {
        for id in ["d_1", "d_2"] {
            let store = try SQLiteStore.open(path: folder.file(name), role: .daemon)
            try await store.append(Sample.delivery(id, body: id))
            try await store.close()
        }
        #expect(FileManager.default.fileExists(atPath: folder.file(name)))
    }

    @Test("an empty file, as a start cut short leaves it, becomes a store")
    func emptyFile() async throws {
        try Data().write(to: URL(fileURLWithPath: path))
        let store = try SQLiteStore.open(path: path, role: .daemon)
        try await store.append(Sample.delivery("d_1"))
        try await store.close()
    }

    @Test("one daemon at a time; commands come and go beside it")
    func daemonLock() async throws {
        let daemon = try SQLiteStore.open(path: path, role: .daemon)
        do {
            _ = try SQLiteStore.open(path: path, role: .daemon)
            Issue.record("a second daemon was let in")
        } catch let error as StoreError {
            #expect(error.code == .inUse)
            #expect(error.message.contains(path))
        }
        let other = Process()
        other.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        other.arguments = ["--nonblock", "--conflict-exit-code", "9", path + ".lock", "true"]
        try other.run()
        other.waitUntilExit()
        #expect(other.terminationStatus == 9)

        let command = try SQLiteStore.open(path: path, role: .command)
        try await command.append(Sample.delivery("d_1"))
        #expect(try await daemon.read { try $0.delivery(DeliveryID("d_1")) } != nil)
        try await command.close()
        try await daemon.append(Sample.delivery("d_2", body: "2"))
        try await daemon.close()
        let next = try SQLiteStore.open(path: path, role: .daemon)
        #expect(try await next.read { try $0.deliveries(limit: nil, after: nil) }.count == 2)
        try await next.close()
    }

    @Test("a daemon and a command that write at once lose nothing")
    func twoWriters() async throws {
        let daemon = try SQLiteStore.open(path: path, role: .daemon)
        let command = try SQLiteStore.open(path: path, role: .command)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (prefix, store) in [("d", daemon), ("c", command)] {
                group.addTask {
                    for number in 0..<50 {
                        let id = "\(prefix)_\(number)"
                        let outcome = try await store.append(Sample.delivery(id, body: id))
                        #expect(outcome == .accepted(DeliveryID(id), reusedID: false))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await daemon.read { try $0.deliveries(limit: nil, after: nil) }.count == 100)
        try await command.close()
        try await daemon.close()
    }

    @Test("opening again changes nothing and keeps everything")
    func reopen() async throws {
        let one = try Sample.case("c_1", "avery")
        var schema: String?
        for round in 0..<3 {
            let store = try SQLiteStore.open(path: path, role: .daemon)
            let sql = "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)"
            let now = try store.onWriter { try String.fetchOne($0, sql: sql) }
            if round == 0 {
                schema = now
                try await store.write { try $0.insert(one) }
            }
            #expect(now == schema)
            #expect(try await store.read { try $0.case(one.id) } == one)
            try await store.close()
        }
    }

    @Test("what was acknowledged is in the files as they stand, at any moment")
    func crashImage() async throws {
        let store = try SQLiteStore.open(path: path, role: .daemon)
        for round in 0..<3 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    let id = "d_\(round)_\(number)"
                    group.addTask { try await store.append(Sample.delivery(id, body: id)) }
                }
                try await group.waitForAll()
            }
            // What a kill leaves behind: the files without the closing checkpoint, the index not written.
            let image = folder.file("image\(round).sqlite")
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: path + suffix, toPath: image + suffix)
            }
            let copy = try SQLiteStore.open(path: image, role: .daemon)
            #expect(try await copy.read { try $0.deliveries(limit: nil, after: nil) }.count == 200 * (round + 1))
            let damage = try copy.onWriter { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
            #expect(damage == "ok")
            try await copy.close()
        }
        try await store.close()
    }
}
