import Foundation
import StrictYAML
import Testing

@Suite("References to secrets")
struct SecretReferenceTests {
    @Test("a secret's text cannot be compared with ==")
    func incomparable() {
        let type: Any.Type = SecretValue.self
        #expect(!(type is any Equatable.Type))
    }

    func read(_ text: String, _ read: (YAMLMapping) -> Void) throws -> [String] {
        let problems = YAMLProblems()
        let root = YAMLMapping(try YAMLNode.parse(text, file: "f.yaml"), problems: problems)
        read(root)
        root.finish()
        return problems.errors.map(\.description)
    }

    @Test("exactly one of env, file and credential is a reference")
    func forms() throws {
        let text = "a: {env: A}\nb: {file: b.txt}\nc: {credential: c}\n"
        let found = try read(text) { root in
            #expect(root.secret("a")?.source == .environment("A"))
            #expect(root.secret("b")?.source == .file("b.txt"))
            #expect(root.secret("c")?.source == .credential("c"))
        }
        #expect(found == [])
    }

    @Test("a literal, two sources, none, an unknown one and a path as credential are refused, the literal unquoted")
    func refused() throws {
        let text = """
            a: hunter2
            b: {env: A, file: B}
            c: {}
            d: {evn: A}
            e: {credential: ../x}
            f: [hunter2]
            g: {env: A, name: x}
            """
        let found = try read(text) { root in
            for key in ["a", "b", "c", "d", "e"] { #expect(root.secret(key) == nil) }
            #expect(root.secrets("f") == nil)
            _ = root.secret("g")
        }
        let hint = "(write {env: NAME}, {file: PATH} or {credential: NAME})"
        #expect(found.contains("f.yaml:1: a: a secret must not be written here \(hint)"))
        #expect(found.contains("f.yaml:2: b: must have exactly one of env, file and credential"))
        #expect(found.contains("f.yaml:3: c: must have exactly one of env, file and credential"))
        #expect(found.contains("f.yaml:4: d.evn: is an unknown key (did you mean env?)"))
        #expect(found.contains("f.yaml:5: e.credential: must be the credential's name, not a path"))
        #expect(found.contains("f.yaml:6: f[0]: a secret must not be written here \(hint)"))
        #expect(found.contains { $0.hasPrefix("f.yaml:7: g.name: is an unknown key") })
        #expect(!found.contains { $0.contains("hunter2") })
    }

    @Test("the secrets of a list may have names")
    func names() throws {
        let found = try read("secrets: [{name: \"2026-11\", env: A}, {env: B}]\n") { root in
            let secrets = root.secrets("secrets")
            #expect(secrets?.map(\.name) == ["2026-11", nil])
            #expect(secrets?.map(\.source) == [.environment("A"), .environment("B")])
        }
        #expect(found == [])
    }

    @Test("one trailing newline is stripped, and no more")
    func newline() throws {
        let reference = SecretReference(.environment("A"))
        for (text, expected) in [
            ("x\n", "x"), ("x\r\n", "x"), ("x\n\n", "x\n"), (" x ", " x "), ("x\u{2028}", "x\u{2028}"),
        ] {
            let value = try reference.resolve(environment: ["A": text], relativeTo: ".")
            #expect(Array(value.text.utf8) == Array(expected.utf8))
            #expect("\(value) \([value])" == "<secret> [<secret>]")
        }
    }

    @Test("a secret that is missing, empty or no UTF-8 is a problem that names the place")
    func missing() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "offboard-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data([0xFF, 0xFE]).write(to: URL(filePath: "\(directory)/binary"))
        try Data("\n".utf8).write(to: URL(filePath: "\(directory)/empty"))
        try Data(repeating: 97, count: 65_537).write(to: URL(filePath: "\(directory)/long"))
        let environment = ["EMPTY": "", "CREDENTIALS_DIRECTORY": directory]
        let sources: [SecretReference.Source] = [
            .environment("NONE"), .environment("EMPTY"), .file("none"), .file("binary"), .file("empty"), .file("long"),
            .file("."), .credential("none"),
        ]
        for source in sources {
            #expect(throws: SecretReference.Problem.self) {
                try SecretReference(source).resolve(environment: environment, relativeTo: directory)
            }
        }
        #expect(throws: SecretReference.Problem.self) {
            try SecretReference(.credential("x")).resolve(environment: [:], relativeTo: directory)
        }
    }

    @Test("a file's secret is read anew each time")
    func rereading() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "offboard-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let relative = SecretReference(.file("key"))
        let credential = SecretReference(.credential("key"))
        for text in ["first", "second"] {
            try Data("\(text)\n".utf8).write(to: URL(filePath: "\(directory)/key"))
            #expect(try relative.resolve(environment: [:], relativeTo: directory).text == text)
            let environment = ["CREDENTIALS_DIRECTORY": directory]
            #expect(try credential.resolve(environment: environment, relativeTo: "/").text == text)
        }
    }
}
