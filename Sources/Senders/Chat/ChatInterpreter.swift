public import Offboarding

/// Reads a chat tool's deliveries for the engine.
public struct ChatInterpreter: DeliveryInterpreter {
    private let rule: ChatRule

    public init(_ rule: ChatRule) { self.rule = rule }

    public func interpret(_ delivery: Delivery) -> Interpretation { interpret(body: delivery.body) }

    /// Reads a body that has been verified.
    public func interpret(body: [UInt8]) -> Interpretation {
        switch rule.read(body) {
        case .nothing(let reason):
            return Interpretation(ignored: reason)
        case .stranger(let who, let replyTo, let isPress):
            // A command is answered at once, a button only afterwards.
            let answer = isPress ? ChatAnswer.stranger : nil
            let reason = "\(who) is not among chat.teams and chat.users"
            return request(who, replyTo, .nothing(reason: reason, answer: answer))
        case .unclear(let who, let reason):
            return request(who, nil, .nothing(reason: "\(who): \(reason)", answer: nil))
        case .removal(let who, let replyTo, let email):
            return request(who, replyTo, .remove(email))
        case .press(let who, let replyTo, let press):
            let isApproval = press.action == .approve
            let wish = isApproval ? ChatRequest.Wish.approve(press.caseID, digest: press.digest) : .refuse(press.caseID)
            return request(who, replyTo, wish)
        }
    }

    private func request(_ who: String, _ replyTo: String?, _ wish: ChatRequest.Wish) -> Interpretation {
        Interpretation(chat: ChatRequest(requester: who, replyTo: replyTo, wish: wish))
    }
}
