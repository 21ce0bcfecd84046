import Foundation
import GRDB
import Offboarding
import Synchronization
import Testing

@testable import Storage

@Suite("A SQLite store in trouble")
struct SQLiteTroubleTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStore
    private var path: String { folder.file("offboard.sqlite") }

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.open(path: folder.file("offboard.sqlite"), role: .daemon)
    }

    private func code(_ action: () async throws -> Void) async -> StoreError.Code? {
        do { try await action() } catch { return (error as? StoreError)?.code }
        return nil
    }

    /// Keeps the writer busy while `action` enqueues, so that all of it is in one batch.
    private func inOneBatch(_ jobs: Int, _ action: () -> Void) async throws {
        let gate = DispatchSemaphore(value: 0)
        let (entered, continuation) = AsyncStream.makeStream(of: Void.self)
        async let held: Void = store.write { _ in
            continuation.finish()
            gate.wait()
        }
        for await _ in entered {}
        action()
        let deadline = ContinuousClock.now + .seconds(30)
        while store.waiting < jobs, ContinuousClock.now < deadline { await Task.yield() }
        #expect(store.waiting == jobs)
        gate.signal()
        try await held
    }

    @Test("removed or replaced files are noticed at once, put back they serve again", arguments: ["", "-wal"])
    func removed(_ suffix: String) async throws {
        try await store.append(Sample.delivery("d_1", body: "1"))
        let aside = folder.file("aside")
        try FileManager.default.moveItem(atPath: path + suffix, toPath: aside)
        #expect(await code { try await store.append(Sample.delivery("d_2", body: "2")) } == .unavailable)
        #expect(await !store.isReady())
        try Data("another".utf8).write(to: URL(fileURLWithPath: path + suffix))
        #expect(await code { try await store.append(Sample.delivery("d_3", body: "3")) } == .unavailable)
        #expect(await code { try await store.write { _ in } } == .unavailable)
        #expect(await code { try await store.read { _ in } } == .unavailable)
        #expect(await !store.isReady())
        #expect(rename(aside, path + suffix) == 0)
        #expect(await store.isReady())
        try await store.append(Sample.delivery("d_4", body: "4"))
        let kept = try await store.read { try $0.deliveries(limit: nil, after: nil) }.map(\.id.text)
        #expect(kept == ["d_4", "d_1"])
        try await store.close()
    }

    @Test("nothing is acknowledged that went into a file removed during the commit")
    func removedDuringCommit() async throws {
        let path = path
        let answer = await code {
            try await store.write { session in
                try session.beat(Heartbeat(worker: "daemon:1", at: Sample.start, listener: nil))
                try FileManager.default.removeItem(atPath: path)
            }
        }
        #expect(answer == .unavailable)
    }

    @Test("closing after a replacement leaves the other store's files alone")
    func closeAfterReplacement() async throws {
        let other = try TemporaryFolder()
        for suffix in ["", "-wal", "-shm"] {
            try FileManager.default.moveItem(atPath: path + suffix, toPath: other.file("moved") + suffix)
            try Data("of another".utf8).write(to: URL(fileURLWithPath: path + suffix))
        }
        try await store.close()
        for suffix in ["", "-wal", "-shm"] {
            #expect(try Data(contentsOf: URL(fileURLWithPath: path + suffix)) == Data("of another".utf8))
        }
    }

    @Test("a full disk fails the whole batch, half-stores nothing, and is over when there is room")
    func full() async throws {
        try await store.append(Sample.delivery("d_0", body: "0"))
        try store.onWriter { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages + 8)")
        }
        let outcomes = Mutex<[StoreError.Code?]>([])
        let bodies = ["a", String(repeating: "b", count: 1 << 18), "c"]
        let (told, continuation) = AsyncStream.makeStream(of: Void.self)
        try await inOneBatch(bodies.count) {
            for (index, body) in bodies.enumerated() {
                store.append(Sample.incoming(Sample.delivery("d_f\(index)", body: body))) { result in
                    let code: StoreError.Code? = if case .failure(let error) = result { error.code } else { nil }
                    outcomes.withLock { $0.append(code) }
                    continuation.yield()
                }
            }
        }
        var waking = told.makeAsyncIterator()
        for _ in bodies { await waking.next() }
        #expect(outcomes.withLock { $0 } == [.full, .full, .full])
        #expect(try await store.read { try $0.deliveries(limit: nil, after: nil) }.map(\.id.text) == ["d_0"])

        try store.onWriter { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
        #expect(await store.isReady())
        try await store.append(Sample.delivery("d_1", body: bodies[1]))
        #expect(try await store.read { try $0.deliveries(limit: nil, after: nil) }.map(\.id.text) == ["d_1", "d_0"])
        #expect(try store.onWriter { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
        try await store.close()
    }

    @Test("a store that was being copied out of its log when the process died opens, and nothing is lost")
    func killedWhileCopying() async throws {
        for number in 0..<40 {
            try await store.append(Sample.delivery("d_\(number)", body: String(repeating: "\(number) ", count: 5000)))
        }
        // The files as a kill leaves them, with the first page copied and none of those that it says are there.
        let copy = folder.file("copy.sqlite")
        var main = try Data(contentsOf: URL(filePath: path))
        let log = try Data(contentsOf: URL(filePath: path + "-wal"))
        main.replaceSubrange(0..<4096, with: try #require(Self.lastPage(1, in: log)))
        #expect(main.count / 4096 < Int(main[28...31].reduce(0) { $0 << 8 | UInt32($1) }), "the file must be too short")
        try main.write(to: URL(filePath: copy))
        try log.write(to: URL(filePath: copy + "-wal"))
        for role in [StoreRole.command, .daemon] {
            let opened = try SQLiteStore.open(path: copy, role: role)
            #expect(try await opened.read { try $0.deliveries(limit: nil, after: nil).count } == 40)
            try await opened.close()
        }
    }

    /// A page as the log has it last: behind a header of 32 bytes come frames, each a header of 24 bytes, which begins with
    /// the page's number, and the page (SQLite's file format, section 4.1).
    private static func lastPage(_ number: UInt32, in log: Data) -> Data? {
        stride(from: 32, to: log.count - 4119, by: 4120).reversed().first { start in
            log[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) } == number
        }.map { log[($0 + 24)..<($0 + 4120)] }
    }

    @Test("in one batch, a body that breaks a promise fails alone")
    func oneBatch() async throws {
        let first = try Sample.case("c_1", "avery")
        let sharing = try Sample.case("c_2", "blake", aliases: ["avery"])
        let third = try Sample.case("c_3", "casey")
        let before = store.commits
        let store = store
        let tasks = Mutex<[Task<Void, any Error>]>([])
        try await inOneBatch(4) {
            for one in [first, sharing, third] {
                tasks.withLock { $0.append(Task { try await store.write { try $0.insert(one) } }) }
            }
            tasks.withLock { $0.append(Task { try await store.append(Sample.delivery("d_1")) }) }
        }
        var failures = 0
        for task in tasks.withLock({ $0 }) {
            do {
                try await task.value
            } catch let error as StoreConflict {
                failures += 1
                #expect(!error.message.contains("avery"))
            }
        }
        #expect(failures == 1)
        // The tasks may have come in any order; whichever of the two that share an email came first was kept.
        let kept = try await store.read { try $0.cases(matching: CaseFilter()) }.map(\.id.text)
        #expect(kept == ["c_3", "c_1"] || kept == ["c_3", "c_2"])
        #expect(try await store.read { try $0.delivery(DeliveryID("d_1")) } != nil)
        // The gate, the delivery, and the bodies behind it where the gate used up their slice; never one each.
        #expect(store.commits <= before + 3)
        try await store.close()
    }

    @Test("an id used twice fails that delivery alone, in one batch with others")
    func idTwice() async throws {
        try await store.append(Sample.delivery("d_1", body: "1"))
        let outcomes = Mutex<[String: Bool]>([:])
        let (told, continuation) = AsyncStream.makeStream(of: Void.self)
        try await inOneBatch(3) {
            for (id, body) in [("d_2", "2"), ("d_1", "3"), ("d_4", "4")] {
                store.append(Sample.incoming(Sample.delivery(id, body: body))) { result in
                    outcomes.withLock { $0[body] = (try? result.get()) != nil }
                    continuation.yield()
                }
            }
        }
        var waking = told.makeAsyncIterator()
        for _ in 0..<3 { await waking.next() }
        #expect(outcomes.withLock { $0 } == ["2": true, "3": false, "4": true])
        #expect(try await store.read { try $0.delivery(DeliveryID("d_1")) }?.body == Array("1".utf8))
        try await store.close()
    }

    @Test("more than the queue holds is refused as busy, the rest is kept; closing commits what waits")
    func busy() async throws {
        let results = Mutex<(kept: Int, busy: Int)>((0, 0))
        try await inOneBatch(CommitQueue.mostAppends) {
            for number in 0..<(CommitQueue.mostAppends + 10) {
                store.append(Sample.incoming(Sample.delivery("d_\(number)", body: "\(number)"))) { result in
                    results.withLock { results in
                        switch result {
                        case .success: results.kept += 1
                        case .failure(let error): results.busy += error.code == .busy ? 1 : 0
                        }
                    }
                }
            }
        }
        try await store.close()
        #expect(results.withLock { $0.kept } == CommitQueue.mostAppends)
        #expect(results.withLock { $0.busy } == 10)
    }

    @Test("SQLite's errors become ours, without the values of the statement")
    func mapping() {
        let expected: [(ResultCode, StoreError.Code)] = [
            (.SQLITE_FULL, .full), (.SQLITE_READONLY, .unavailable), (.SQLITE_IOERR, .unavailable),
            (.SQLITE_CANTOPEN, .unavailable), (.SQLITE_CORRUPT, .damaged), (.SQLITE_NOTADB, .damaged),
            (.SQLITE_BUSY, .busy), (.SQLITE_MISUSE, .closed), (.SQLITE_IOERR_FSYNC, .unavailable),
        ]
        for (result, code) in expected {
            let error = StoreError(
                DatabaseError(
                    resultCode: result,
                    message: "avery@example.com",
                    sql: "INSERT",
                    arguments: ["avery@example.com"],
                    publicStatementArguments: true
                )
            )
            #expect(error.code == code)
            #expect(!"\(error)".contains("avery"))
        }
    }
}
