import StrictYAML
import Testing

@Suite("Parsing and merging")
struct YAMLNodeTests {
    func problem(_ text: String) -> YAMLError? {
        do {
            _ = try YAMLNode.parse(text, file: "f.yaml")
            return nil
        } catch { return error }
    }

    @Test("a key that comes twice is an error, quoted or not")
    func duplicateKeys() {
        #expect(problem("a: 1\nb:\n  c: 1\n  c: 2\n")?.message == "the key comes twice")
        #expect(problem("a: 1\n\"a\": 2\n")?.message == "the key comes twice")
        #expect(problem("1: a\n\"1\": b\n")?.message == "the key comes twice")
    }

    @Test("broken YAML is named with its line, and nothing of the file is quoted")
    func broken() throws {
        let error = try #require(problem("a: hunter2\nb: [hunter2\nc: hunter2\n"))
        #expect(error.line >= 2)
        #expect(!error.description.contains("hunter2"))
        #expect(!error.description.contains("\n"))
        #expect(problem("a: 1\n---\nb: 2\n") != nil)
        #expect(problem("? [x]\n: y\n") != nil)
        #expect(problem("a: *nothing\n") != nil)
    }

    @Test("aliases work, and cannot multiply without end")
    func aliases() throws {
        #expect(problem("a: &x {b: 1}\nc: *x\n") == nil)
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...8 {
            let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(items)]\n"
        }
        #expect(problem(text)?.message == "more than 100000 values")
        let deep = String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        #expect(problem(deep)?.message == "nested more than 64 deep")
    }

    @Test("a mapping merges key by key, a list replaces, and each value keeps its place")
    func merging() throws {
        let preset = try YAMLNode.parse("s: {header: [a, b], prefix: v1}\nt: 1\n", file: "preset")
        let override = try YAMLNode.parse("\n\ns: {header: [c]}\nu: 2\n", file: "mine")
        let problems = YAMLProblems()
        let root = YAMLMapping(YAMLNode.merge(preset, override), path: "sender", problems: problems)
        #expect(root.keys == ["s", "t", "u"])
        #expect(root.mapping("s")?.strings("header") == ["c"])
        #expect(root.mapping("s")?.integer("prefix", in: 0...1) == nil)
        #expect(root.integer("t", in: 5...6) == nil)
        #expect(root.mapping("s")?.string("absent", .required) == nil)
        root.finish()
        #expect(
            problems.errors.map(\.description) == [
                "preset:1: sender.s.prefix: must be a whole number, is text", "preset:2: sender.t: must be from 5 to 6",
                "mine:3: sender.s.absent: is missing", "mine:4: sender.u: is an unknown key",
            ]
        )
    }
}
