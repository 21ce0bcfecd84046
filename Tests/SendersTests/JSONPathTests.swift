import Senders
import Testing

@Suite("JSONPath")
struct JSONPathTests {
    func values(_ path: String, _ json: String, event: String? = nil) throws -> [String] {
        let body = try JSONValue(parsing: Array(json.utf8))
        let event = try event.map { try JSONValue(parsing: Array($0.utf8)) } ?? body
        return try JSONPath(path).values(in: event, body: body).map(\.written)
    }

    @Test("the public compliance suite: names, indexes and wildcards as it says, nothing invalid accepted")
    func compliance() throws {
        let suite = try JSONValue(parsing: try Fixture.bytes("jsonpath-compliance.json"))
        guard case .array(let tests)? = suite["tests"] else {
            Issue.record("the suite has no tests")
            return
        }
        var selected = 0
        var invalid = 0
        var later = 0
        for test in tests {
            let name = test["name"]?.scalarText ?? "?"
            let selector = try #require(test["selector"]?.scalarText)
            let path: JSONPath
            do { path = try JSONPath(selector) } catch {
                let isLater = error.description.contains("not read yet")
                #expect(isLater || test["invalid_selector"] != nil, "\(name): \(selector) \(error)")
                if isLater { later += 1 } else { invalid += 1 }
                continue
            }
            #expect(test["invalid_selector"] == nil, "\(name): \(selector) was accepted")
            let document = try #require(test["document"])
            let found = JSONValue.array(path.values(in: document, body: document)).written
            if let result = test["result"] {
                #expect(found == result.written, "\(name)")
            } else if case .array(let results)? = test["results"] {
                #expect(results.contains { $0.written == found }, "\(name)")
            }
            selected += 1
        }
        #expect(selected == 98)
        #expect(invalid == 127)
        #expect(selected + invalid + later == tests.count)
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

    @Test(
        "filters, slices and descendants say that they come later",
        arguments: ["$[?@.a]", "$[?@.a=='b'].c", "$[1:2]", "$[:]", "$[1 : 2]", "$..a", "$..*", "$..[0]"]
    )
    func later(_ text: String) {
        let problem = #expect(throws: JSONPath.Problem.self) { try JSONPath(text) }
        #expect(problem?.description.contains("not read yet") == true)
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
