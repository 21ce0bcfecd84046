import Senders
import Testing

@Suite("JSONPath")
struct JSONPathTests {
    func values(_ path: String, _ json: String, event: String? = nil) throws -> [String] {
        let body = try JSONValue(parsing: Array(json.utf8))
        let event = try event.map { try JSONValue(parsing: Array($0.utf8)) } ?? body
        return try JSONPath(path).values(in: event, body: body).map(\.written)
    }

    @Test("the public suite: every case passes but those that call functions, which are refused")
    func publicSuite() throws {
        let suite = try JSONValue(parsing: try Fixture.bytes("jsonpath-compliance.json"))
        guard case .array(let tests)? = suite["tests"] else {
            Issue.record("the suite has no tests")
            return
        }
        #expect(tests.count == 703)
        var passed = 0
        var calling = 0
        for test in tests {
            let name = test["name"]?.scalarText ?? "?"
            let selector = try #require(test["selector"]?.scalarText)
            let isCalling = Self.isCalling(test, name: name, selector: selector)
            let isRight: Bool
            if let path = try? JSONPath(selector) {
                isRight = !isCalling && test["invalid_selector"] == nil && Self.selects(path, what: test)
            } else {
                isRight = isCalling || test["invalid_selector"] != nil
            }
            #expect(isRight, "\(name): \(selector)")
            if isCalling { calling += 1 } else if isRight { passed += 1 }
        }
        print("JSONPath suite: \(passed) of \(tests.count - calling) cases, \(calling) that call functions left out")
        #expect(passed == tests.count - calling)
        #expect(calling == 110)
    }

    private static func isCalling(_ test: JSONValue, name: String, selector: String) -> Bool {
        if name.hasPrefix("functions") { return true }
        if case .array(let tags)? = test["tags"], tags.contains(where: { $0.scalarText == "function" }) { return true }
        return ["length(", "count(", "match(", "search(", "value("].contains { selector.contains($0) }
    }

    private static func selects(_ path: JSONPath, what test: JSONValue) -> Bool {
        guard let document = test["document"], let values = try? path.select(in: document, body: document) else {
            return false
        }
        let found = JSONValue.array(values).written
        if case .array(let results)? = test["results"] { return results.contains { $0.written == found } }
        return test["result"]?.written == found
    }

    @Test("$ is the event and $$ is the whole body")
    func wholeBody() throws {
        let body = #"{"type":"t","data":[{"type":"inner"}]}"#
        #expect(try values("$.type", body, event: #"{"type":"inner"}"#) == [#""inner""#])
        #expect(try values("$$.type", body, event: #"{"type":"inner"}"#) == [#""t""#])
        #expect(try values("$$", "1", event: "2") == ["1"])
        #expect(try values("$.data[-1].type", body) == [#""inner""#])
        #expect(try values("$.data[-2].type", body) == [])
    }

    @Test("a function is refused by its name")
    func functions() {
        let problem = #expect(throws: JSONPath.Problem.self) { try JSONPath("$[?length(@.a) == 1]") }
        #expect(problem?.description.contains("length()") == true)
    }

    @Test("filters choose by the event, by the whole body and by nested queries")
    func filters() throws {
        let body = #"{"want":"User","target":[{"type":"User","id":"u"},{"type":"App","id":"a"},{"type":"User"}]}"#
        #expect(try values("$.target[?@.type=='User'].id", body) == [#""u""#])
        #expect(try values("$.target[?@.type==$.want && @.id].id", body) == [#""u""#])
        #expect(try values("$.target[?!(@.type=='User')].id", body) == [#""a""#])
        #expect(
            try values("$.target[?@.type==$$.want].id", body, event: #"{"target":[{"type":"User","id":"e"}]}"#) == [
                #""e""#
            ]
        )
        #expect(try values("$..id", body) == [#""u""#, #""a""#])
        #expect(try values("$.target[::-1].type", body).first == #""User""#)
    }

    @Test("numbers are compared by value, whatever their length and spelling")
    func numbers() throws {
        let body = #"[{"n":9007199254740993},{"n":9007199254740992.0},{"n":1e400},{"n":-0.0}]"#
        #expect(try values("$[?@.n==9007199254740992].n", body) == ["9007199254740992.0"])
        #expect(try values("$[?@.n>9007199254740992].n", body).count == 2)
        #expect(try values("$[?@.n==0].n", body).count == 1)
    }

    @Test("a path that would visit too much fails instead of running away")
    func bounded() throws {
        let deep = String(repeating: "[", count: 60) + String(repeating: "]", count: 60)
        let wide = "[" + Array(repeating: deep, count: 2000).joined(separator: ",") + "]"
        let document = try JSONValue(parsing: Array(wide.utf8))
        #expect(throws: JSONPath.Trouble.self) { try JSONPath("$..*..*..*").select(in: document, body: document) }
        #expect(try JSONPath("$..*..*..*").values(in: document, body: document).isEmpty)
        let long = "$" + String(repeating: "['a']", count: 1000)
        #expect(throws: JSONPath.Problem.self) { try JSONPath(long) }
        let nested = "$[?" + String(repeating: "(", count: 100) + "@.a" + String(repeating: ")", count: 100) + "]"
        #expect(throws: JSONPath.Problem.self) { try JSONPath(nested) }
    }

    @Test(
        "what is no path is refused",
        arguments: ["", "a", "$a", "$.", "$$$", "@.a", "$ .a ", "$.a.", "$[", "$[01]", "$['a]"]
    )
    func invalid(_ text: String) {
        #expect(throws: JSONPath.Problem.self) { try JSONPath(text) }
    }
}

extension JSONValue {
    /// The value in one spelling, members in order of their names, to compare.
    var written: String {
        switch self {
        case .null: "null"
        case .boolean, .number: scalarText ?? ""
        case .string(let text): "\"\(text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined())\""
        case .array(let items): "[\(items.map(\.written).joined(separator: ","))]"
        case .object(let members):
            "{\(members.map { "\(JSONValue.string($0.name).written):\($0.value.written)" }.sorted().joined(separator: ","))}"
        }
    }
}
