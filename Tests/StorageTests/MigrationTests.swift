import Foundation
import GRDB
import Offboarding
import Testing

@testable import Storage

@Suite("A store from before there were sweeps")
struct SweepMigrationTests {
    @Test("is opened, and those who were offboarded lately are looked for, each once")
    func opens() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("offboard.sqlite")
        let store = try SQLiteStore.open(path: path, role: .daemon)
        let cases: [(String, String, Case.Result?, CaseState, Double)] = [
            ("c_1", "avery", .removed, .completed, 1), ("c_2", "blake", .noAccount, .completed, 2),
            ("c_3", "casey", .dryRun, .completed, 3), ("c_4", "drew", nil, .cancelled, 4),
            ("c_5", "avery", .removed, .completed, 5), ("c_0", "emery", .removed, .completed, -40),
        ]
        try await store.write { session in
            for (id, name, result, state, days) in cases {
                var made = try Sample.case(id, name, state: state, dueAt: nil)
                made.result = result
                made.finishedAt = Sample.start + days * Sample.day
                try session.insert(made)
            }
        }
        try store.onWriter { database in
            for table in ["watches", "case_invitations", "sweep_schedule"] {
                try database.execute(sql: "DROP TABLE \(table)")
            }
            try database.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = '2026-11 sweep'")
        }
        try await store.close()
        let opened = try SQLiteStore.open(path: path, role: .daemon)
        let watches = try await opened.read { try $0.watches() }
        #expect(watches.map(\.caseID.text) == ["c_2", "c_5"])
        #expect(watches.map(\.dueAt) == [Sample.start + 3 * Sample.day, Sample.start + 6 * Sample.day])
        #expect(watches.allSatisfy { $0.back.isEmpty })
        try await opened.close()
    }
}

@Suite("A store from before last uses of secrets had rows")
struct SecretUseMigrationTests {
    @Test("is opened, and knows when each secret was used last")
    func opens() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("offboard.sqlite")
        let store = try SQLiteStore.open(path: path, role: .daemon)
        for (id, secret, seconds) in [("d_1", "old", 0.0), ("d_2", "new", 10), ("d_3", nil, 20), ("d_4", "new", 30)] {
            try await store.append(Sample.delivery(id, at: Sample.start + seconds, body: id, secret: secret))
        }
        let uses = try await store.read { try $0.secretUses(of: "hr") }
        #expect(uses.map(\.secret) == ["new", nil, "old"])
        #expect(uses.map(\.lastUsedAt) == [30, 20, 0].map { Sample.start + $0 })
        try store.onWriter { database in
            try database.execute(sql: "DROP TABLE secret_uses")
            try database.execute(sql: "CREATE INDEX deliveries_secret ON deliveries (sender, secret_name)")
            try database.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = '2026-12 secret uses'")
        }
        try await store.close()
        let opened = try SQLiteStore.open(path: path, role: .daemon)
        #expect(try await opened.read { try $0.secretUses(of: "hr") } == uses)
        try await opened.close()
    }
}
