public import Offboarding

/// Posts messages to the chats that asked, where they said, and only at the hosts of the configuration.
public struct ChatClient: ChatSender {
    private let client: OutboundClient
    private let hosts: [String: [String]]

    /// - Parameter hosts: the only hosts for each sender, by the sender's name.
    public init(client: OutboundClient, hosts: [String: [String]]) {
        self.client = client
        self.hosts = hosts
    }

    public var senders: [String] { hosts.keys.sorted() }

    public func send(_ message: ChatMessage) async throws(ChatTrouble) {
        let target = try target(message)
        let answer: OutboundAnswer
        do {
            let body = try ChatPost(message).body
            let headers = [(name: "Content-Type", value: "application/json")]
            answer = try await client.send(OutboundRequest(.post, target, headers: headers, body: body))
        } catch let error as OutboundError {
            throw ChatTrouble(error.description, passes: error.code != .refusedAddress && error.code != .tooLarge)
        } catch {
            throw ChatTrouble("the message cannot be written", passes: false)
        }
        switch answer.status {
        case 200..<300: return
        case 429, 500...:
            throw ChatTrouble("answered with \(answer.status)", passes: true, retryAfter: answer.retryAfter)
        case 300..<400: throw ChatTrouble("redirected (\(answer.status)), which is not followed", passes: false)
        default: throw ChatTrouble("answered with \(answer.status)", passes: false)
        }
    }

    /// The place that the request named, which whoever can sign could name: checked at every try.
    private func target(_ message: ChatMessage) throws(ChatTrouble) -> OutboundTarget {
        guard let allowed = hosts[message.sender] else {
            throw ChatTrouble("the sender has no chat any more", passes: false)
        }
        do throws(OutboundTarget.Problem) {
            return try OutboundTarget(
                message.replyTo,
                // A host is this machine only where the configuration names it.
                allowing: OutboundTarget.namesThisMachine(message.replyTo) ? .loopback : .global,
                hosts: allowed
            )
        } catch {
            throw ChatTrouble("where to answer \(error)", passes: false)
        }
    }
}
