import Foundation
import Logging
import Offboarding
import Senders
import Testing

@testable import Outbound

@Suite("Messages to a chat")
struct ChatPostTests {
    private static let start = Date(timeIntervalSince1970: 1_795_536_000)

    private func standing(
        _ state: CaseState,
        _ result: Case.Result? = nil,
        name: String = "Alpha",
        count: Int = 1
    ) throws -> ChatContent {
        var shown = Case(
            id: CaseID("c_1"),
            email: try EmailAddress("avery.stone@example.com"),
            state: state,
            sender: "slack",
            receivedAt: Self.start,
            occurredAt: Self.start,
            restraint: .chat,
            askedBy: "slack:T01/U0DANA",
            dueAt: nil
        )
        shown.planDigest = "abc"
        shown.result = result
        let removals = (0..<count).map { number in
            Removal(
                key: "production",
                membership: Membership(organization: OrganizationID("o\(number)"), user: UserID("u1")),
                organizationName: name,
                outcome: state == .completed ? .removed : .retrying
            )
        }
        return .standing(ChatStanding(shown, removals: removals))
    }

    private func message(_ content: ChatContent, replyTo: String = "https://hooks.slack.com/x") -> ChatMessage {
        ChatMessage(
            id: ChatMessageID("m_1"),
            sender: "slack",
            content: content,
            replyTo: replyTo,
            replaces: true,
            until: Self.start,
            dueAt: Self.start
        )
    }

    private func post(_ content: ChatContent) throws -> [String: Any] {
        let body = try ChatPost(message(content)).body
        return try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
    }

    @Test("a plan has two buttons that carry the case and the digest; an outcome has none")
    func buttons() throws {
        let blocks = try #require(try post(try standing(.held))["blocks"] as? [[String: Any]])
        let buttons = try #require(blocks.last?["elements"] as? [[String: Any]])
        #expect(buttons.map { $0["action_id"] as? String } == ["offboard.approve", "offboard.cancel"])
        #expect(buttons.allSatisfy { $0["value"] as? String == "c_1 abc" })
        for content in [try standing(.completed, .removed), try standing(.attention), try standing(.refused)] {
            #expect(try post(content)["blocks"] == nil)
        }
    }

    @Test("what tells how a case stands is for the channel, a note for whoever asked")
    func audience() throws {
        let outcome = try post(try standing(.completed, .removed))
        #expect(outcome["response_type"] as? String == "in_channel")
        #expect(outcome["replace_original"] as? Bool == true)
        let note = try post(.note("no <b>"))
        #expect(note["response_type"] as? String == "ephemeral")
        #expect(note["replace_original"] as? Bool == false)
        #expect(note["text"] as? String == "no &lt;b&gt;")
    }

    @Test("no name makes a link or calls everybody, and a long plan fits into a block")
    func bounds() throws {
        let name = String(repeating: "<!channel>", count: 30)
        let text = try #require(try post(try standing(.held, name: name, count: 100))["text"] as? String)
        #expect(!text.replacing("<@U0DANA>", with: "").contains("<"))
        #expect(text.contains("and 80 more"))
        #expect(text.count < 3000)
    }

    @Test(
        "a message goes nowhere but to the hosts of the configuration",
        arguments: [
            "https://example.com/x", "http://hooks.slack.com/x", "https://hooks.slack.com@example.com/x",
            "https://hooks.slack.com.example.com/x", "http://127.0.0.1:1/x", "http://localhost:1/x", "r", "",
        ]
    )
    func hosts(_ replyTo: String) async throws {
        let client = OutboundClient(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let chat = ChatClient(client: client, hosts: ["slack": ChatRule.defaultResponseHosts])
        let message = message(.note("x"), replyTo: replyTo)
        let trouble = await #expect(throws: ChatTrouble.self) { try await chat.send(message) }
        #expect(trouble?.passes == false)
        #expect(trouble?.description.hasPrefix("where to answer") == true)
        await client.shutdown()
    }
}
