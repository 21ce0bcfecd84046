import Foundation
import Offboarding
import Testing

@Suite("A store's chats")
struct ChatSuite {
    private let now = Sample.start + 100

    private func message(_ id: String, _ sender: String = "slack", dueAt: Date) -> ChatMessage {
        ChatMessage(
            id: ChatMessageID(id),
            sender: sender,
            content: .note("a note"),
            replyTo: "https://hooks.slack.com/x",
            replaces: true,
            until: now + 1800,
            dueAt: dueAt
        )
    }

    @Test("a thread comes back as it was kept, and a newer one takes its place", arguments: StoreUnderTest.allCases)
    func thread(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let opened = try Sample.case("c_1", "avery")
        try await store.write { try $0.insert(opened) }
        #expect(try await store.read { try $0.chatThread(of: CaseID("c_1")) } == nil)
        for (replyTo, told) in [("https://a.example/1", "held"), ("https://a.example/2", nil)] as [(String, String?)] {
            let thread = ChatThread(
                caseID: CaseID("c_1"),
                sender: "slack",
                replyTo: replyTo,
                replaces: told == nil,
                until: now,
                told: told
            )
            try await store.write { try $0.save(thread) }
            #expect(try await store.read { try $0.chatThread(of: CaseID("c_1")) } == thread)
        }
    }

    @Test("messages are handed out by sender, the longest due first, and not twice", arguments: StoreUnderTest.allCases)
    func messages(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let (now, later) = (now, now + 30)
        let given = [
            message("m_1", dueAt: now), message("m_2", dueAt: now - 1), message("m_3", "other", dueAt: now - 9),
            message("m_4", dueAt: now + 1),
        ]
        try await store.write { session in for one in given { try session.insert(one) } }
        #expect(try await store.read { try $0.hasDueChatMessage(of: "slack", now: now) })
        func take() async throws -> ChatMessage? {
            try await store.write { try $0.takeDueChatMessage(of: "slack", now: now, again: later) }
        }
        #expect(try await take() == given[1])
        #expect(try await take() == given[0])
        #expect(try await take() == nil)
        var back = given[1]
        back.troubles = 3
        back.dueAt = now
        let waiting = back
        try await store.write { try $0.update(waiting) }
        #expect(try await take()?.troubles == 3)
        try await store.write { try $0.removeChatMessage(ChatMessageID("m_2")) }
        #expect(try await store.read { try $0.hasDueChatMessage(of: "slack", now: later) })
        try await store.write { try $0.update(waiting) }
        #expect(try await take() == nil)
    }
}
