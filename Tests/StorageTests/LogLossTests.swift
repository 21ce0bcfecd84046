import Foundation
import Offboarding
import Testing

@testable import Storage

@Suite("A log that lost its end")
struct LogLossTests {
    private let folder: TemporaryFolder
    private let image: String

    /// Makes a store as a process leaves it that is killed: what is there at one moment, with more in the log than in the
    /// store's own file.
    init() async throws {
        folder = try TemporaryFolder()
        image = folder.file("image.sqlite")
        let path = folder.file("offboard.sqlite")
        let store = try SQLiteStore.open(path: path, role: .daemon)
        for number in 1...20 {
            let at = Sample.after(milliseconds: number)
            try await store.append(Sample.delivery("d_\(number)", at: at, body: "\(number)"))
        }
        for suffix in Self.suffixes { try FileManager.default.copyItem(atPath: path + suffix, toPath: image + suffix) }
        try await store.close()
    }

    private static let suffixes = ["", "-wal", ".mark"]

    /// A copy of the image that can be spoilt.
    private func copy(_ name: String) throws -> String {
        let path = folder.file(name)
        for suffix in Self.suffixes { try FileManager.default.copyItem(atPath: image + suffix, toPath: path + suffix) }
        return path
    }

    private func count(_ store: SQLiteStore) async throws -> Int {
        try await store.read { try $0.deliveries(limit: nil, after: nil) }.count
    }

    @Test("a whole log is no loss, whoever opens it", arguments: [StoreRole.daemon, .command])
    func whole(_ role: StoreRole) async throws {
        let store = try SQLiteStore.open(path: image, role: role)
        #expect(store.loss == nil)
        #expect(try await count(store) == 20)
        try await store.close()
        let again = try SQLiteStore.open(path: image, role: .daemon)
        #expect(again.loss == nil)
        try await again.close()
    }

    @Test("one changed byte anywhere in it, or a cut anywhere, is found, with how many deliveries are missing")
    func spoilt() async throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: image + "-wal"))
        var generator = SystemRandomNumberGenerator()
        for number in 0..<40 {
            let path = try copy("spoilt-\(number).sqlite")
            let place = Int.random(in: 0..<whole.count, using: &generator)
            var log = whole
            if number.isMultiple(of: 2) {
                log[place] ^= UInt8.random(in: 1...255, using: &generator)
            } else {
                log = log[..<place]
            }
            try log.write(to: URL(fileURLWithPath: path + "-wal"))
            let store = try SQLiteStore.open(path: path, role: .daemon, now: Sample.start)
            let missing = 20 - (try await count(store))
            let loss = try #require(store.loss, "place \(place), \(missing) missing")
            #expect(loss.pages > 0)
            #expect(loss.deliveries == missing)
            #expect(loss.lostUntil == Sample.after(milliseconds: 20))
            #expect(loss.isConsistent)
            #expect(try Data(contentsOf: URL(fileURLWithPath: #require(loss.evidence))) == log)
            #expect(try await store.write { try $0.takeUntoldLosses() } == [loss])
            #expect(try await store.write { try $0.takeUntoldLosses() }.isEmpty)
            #expect(try await store.read { try $0.losses(since: Sample.start) } == [loss])
            try await store.close()
        }
    }

    @Test("a log that was removed is found, and found once")
    func removed() async throws {
        try FileManager.default.removeItem(atPath: image + "-wal")
        let store = try SQLiteStore.open(path: image, role: .command)
        #expect(store.loss?.deliveries == 20 - (try await count(store)))
        #expect(store.loss?.evidence == nil)
        try await store.close()
        let again = try SQLiteStore.open(path: image, role: .daemon)
        #expect(again.loss == nil)
        #expect(try await again.read { try $0.losses(since: .distantPast) }.count == 1)
        try await again.close()
    }

    @Test("a log that another process copied back and emptied is no loss")
    func emptied() async throws {
        let store = try SQLiteStore.open(path: image, role: .daemon)
        try await store.append(Sample.delivery("d_21", body: "21"))
        let claimed = try Data(contentsOf: URL(fileURLWithPath: image + ".mark"))
        try await store.scrub()
        // As a process leaves it that is killed before it commits again.
        let path = folder.file("emptied.sqlite")
        for suffix in ["", "-wal"] { try FileManager.default.copyItem(atPath: image + suffix, toPath: path + suffix) }
        try claimed.write(to: URL(fileURLWithPath: path + ".mark"))
        try await store.close()
        let opened = try SQLiteStore.open(path: path, role: .daemon)
        #expect(opened.loss == nil)
        #expect(try await count(opened) == 21)
        try await opened.close()
    }

    @Test("a command beside a daemon compares nothing and takes no claim back")
    func beside() async throws {
        let daemon = try SQLiteStore.open(path: image, role: .daemon)
        try await daemon.append(Sample.delivery("d_21", body: "21"))
        let before = try Data(contentsOf: URL(fileURLWithPath: image + ".mark"))
        let command = try SQLiteStore.open(path: image, role: .command)
        #expect(command.loss == nil)
        try await command.close()
        #expect(try Data(contentsOf: URL(fileURLWithPath: image + ".mark")) == before)
        try await daemon.close()
    }

    @Test("a daemon that ends leaves an empty log and a store that is whole without it")
    func closed() async throws {
        let store = try SQLiteStore.open(path: image, role: .daemon)
        try await store.append(Sample.delivery("d_21", body: "21"))
        try await store.close()
        for suffix in ["-wal", "-shm", ".mark"] { unlink(image + suffix) }
        let alone = try SQLiteStore.open(path: image, role: .command)
        #expect(try await count(alone) == 21)
        try await alone.close()
    }

    @Test("after a loss no open case runs by itself")
    func restrained() async throws {
        let path = try copy("restrained.sqlite")
        let first = try SQLiteStore.open(path: path, role: .command)
        try await first.write { try $0.insert(try Sample.case("c_1", "avery")) }
        try await first.close()
        let store = try SQLiteStore.open(path: path, role: .daemon)
        #expect(try await store.write { try LossReport(session: $0, now: Sample.start).tell() }.isEmpty)
        #expect(try await store.read { try $0.case(CaseID("c_1")) }?.restraint == nil)
        try store.onWriter { database in
            let claim = CommitMark.Claim(salts: 1, frames: 9, sequence: 30, receivedAt: 0)
            _ = try SQLSession(SQLiteDatabase(database)).recordLoss(
                pages: 2,
                claim: claim,
                isConsistent: true,
                evidence: nil,
                at: Sample.start
            )
        }
        let told = try await store.write { try LossReport(session: $0, now: Sample.start).tell() }
        #expect(told.map(\.deliveries) == [10])
        #expect(try await store.read { try $0.case(CaseID("c_1")) }?.restraint == .incomplete)
        #expect(try await store.read { try $0.notices(of: .loss, after: 0, limit: 9) }.count == 1)
        try await store.close()
    }
}
