import Foundation
import Offboarding
import Senders
import Testing

@Suite("Rule 1: interpretation")
struct InterpreterTests {
    func interpret(_ preset: String, _ fixture: String) throws -> Interpretation {
        try Configured.preset(preset).interpreter.interpret(body: Fixture.bytes("\(preset)/\(fixture)"))
    }

    func emails(_ interpretation: Interpretation) -> [[String]] {
        interpretation.departures.map { $0.emails.map(\.text) }
    }

    static let single: [(preset: String, fixture: String, kind: Departure.Kind, emails: [String], occurred: Double?)] =
        [
            (
                "standard-webhooks", "departed", .departed, ["avery.stone@example.com", "avery.ng@example.com"],
                1_795_536_000
            ),
            (
                "standard-webhooks", "reinstated", .reinstated, ["avery.stone@example.com", "avery.ng@example.com"],
                1_795_536_000
            ),
            ("svix", "departed", .departed, ["avery.stone@example.com"], 1_795_536_000),
            ("svix", "reinstated", .reinstated, ["avery.stone@example.com"], 1_795_539_600),
            ("github", "departed", .departed, ["avery.stone@example.com", "avery.ng@example.com"], nil),
            ("github", "reinstated", .reinstated, ["avery.stone@example.com"], nil),
        ]

    @Test("one person leaves or returns, and nobody beside them is named", arguments: single)
    func onePerson(
        _ example: (preset: String, fixture: String, kind: Departure.Kind, emails: [String], occurred: Double?)
    ) throws {
        let interpretation = try interpret(example.preset, "\(example.fixture).json")
        #expect(interpretation.state == .interpreted)
        #expect(interpretation.reason == nil)
        #expect(emails(interpretation) == [example.emails])
        #expect(interpretation.departures.first?.kind == example.kind)
        #expect(interpretation.departures.first?.occurredAt?.timeIntervalSince1970 == example.occurred)
        #expect(interpretation.departures.first?.effectiveAt == nil)
    }

    @Test("an effective time is read with its offset")
    func effective() throws {
        let departure = try interpret("standard-webhooks", "scheduled.json").departures.first
        #expect(departure?.effectiveAt == Date(timeIntervalSince1970: 1_796_054_400))
    }

    @Test("one bad item never drops the rest, and a person must look at it")
    func severalPeople() throws {
        let interpretation = try interpret("standard-webhooks", "several-people.json")
        #expect(
            emails(interpretation) == [
                ["avery.stone@example.com"], ["jordan.park@example.com", "j.park@example.com"],
                ["riley.cho@example.com"],
            ]
        )
        #expect(interpretation.departures.last?.effectiveAt == Date(timeIntervalSince1970: 1_796_083_200))
        #expect(interpretation.state == .unresolved)
        #expect(
            interpretation.unresolved == [
                "the body, event 2: the email cannot be used: the email holds white space",
                "the body, event 4: the event is no object", "the body, event 5: the event has no email",
            ]
        )
        let gitHub = try interpret("github", "several-people.json")
        #expect(emails(gitHub) == [["avery.stone@example.com"], ["jordan.park@example.com"]])
        #expect(gitHub.unresolved.count == 1)
        #expect(gitHub.ignored == nil)
        let svix = try interpret("svix", "several-people.json")
        #expect(emails(svix) == [["avery.stone@example.com"], ["jordan.park@example.com"]])
        #expect(svix.unresolved == ["the body, event 2: the event has no email"])
    }

    @Test("near misses stay apart from one another; A to Z in another case is the same person")
    func nearMisses() throws {
        let interpretation = try interpret("standard-webhooks", "near-misses.json")
        let found = interpretation.departures.map(\.email.text)
        #expect(
            found == [
                "avery.stone@example.com", "avery.stone@example.com.au", "xavery.stone@example.com",
                "avery.stone+vultr@example.com", "avery.stone@example.org", "averystone@example.com",
                "avery.stone@example.com", "straße@example.com", "strasse@example.com", "ａvery.stone@example.com",
            ]
        )
        #expect(Set(interpretation.departures.map(\.email)).count == 9)
        #expect(interpretation.unresolved.count == 7)
        #expect(!interpretation.unresolved.contains { $0.contains("example.com") })
        let types = try interpret("github", "near-misses.json")
        #expect(types.departures.isEmpty)
        #expect(types.ignored?.split(separator: "; ").count == 5)
        #expect(types.state == .ignored)
    }

    @Test(
        "what is about something else is ignored",
        arguments: [
            ("standard-webhooks", "unknown-type.json"), ("github", "ping.json"), ("github", "member-removed.json"),
        ]
    )
    func ignored(preset: String, fixture: String) throws {
        let interpretation = try interpret(preset, fixture)
        #expect(interpretation.departures.isEmpty)
        #expect(interpretation.unresolved.isEmpty)
        #expect(interpretation.ignored?.isEmpty == false)
    }

    @Test(
        "no email, more than ten aliases and a date that is no moment are unresolved",
        arguments: [
            ("standard-webhooks", "without-email.json"), ("standard-webhooks", "many-aliases.json"),
            ("standard-webhooks", "date-only.json"), ("svix", "deleted-without-email.json"),
        ]
    )
    func unresolved(preset: String, fixture: String) throws {
        let interpretation = try interpret(preset, fixture)
        #expect(interpretation.departures.isEmpty)
        #expect(interpretation.state == .unresolved)
    }

    @Test(
        "every malformed body is unresolved, and its reason holds no email",
        arguments: ["standard-webhooks", "svix", "github"]
    )
    func malformed(preset: String) throws {
        let names = try Fixture.names(in: "fixtures/\(preset)/malformed")
        #expect(!names.isEmpty)
        for name in names {
            let interpretation = try interpret(preset, "malformed/\(name)")
            #expect(interpretation.state == .unresolved, "\(name)")
            #expect(interpretation.departures.isEmpty, "\(name)")
            #expect(interpretation.reason?.contains("@example") == false, "\(name)")
        }
    }
}
