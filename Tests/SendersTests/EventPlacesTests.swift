import Foundation
import Offboarding
import Testing

@testable import Senders

@Suite("Where an event says what it says")
struct EventPlacesTests {
    private func rule(_ change: (inout EventRule) throws -> Void) throws -> EventRule {
        var rule = EventRule(
            type: .path(try JSONPath("$.type")),
            departed: ["left"],
            email: [try JSONPath("$.email")]
        )
        try change(&rule)
        return rule
    }

    private func read(
        _ body: String,
        headers: [Delivery.Header] = [],
        _ change: (inout EventRule) throws -> Void
    ) throws -> Interpretation {
        Interpreter(try rule(change)).interpret(body: Array(body.utf8), headers: headers)
    }

    @Test("a text that holds JSON is read in place; one that cannot be read makes its event unresolved, not the others")
    func nestedJSON() throws {
        let change = { (rule: inout EventRule) in
            rule.each = try JSONPath("$.items")
            rule.nestedJSON = [try JSONPath("$.items[*].inner")]
            rule.email = [try JSONPath("$.inner.email")]
        }
        let good = #"{"type":"left","inner":"{\"email\":\"a@example.com\"}"}"#
        let bad = #"{"type":"left","inner":"{\"email\":"}"#
        let read = try read(#"{"items":[\#(good),\#(bad)]}"#, change)
        #expect(read.departures.map(\.email.text) == ["a@example.com"])
        #expect(read.unresolved.count == 1)
        let twice = #"{"type":"left","inner":"{\"email\":\"a@example.com\",\"email\":\"b@example.com\"}"}"#
        #expect(try self.read(#"{"items":[\#(twice)]}"#, change).unresolved.count == 1)
        let empty = #"{"type":"left","inner":""}"#
        #expect(try self.read(#"{"items":[\#(empty)]}"#, change).departures.isEmpty)
    }

    @Test("a type and a condition may stand in a header")
    func header() throws {
        let change = { (rule: inout EventRule) in
            rule.type = .header("x-state")
            rule.when = [EventRule.Condition(place: .header("x-kind"), comparison: .equals(["user"]))]
        }
        func headers(_ state: String, _ kind: String) -> [Delivery.Header] {
            [Delivery.Header(name: "x-state", value: state), Delivery.Header(name: "x-kind", value: kind)]
        }
        let body = #"{"email":"a@example.com"}"#
        #expect(try read(body, headers: headers("left", "user"), change).departures.count == 1)
        #expect(try read(body, headers: headers("left", "group"), change).ignored != nil)
        #expect(try read(body, headers: headers("sync", "user"), change).ignored != nil)
        #expect(try read(body, change).departures.isEmpty)
    }

    @Test("what must not be something is met where it is absent, and not where a list holds it")
    func notEquals() throws {
        let change = { (rule: inout EventRule) in
            rule.when = [
                EventRule.Condition(place: .path(try JSONPath("$.reason")), comparison: .notEquals(["hijacking"]))
            ]
        }
        let start = #"{"type":"left","email":"a@example.com""#
        #expect(try read(start + "}", change).departures.count == 1)
        #expect(try read(start + #","reason":"bulk"}"#, change).departures.count == 1)
        #expect(try read(start + #","reason":"hijacking"}"#, change).departures.isEmpty)
        #expect(try read(start + #","reason":["hijacking"]}"#, change).departures.isEmpty)
    }

    @Test("an email at somebody else's place is unresolved and never a departure, whichever path found it")
    func never() throws {
        let change = { (rule: inout EventRule) in
            rule.never = [try JSONPath("$.actor"), try JSONPath("$$.contact")]
        }
        let body = #"""
            {"type":"left","actor":{"email":"admin@example.com"},"target":{"email":"a@example.com"},
             "contact":"owner@example.com"}
            """#
        func by(_ path: String) throws -> Interpretation {
            try read(body) { rule in
                try change(&rule)
                rule.email = [try JSONPath(path)]
            }
        }
        #expect(try by("$.target.email").departures.map(\.email.text) == ["a@example.com"])
        for path in ["$.actor.email", "$..email", "$.contact", "$.*.email"] {
            let read = try by(path)
            #expect(read.departures.isEmpty, "\(path)")
            #expect(!read.unresolved.isEmpty, "\(path)")
        }
    }

    @Test("a number is a time in the sender's unit; in the wrong one it is unresolved")
    func timeUnit() throws {
        func read(_ number: String, _ unit: EventRule.TimeUnit?) throws -> Interpretation {
            try self.read(#"{"type":"left","email":"a@example.com","at":\#(number)}"#) { rule in
                rule.effectiveAt = try JSONPath("$.at")
                rule.timeUnit = unit
            }
        }
        let moment = Date(timeIntervalSince1970: 1_795_536_000)
        #expect(try read("1795536000", .seconds).departures.first?.effectiveAt == moment)
        #expect(try read("1795536000000", .milliseconds).departures.first?.effectiveAt == moment)
        #expect(try read("1795536000000", .seconds).unresolved.count == 1)
        #expect(try read("1795536000", .milliseconds).unresolved.count == 1)
        #expect(try read("1795536000", nil).unresolved.count == 1)
        #expect(try read("99999999999999999999999999999999", .seconds).unresolved.count == 1)
    }

    @Test("a Security Event Token's claims are the event, its events' names the types")
    func token() throws {
        func encoded(_ text: String) -> String {
            Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
                "=",
                with: ""
            )
        }
        let disabled = "https://schemas.openid.net/secevent/risc/event-type/account-disabled"
        let claims = #"{"sub_id":{"format":"email","email":"a@example.com"},"events":{"\#(disabled)":{}}}"#
        let change = { (rule: inout EventRule) in
            rule.format = .set
            rule.type = .namesOf(try JSONPath("$.events"))
            rule.departed = [disabled]
            rule.email = [try JSONPath("$.sub_id.email")]
        }
        let read = try read("\(encoded("{}")).\(encoded(claims)).c2ln", change)
        #expect(read.departures.map(\.email.text) == ["a@example.com"])
        for broken in ["", "a.b", "a.b.c.d", "\(encoded("{}")).*.c", "\(encoded("{}")).\(encoded("[]")).c"] {
            #expect(try self.read(broken, change).unresolved.count == 1, "\(broken)")
        }
    }

    @Test(
        "bodies that no careful reader takes are unresolved and stay one delivery",
        arguments: [
            "\u{FEFF}{\"type\":\"left\",\"email\":\"a@example.com\"}",
            #"{"type":"left","email":"a@example.com","email":"b@example.com"}"#,
            String(repeating: "[", count: 10_000), "{\"type\":\"left\"", "", "null",
        ]
    )
    func broken(_ body: String) throws {
        let read = try read(body) { _ in }
        #expect(read.departures.isEmpty)
        #expect(read.unresolved.count == 1)
    }

    @Test("bytes that are no UTF-8 are unresolved, numbers beyond 64 bits do no harm, an unknown type is ignored")
    func odd() throws {
        let interpreter = Interpreter(try rule { _ in })
        let invalid = Array(#"{"type":"left","email":"a"#.utf8) + [0xFF] + Array(#"@example.com"}"#.utf8)
        #expect(interpreter.interpret(body: invalid).unresolved.count == 1)
        let large = #"{"type":"left","email":"a@example.com","n":123456789012345678901234567890}"#
        #expect(interpreter.interpret(body: Array(large.utf8)).departures.count == 1)
        let unknown = interpreter.interpret(body: Array(#"{"type":"promoted","email":"a@example.com"}"#.utf8))
        #expect(unknown.ignored != nil && unknown.departures.isEmpty && unknown.unresolved.isEmpty)
    }
}
