import Foundation
import Offboarding
import Senders
import Testing

@Suite("Rule 1: event rules")
struct EventRuleTests {
    func interpret(_ body: String, _ change: (inout EventRule) throws -> Void = { _ in }) throws -> Interpretation {
        var rule = EventRule(
            type: .path(try JSONPath("$.type")),
            departed: ["left", "7"],
            reinstated: ["back"],
            email: [try JSONPath("$.email"), try JSONPath("$.emails[*]")],
            aliases: [try JSONPath("$.aliases[*]"), try JSONPath("$.former")],
            effectiveAt: try JSONPath("$.at"),
            occurredAt: try JSONPath("$.time")
        )
        try change(&rule)
        return Interpreter(rule).interpret(body: Array(body.utf8))
    }

    @Test("the first path with a value counts, null is none, and an empty text is a value")
    func firstPath() throws {
        let first = try interpret(#"{"type":"left","email":"a@example.com","emails":["b@example.com"]}"#)
        #expect(first.departures.map(\.email.text) == ["a@example.com"])
        let second = try interpret(#"{"type":"left","email":null,"emails":["b@example.com"]}"#)
        #expect(second.departures.map(\.email.text) == ["b@example.com"])
        let empty = try interpret(#"{"type":"left","email":"","emails":["b@example.com"]}"#)
        #expect(empty.departures.isEmpty && empty.state == .unresolved)
    }

    @Test("two different emails from one path are unresolved, the same one in another case is one")
    func twoEmails() throws {
        let two = try interpret(#"{"type":"left","emails":["a@example.com","b@example.com"]}"#)
        #expect(two.departures.isEmpty)
        #expect(two.unresolved == ["the body: $.emails[*] holds two different emails"])
        let one = try interpret(#"{"type":"left","emails":["a@example.com","A@EXAMPLE.com"]}"#)
        #expect(one.departures.map(\.email.text) == ["a@example.com"])
    }

    @Test("aliases are counted without repetitions and without the main email")
    func aliases() throws {
        let ten = (0..<10).map { "\"a\($0)@example.com\"" }.joined(separator: ",")
        let repeated = try interpret(
            #"{"type":"left","email":"m@example.com","aliases":[\#(ten),"M@example.com","A0@example.com"],"former":"a9@example.com"}"#
        )
        #expect(repeated.departures.first?.aliases.count == 10)
        let eleven = try interpret(
            #"{"type":"left","email":"m@example.com","aliases":[\#(ten)],"former":"b@example.com"}"#
        )
        #expect(eleven.unresolved == ["the body: the event has more than 10 aliases"])
        for bad in ["[7]", "[\"x\"]", "\"x@example.com\"", "7", "[[\"x@example.com\"]]"] {
            let interpretation = try interpret(#"{"type":"left","email":"m@example.com","aliases":\#(bad)}"#)
            #expect(interpretation.departures.isEmpty && interpretation.state == .unresolved, "\(bad)")
        }
        let none = try interpret(#"{"type":"left","email":"m@example.com","aliases":null}"#)
        #expect(none.departures.count == 1)
    }

    @Test("an unreadable effective time is unresolved, an unreadable time of the event is absent")
    func times() throws {
        for bad in ["\"soon\"", "7", "\"\"", "[]", "true", "\"2026-11-30\""] {
            let interpretation = try interpret(#"{"type":"left","email":"m@example.com","at":\#(bad)}"#)
            #expect(interpretation.unresolved == ["the body: the effective time cannot be read"], "\(bad)")
        }
        let occurred = try interpret(#"{"type":"left","email":"m@example.com","time":7,"at":null}"#)
        #expect(occurred.departures.count == 1)
        #expect(occurred.departures.first?.occurredAt == nil)
    }

    @Test("types are compared byte for byte; numbers are types; lists and several are unresolved")
    func types() throws {
        #expect(try interpret(#"{"type":7,"email":"m@example.com"}"#).departures.count == 1)
        #expect(try interpret(#"{"type":"back","email":"m@example.com"}"#).departures.first?.kind == .reinstated)
        #expect(try interpret(#"{"type":"Left","email":"m@example.com"}"#).state == .ignored)
        #expect(try interpret(#"{"type":null,"email":"m@example.com"}"#).state == .ignored)
        #expect(try interpret(#"{"type":{},"email":"m@example.com"}"#).state == .unresolved)
        let several = try interpret(#"{"types":["left","other"],"email":"m@example.com"}"#) {
            $0.type = .path(try JSONPath("$.types[*]"))
        }
        #expect(several.state == .unresolved)
        let secretive = try interpret(#"{"type":"m@example.com","email":"m@example.com"}"#)
        #expect(secretive.reason?.contains("m@example.com") == false)
    }

    @Test("conditions: one of the values, booleans also as text in any case, missing is not met")
    func conditions() throws {
        let when = [EventRule.Condition(path: try JSONPath("$.active"), equals: ["false"])]
        for (active, isMet) in [
            ("false", true), ("\"false\"", true), ("\"False\"", true), ("\"FALSE\"", true), ("true", false),
            ("0", false),
            ("null", false), ("\"no\"", false), ("[false]", false),
        ] {
            let interpretation = try interpret(#"{"type":"left","email":"m@example.com","active":\#(active)}"#) {
                $0.when = when
            }
            #expect(interpretation.departures.count == (isMet ? 1 : 0), "\(active)")
            #expect(interpretation.state == (isMet ? .interpreted : .ignored), "\(active)")
        }
        let absent = try interpret(#"{"type":"left","email":"m@example.com"}"#) { $0.when = when }
        #expect(absent.state == .ignored)
        let text = [EventRule.Condition(path: try JSONPath("$.result"), equals: ["SUCCESS", "OK"])]
        #expect(
            try interpret(#"{"type":"left","email":"m@example.com","result":"OK"}"#) { $0.when = text }.departures.count
                == 1
        )
        #expect(
            try interpret(#"{"type":"left","email":"m@example.com","result":"ok"}"#) { $0.when = text }.state
                == .ignored
        )
    }

    @Test("a body that names nobody is unresolved, unless its own type is about something else")
    func nobody() throws {
        func read(_ body: String) throws -> Interpretation {
            try interpret(body) {
                $0.each = try JSONPath("$.data")
                $0.type = .path(try JSONPath("$$.type"))
            }
        }
        #expect(try read(#"{"type":"left","data":[]}"#).unresolved == ["the body: names nobody"])
        #expect(try read(#"{"type":"left"}"#).state == .unresolved)
        #expect(try read(#"{"type":"left","data":null}"#).state == .unresolved)
        #expect(try read(#"{"type":"hired"}"#).state == .ignored)
        #expect(try read(#"{"type":"hired","data":[]}"#).state == .ignored)
        #expect(try read("[]").state == .ignored)
        #expect(try interpret("[]").state == .unresolved)
        #expect(try interpret("7").state == .unresolved)
    }

    @Test("lines of JSON are read each on its own; a bad line does not drop the rest")
    func lines() throws {
        let body = """
            {"type":"left","email":"a@example.com"}

            {"type":"left","email":
            [{"type":"left","email":"b@example.com"},{"type":"left","email":"c@example.com"}]\r

            """
        let interpretation = try interpret(body) { $0.format = .ndjson }
        #expect(interpretation.departures.map(\.email.text) == ["a@example.com", "b@example.com", "c@example.com"])
        #expect(interpretation.unresolved.count == 1)
        #expect(interpretation.unresolved.first?.hasPrefix("line 2: ") == true)
        #expect(try interpret("\n \n") { $0.format = .ndjson }.state == .unresolved)
    }

    @Test("a form's fields are an object of texts, one of them may hold JSON")
    func forms() throws {
        let form = try interpret("type=left&email=avery+x%40example.com") { $0.format = .form }
        #expect(form.state == .unresolved, "a plus is a space")
        let right = try interpret("type=left&email=avery%2Bx%40example.com&x") { $0.format = .form }
        #expect(right.departures.map(\.email.text) == ["avery+x@example.com"])
        for bad in [
            "type=left&email=a%4", "type=left&email=%ff", "type=left&email=a%40b&email=c%40d", "type=left&email=%zz",
        ] {
            #expect(try interpret(bad) { $0.format = .form }.state == .unresolved, "\(bad)")
        }
        func payload(_ body: String) throws -> Interpretation {
            try interpret(body) {
                $0.format = .form
                $0.formJSON = "payload"
            }
        }
        let json = "payload=%7B%22type%22%3A%22left%22%2C%22email%22%3A%22a%40example.com%22%7D"
        #expect(try payload(json).departures.map(\.email.text) == ["a@example.com"])
        #expect(try payload("payload=%7B").state == .unresolved)
        // Slack's commands lack the field that its buttons have: such a form is its fields.
        #expect(try payload("type=left&email=a%40example.com").departures.map(\.email.text) == ["a@example.com"])
        #expect(try payload("other=1").state == .ignored)
    }

    @Test("a body with more than 10,000 events is unresolved as a whole")
    func bounded() throws {
        let item = #"{"type":"left","email":"a@example.com"}"#
        let body = "[" + Array(repeating: item, count: 10_001).joined(separator: ",") + "]"
        let interpretation = try interpret(body)
        #expect(interpretation.departures.isEmpty)
        #expect(interpretation.unresolved.count == 1)
    }

    @Test("the first twenty reasons are told, the rest is counted")
    func reasons() throws {
        let interpretation = try interpret("[" + Array(repeating: "7", count: 24).joined(separator: ",") + "]")
        #expect(interpretation.unresolved.count == 21)
        #expect(interpretation.unresolved.last == "and 4 more")
    }
}
