import Foundation
import Offboarding
import Senders
import StrictYAML
import Testing

@Suite("Presets")
struct PresetTests {
    @Test("every file in Presets is a preset, in the list of names once")
    func files() throws {
        let files = try Fixture.names(in: "Sources/Senders/Presets").filter { $0.hasSuffix(".yaml") }
        #expect(files.map { String($0.dropLast(5)) }.sorted() == Preset.names.sorted())
    }

    @Test("a preset reads without problems, with nothing but its secrets", arguments: Preset.names)
    func reads(name: String) throws {
        let preset = try #require(try Preset.named(name))
        #expect(!preset.about.isEmpty)
        let sender = try Configured.preset(name)
        #expect(sender.preset == name)
        #expect(sender.proof == preset.proof)
    }

    @Test("without a secret a preset is a problem that names what is missing", arguments: Preset.names)
    func withoutSecret(name: String) throws {
        let problems = try Configured.problems("senders:\n  - {name: hr, preset: \(name)}\n")
        #expect(!problems.isEmpty)
        for problem in problems { #expect(problem.hasPrefix("offboard.yaml:2: senders[0]."), "\(problem)") }
        let missing = [
            "senders[0].secrets: is missing", "senders[0].credential.value: is missing", "senders[0].token.",
        ]
        #expect(problems.contains { problem in missing.contains { problem.contains($0) } }, "\(problems)")
    }

    @Test("suspension, lock and leave are in no preset's departed list", arguments: Preset.names)
    func notLeavers(name: String) throws {
        let departed = try Configured.preset(name).events.departed
        let words = ["suspend", "lock", "leave", "inactivated", "banned", "hijack"]
        for type in departed {
            #expect(!words.contains { type.lowercased().contains($0) }, "\(type)")
        }
    }

    @Test("proven are those whose signature and event were both seen")
    func proven() throws {
        let proven = try Preset.names.filter { try Preset.named($0)?.proof == .proven }
        #expect(
            Set(proven)
                == Set(["standard-webhooks", "svix", "github", "stripe-style", "slack"].filter(Preset.names.contains))
        )
    }

    @Test("every preset has a folder of fixtures with a page, and every folder of fixtures is a preset's")
    func fixtures() throws {
        // What is no sender's.
        let others: Set<String> = ["configurations", "vultr"]
        let folders = try Fixture.names(in: "fixtures").filter { name in
            !name.contains(".") && !others.contains(name)
        }
        #expect(folders == Preset.names.sorted())
        for name in folders {
            let files = try Fixture.names(in: "fixtures/\(name)")
            #expect(files.contains("README.md"), "\(name)")
            #expect(files.contains { $0.hasPrefix("departed.") || $0.hasPrefix("asked.") }, "\(name)")
            let page = String(decoding: try Fixture.bytes("\(name)/README.md"), as: UTF8.self)
            #expect(page.contains("preset: \(name)"), "\(name)")
        }
    }

    @Test("the configuration on a preset's page works as it stands there", arguments: Preset.names)
    func pages(name: String) throws {
        let page = String(decoding: try Fixture.bytes("\(name)/README.md"), as: UTF8.self)
        let snippet = try #require(page.split(separator: "```yaml\n").dropFirst().first?.split(separator: "```").first)
        #expect(snippet.contains("preset: \(name)\n"))
        let read = try Configured.senders(String(snippet))
        #expect(read.problems.isEmpty, "\(read.problems)")
        #expect(read.senders.map(\.preset) == [name])
    }

    @Test("nobody beside the leaver comes out of a fixture", arguments: Preset.names)
    func bystanders(name: String) throws {
        let interpreter = try Configured.preset(name).interpreter
        let bystanders = ["dana.reyes@example.com", "morgan.lee@example.com", "office@example.com"]
        for file in try Fixture.names(in: "fixtures/\(name)") where file.hasSuffix(".json") || file.hasSuffix(".form") {
            let departures = interpreter.interpret(body: try Fixture.bytes("\(name)/\(file)")).departures
            for email in departures.flatMap(\.emails).map(\.text) {
                #expect(!bystanders.contains(email), "\(file)")
            }
        }
    }

    @Test("a preset may be a file beside the configuration, and its mistakes are told at its own lines")
    func file() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "preset-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "acme.yaml").path
        func problems(_ text: String, _ written: String = "./acme.yaml") throws -> [String] {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let problems = YAMLProblems()
            let yaml = "senders:\n  - {name: acme, preset: \(written), secrets: [{env: A}]}\n"
            let file = folder.appending(path: "offboard.yaml").path
            let root = YAMLMapping(try YAMLNode.parse(yaml, file: file), problems: problems)
            let senders = Sender.readAll(root.mappings("senders") ?? [])
            root.finish()
            #expect(problems.errors.isEmpty == !senders.isEmpty || !problems.errors.isEmpty)
            return problems.errors.map { $0.description.replacing(folder.path + "/", with: "") }
        }
        let signature = #"signature: {header: X, algorithm: sha256, encoding: hex, content: "{body}"}"#
        let events = #"events: {type: "$.t", departed: [left], email: ["$.email"]}"#
        let good = "about: ACME\nproof: unproven\nsender:\n  \(signature)\n  \(events)\n"
        #expect(try problems(good) == [])
        #expect(try problems(good, path) == [])
        #expect(
            try problems(good, "nobody.yaml").first?.hasPrefix("offboard.yaml:2: senders[0].preset: the file ") == true
        )
        #expect(
            try problems(good.replacing("hex", with: "hax")).first?
                .hasPrefix("acme.yaml:4: senders[0].signature.encoding: must be one of") == true
        )
        #expect(
            try problems(good + "  ids: {}\n").contains { $0.hasPrefix("acme.yaml:6: senders[0].ids: is an unknown") }
        )
        #expect(try problems(good + "more: 1\n").contains { $0.hasPrefix("acme.yaml:6: more: is an unknown key") })
        #expect(
            try problems(good + "  preset: okta\n").contains {
                $0.hasPrefix("acme.yaml:3: sender: must not hold a preset")
            }
        )
        #expect(
            try problems("about: ACME\nproof: unproven\nsender: []\n").contains(
                "acme.yaml:3: sender: must be a mapping"
            )
        )
        #expect(try problems(String(repeating: "#", count: 70_000)).first?.contains("is over 65536 bytes") == true)
    }
}
