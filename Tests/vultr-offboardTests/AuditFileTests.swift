import ArgumentParser
import Foundation
import Testing

@testable import vultr_offboard

@Suite("Files and times of audits")
struct AuditFileTests {
    @Test("lines come whole, however long the file is, and a last line without an end is told")
    func lines() async throws {
        try await ConfigurationSamples.withFolder { folder in
            let path = folder.appending(path: "lines").path
            let lines = (0..<5000).map { String(repeating: "\($0),", count: $0 % 60) }
            try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
            let whole = try LineReader(path: path)
            var read: [String] = []
            while let line = try whole.next() { read.append(String(decoding: line, as: UTF8.self)) }
            #expect(read == lines)
            #expect(!whole.endsInTheMiddle)
            try Data("a\n\nb".utf8).write(to: URL(filePath: path))
            let cut = try LineReader(path: path)
            #expect(try cut.next() == Array("a".utf8))
            #expect(try cut.next() == [])
            #expect(!cut.endsInTheMiddle)
            #expect(try cut.next() == Array("b".utf8))
            #expect(cut.endsInTheMiddle)
            #expect(try cut.next() == nil)
        }
    }

    @Test("a line without an end is not read for ever")
    func longLine() async throws {
        try await ConfigurationSamples.withFolder { folder in
            let path = folder.appending(path: "line").path
            try Data(repeating: 65, count: 3 << 20).write(to: URL(filePath: path))
            let reader = try LineReader(path: path)
            #expect(throws: CommandFailure.self) { _ = try reader.next() }
        }
    }

    @Test("a new file takes the place of nothing")
    func newFile() async throws {
        try await ConfigurationSamples.withFolder { folder in
            let path = folder.appending(path: "new").path
            try NewFile.write("one", to: path, mode: 0o600)
            #expect(throws: CommandFailure.self) { try NewFile.write("two", to: path, mode: 0o600) }
            #expect(try SmallFile.text(path) == "one")
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test(
        "days and times are read in UTC; a day as an end is over with it",
        arguments: [
            ("2026-11-01", false, 1_793_491_200.0), ("2026-11-01", true, 1_793_577_600),
            ("2026-11-01T08:00:00Z", true, 1_793_520_000), ("2026-11-01T08:00:00.250Z", false, 1_793_520_000.25),
            ("2026-11-01T10:00:00+02:00", false, 1_793_520_000),
        ]
    )
    func times(_ text: String, _ isEnd: Bool, _ seconds: Double) throws {
        let read = try isEnd ? Arguments.end(text) : Arguments.time(text)
        #expect(read == Date(timeIntervalSince1970: seconds))
    }

    @Test("what is no time is refused", arguments: ["", "yesterday", "2026-13-01", "2026-11", "2026-11-01T", "1"])
    func noTimes(_ text: String) {
        #expect(throws: ValidationError.self) { _ = try Arguments.time(text) }
    }
}
