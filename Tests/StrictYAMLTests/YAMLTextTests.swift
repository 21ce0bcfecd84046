import StrictYAML
import Testing

@Suite("Writing YAML")
struct YAMLTextTests {
    @Test(
        "what is written reads back as the same, and writes the same again",
        arguments: [
            "a: 1\nb: \"1\"\nc: true\nd: \"true\"\ne: \"\"\nf: ~",
            "list: [a, b, \"c, d\", \"[e]\", \"# f\", \"g: h\", \"-\", \"@x\"]",
            "deep:\n  - {name: one, inner: {value: \"$.a[?@.b=='c']\"}}\n  - plain\n  - [a, [b, c]]",
            "text: \"ä\\n\\\"\\\\ \\u2028\"\nnumber: 5m\nversion: 1.10\nempty: []\nnothing: {}",
            "\"odd key: x\": 1",
            "long: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, "
                + "ccccccccccccccccccccccccccccccccccccccccccccccc]",
        ]
    )
    func roundTrip(_ yaml: String) throws {
        let read = try YAMLNode.parse(yaml, file: "a.yaml")
        let written = YAMLText.text(read)
        let again = try YAMLNode.parse(written, file: "b.yaml")
        #expect(Self.flat(again) == Self.flat(read))
        #expect(YAMLText.text(again) == written)
    }

    /// The value without its places; text in quotes that needs none counts as the same.
    private static func flat(_ node: YAMLNode) -> String {
        switch node.value {
        case .scalar(let text, let isPlain):
            let looksLikeMore = ["1", "true", "", "~", "5m", "1.10"].contains(text)
            return isPlain && looksLikeMore ? "plain(\(text))" : "text(\(text))"
        case .sequence(let items): return "[" + items.map(flat).joined(separator: ",") + "]"
        case .mapping(let entries):
            return "{" + entries.map { $0.key + "=" + flat($0.node) }.joined(separator: ",") + "}"
        }
    }
}
