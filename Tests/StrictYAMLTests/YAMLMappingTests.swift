import StrictYAML
import Testing

@Suite("Strict reading of a mapping")
struct YAMLMappingTests {
    enum Mode: String, CaseIterable {
        case enforce
        case dryRun = "dry_run"
    }

    /// Reads a document and answers with the problems' lines.
    func problems(_ text: String, _ read: (YAMLMapping) -> Void) throws -> [String] {
        let problems = YAMLProblems()
        let root = YAMLMapping(try YAMLNode.parse(text, file: "offboard.yaml"), problems: problems)
        read(root)
        root.finish()
        do {
            try problems.throwIfAny()
            return []
        } catch { return error.errors.map(\.description) }
    }

    @Test("each type is read as what it is")
    func values() throws {
        let text = """
            name: hr
            quoted: "0123"
            port: 8080
            fraction: 0.25
            whole: 1
            on: true
            deadline: 250ms
            mode: dry_run
            list: [a, "b"]
            one: x
            mixed: [true, 12, SUCCESS]
            section: {inner: y}
            sections:
              - inner: a
              - inner: b
            """
        let found = try problems(text) { root in
            #expect(root.string("name") == "hr")
            #expect(root.string("quoted") == "0123")
            #expect(root.integer("port", in: 0...65_535) == 8080)
            #expect(root.number("fraction", in: 0...1) == 0.25)
            #expect(root.number("whole", in: 0...1) == 1)
            #expect(root.boolean("on") == true)
            #expect(root.duration("deadline") == .milliseconds(250))
            #expect(root.choice("mode", of: Mode.self) == .dryRun)
            #expect(root.strings("list") == ["a", "b"])
            #expect(root.oneOrMore("one") == ["x"])
            #expect(root.oneOrMore("list") == ["a", "b"])
            #expect(root.scalars("mixed") == ["true", "12", "SUCCESS"])
            #expect(root.mapping("section")?.string("inner") == "y")
            #expect(root.mappings("sections")?.map { $0.string("inner") } == ["a", "b"])
            #expect(root.string("absent") == nil)
        }
        #expect(found == [])
    }

    @Test("an unknown key is named with file, line, path and the nearest key")
    func unknownKey() throws {
        let text = """
            listen:
              address: 127.0.0.1
              prot: 8080
            """
        let found = try problems(text) { root in
            let listen = root.mapping("listen")
            _ = listen?.string("address")
            _ = listen?.integer("port", in: 0...65_535)
        }
        #expect(found == ["offboard.yaml:3: listen.prot: is an unknown key (did you mean port?)"])
    }

    @Test("an unknown key in a list's item is found though nobody finished the item")
    func unknownKeyInItem() throws {
        let found = try problems("keys:\n  - {name: a}\n  - {nmae: b, name: b}\n") { root in
            for key in root.mappings("keys") ?? [] { _ = key.string("name") }
        }
        #expect(found == ["offboard.yaml:3: keys[1].nmae: is an unknown key (did you mean name?)"])
    }

    @Test("a missing key is reported at the line of its section")
    func missing() throws {
        let text = """
            storage: {sqlite: a}

            policy:

              domains: []
            """
        let found = try problems(text) { root in
            _ = root.mapping("storage")?.string("sqlite")
            _ = root.mapping("policy")?.strings("domains")
            _ = root.mapping("policy")?.choice("mode", of: Mode.self, .required)
            _ = root.mapping("vultr", .required)
        }
        #expect(found == ["offboard.yaml:1: vultr: is missing", "offboard.yaml:3: policy.mode: is missing"])
    }

    @Test("every wrong type is a problem of its own, and all are reported")
    func wrongTypes() throws {
        let text = """
            a: 1
            b: [x]
            c: "8080"
            d: yes
            e: 5
            f: enforced
            g: x
            h:
            i: {}
            j: [1]
            k: 99999
            l: -5m
            m: ""
            n: []
            o: 1.5
            """
        let found = try problems(text) { root in
            _ = root.string("a")
            _ = root.string("b")
            _ = root.integer("c", in: 0...1)
            _ = root.boolean("d")
            _ = root.duration("e")
            _ = root.choice("f", of: Mode.self)
            _ = root.mapping("g")
            _ = root.string("h")
            _ = root.strings("i")
            _ = root.strings("j")
            _ = root.integer("k", in: 1...65_535)
            _ = root.duration("l")
            _ = root.string("m")
            _ = root.oneOrMore("n")
            _ = root.integer("o", in: 0...5)
        }
        #expect(
            found == [
                "offboard.yaml:1: a: must be text, is a number (put it in quotes)",
                "offboard.yaml:2: b: must be text, is a list",
                "offboard.yaml:3: c: must be a whole number, is text",
                "offboard.yaml:4: d: must be true or false, is text",
                "offboard.yaml:5: e: must be a duration (such as 30s, 5m, 1h or 4d)",
                "offboard.yaml:6: f: must be one of enforce, dry_run (did you mean enforce?)",
                "offboard.yaml:7: g: must be a mapping, is text",
                "offboard.yaml:8: h: has no value",
                "offboard.yaml:9: i: must be a list, is a mapping",
                "offboard.yaml:10: j[0]: must be text, is a number (put it in quotes)",
                "offboard.yaml:11: k: must be from 1 to 65535",
                "offboard.yaml:12: l: must be a duration (such as 30s, 5m, 1h or 4d)",
                "offboard.yaml:13: m: is empty",
                "offboard.yaml:14: n: must name at least one",
                "offboard.yaml:15: o: must be a whole number, is a number",
            ]
        )
    }

    @Test("a document that is no mapping is a problem")
    func noMapping() throws {
        #expect(try problems("- a\n") { _ in } == ["offboard.yaml:1: must be a mapping, is a list"])
        #expect(try problems("") { _ in } == [])
    }

    @Test("durations are a whole number and a unit, and nothing else")
    func durations() {
        #expect(DurationText.duration("30s") == .seconds(30))
        #expect(DurationText.duration("5m") == .seconds(300))
        #expect(DurationText.duration("1h") == .seconds(3600))
        #expect(DurationText.duration("4d") == .seconds(345_600))
        #expect(DurationText.duration("0s") == .zero)
        for text in ["", "s", "30", "30 s", "1.5h", "-1s", "+1s", "1H", "1w", "1s ", "999999999999d", "٣s"] {
            #expect(DurationText.duration(text) == nil, "\(text)")
        }
        #expect(DurationText.text(.seconds(3600)) == "1h")
        #expect(DurationText.text(.milliseconds(1500)) == "1500ms")
        #expect(DurationText.text(.zero) == "0ms")
    }

    @Test("a swapped, missing or doubled letter finds its key, a stranger finds none")
    func nearest() {
        let keys = ["address", "port", "max_body_bytes"]
        #expect(Nearest.match(for: "adress", among: keys) == "address")
        #expect(Nearest.match(for: "prot", among: keys) == "port")
        #expect(Nearest.match(for: "max_body", among: keys) == "max_body_bytes")
        #expect(Nearest.match(for: "zz", among: ["ab"]) == nil)
        #expect(Nearest.match(for: "x", among: []) == nil)
    }
}
