import Offboarding
import StrictYAML
import Testing

@testable import Senders

@Suite("Departures asked for in a chat")
struct ChatTests {
    private static let avery = "avery.stone@example.com"

    private func rule(_ preset: String, _ chat: String) throws -> ChatRule {
        let yaml = "{name: a, preset: \(preset), secrets: [{env: A}], chat: \(chat)}"
        return try #require(try Configured.sender(yaml).chat)
    }

    private func slack() throws -> ChatRule { try rule("slack", "{teams: [T01], users: [U0DANA]}") }

    private func command(
        _ text: String,
        user: String = "U0DANA",
        team: String = "T01",
        name: String = "/offboard"
    ) -> [UInt8] {
        let fields = [("command", name), ("team_id", team), ("user_id", user), ("text", text), ("response_url", "r")]
        return Array(fields.map { "\($0)=\(Self.encoded($1))" }.joined(separator: "&").utf8)
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func press(_ action: String, _ value: String, team: String = "T01") -> [UInt8] {
        let json =
            #"{"type":"block_actions","user":{"id":"U0DANA"},"team":{"id":"\#(team)"},"response_url":"r","#
            + #""actions":[{"action_id":"\#(action)","value":"\#(value)"}]}"#
        return Array("payload=\(Self.encoded(json))".utf8)
    }

    @Test(
        "one email is read, plain or as Slack links it",
        arguments: [avery, " \(avery) ", "AVERY.stone@example.com", "<mailto:\(avery)|\(avery)>", "<mailto:\(avery)>"]
    )
    func email(_ text: String) throws {
        let expected = ChatReading.removal("slack:T01/U0DANA", replyTo: "r", try EmailAddress(Self.avery))
        #expect(try slack().read(command(text)) == expected)
    }

    @Test(
        "anything but one email asks for nothing and names nobody",
        arguments: [
            "", "help", "\(avery) \(avery)", "\(avery),x@example.com", "<mailto:\(avery)|x@example.com>",
            "<@U1>", "<mailto:\(avery)|\(avery)><mailto:x@example.com>", "x|\(avery)",
        ]
    )
    func unclear(_ text: String) throws {
        guard case .unclear(let who, let reason) = try slack().read(command(text)) else {
            Issue.record("it was understood")
            return
        }
        #expect(who == "slack:T01/U0DANA")
        #expect(!reason.contains("example.com"))
    }

    @Test("team and user must both be listed, whatever names come beside them")
    func strangers() throws {
        for (user, team) in [("U0DANA", "T02"), ("U0ELSE", "T01"), ("u0dana", "T01"), ("", "T01"), ("U0DANA", "")] {
            let who = "slack:" + [team, user].map { $0.isEmpty ? "?" : $0 }.joined(separator: "/")
            let read = try slack().read(command(Self.avery, user: user, team: team))
            #expect(read == .stranger(who, replyTo: "r", isPress: false))
            let answer = ChatAnswer(to: read, by: .slack)
            #expect(answer == .json(#"{"response_type":"ephemeral","text":"\#(ChatAnswer.stranger)"}"#))
        }
        let press = try slack().read(press("offboard.approve", "c_1 abc", team: "T02"))
        #expect(press == .stranger("slack:T02/U0DANA", replyTo: "r", isPress: true))
    }

    @Test("an id that is no id is not kept as one")
    func requester() throws {
        let read = try slack().read(command(Self.avery, user: "a@example.com", team: "T 1"))
        #expect(read == .stranger("slack:?/?", replyTo: "r", isPress: false))
    }

    @Test("a button is bound to a case and a digest; other buttons and commands are nothing")
    func buttons() throws {
        let bound = ChatPress(.approve, caseID: CaseID("c_1"), digest: "abc")
        let read = try slack().read(press("offboard.approve", bound.value))
        #expect(read == .press("slack:T01/U0DANA", replyTo: "r", bound))
        for (action, value) in [("offboard.approve", "c_1"), ("offboard.approve", "c_1 a b"), ("other", "c_1 abc")] {
            guard case .nothing = try slack().read(press(action, value)) else {
                Issue.record("\(action) \(value)")
                continue
            }
        }
        guard case .nothing = try slack().read(command(Self.avery, name: "/weather")) else {
            Issue.record("another command")
            return
        }
    }

    @Test("without chat everything is nothing, for every body")
    func nobody() throws {
        for name in ["slack", "teams"] {
            let chat = try #require(try Configured.preset(name).chat)
            for body in [command(Self.avery), press("offboard.approve", "c_1 abc"), Array("{".utf8), []] {
                let read = chat.read(body)
                guard case .nothing = read else {
                    Issue.record("\(read)")
                    continue
                }
                #expect(ChatAnswer(to: read, by: chat.tool) == nil)
            }
        }
    }

    @Test(
        "what Teams sends is freed of the mention, of tags and of entities",
        arguments: [
            "<at>Bot</at>&nbsp;\(avery)", "<at>Bot</at>&#160;\(avery)\n", "<p><at>a@b.example</at> \(avery)</p>",
            "<at>Bot</at> <a href=\"mailto:\(avery)\">\(avery)</a>", "avery.stone&#64;example.com",
        ]
    )
    func teams(_ text: String) throws {
        let json = "{\"type\":\"message\",\"from\":{\"aadObjectId\":\"1111\"},\"text\":\(JSONText.quoted(text))}"
        let read = try rule("teams", "{users: [\"1111\"]}").read(Array(json.utf8))
        #expect(read == .removal("teams:1111", replyTo: nil, try EmailAddress(Self.avery)))
        guard case .json(let answer)? = ChatAnswer(to: read, by: .teams) else {
            Issue.record("there is no answer")
            return
        }
        #expect(answer.hasPrefix(#"{"type":"message","text":"Looking up"#))
        #expect(answer.contains("vultr-offboard cases --state held"))
    }

    @Test("no text of a person's makes a link or calls everybody")
    func escaping() throws {
        let read = ChatReading.removal("slack:T01/U0DANA", replyTo: nil, try EmailAddress("<!channel>&`@x"))
        guard case .json(let answer)? = ChatAnswer(to: read, by: .slack) else {
            Issue.record("there is no answer")
            return
        }
        let value = try JSONValue(parsing: Array(answer.utf8))
        #expect(value["text"]?.scalarText == "Looking up &lt;!channel&gt;&amp;'@x …")
    }
}
