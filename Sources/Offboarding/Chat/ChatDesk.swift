import Foundation

/// Does what is asked in a chat. Runs inside one transaction; who may ask was found out before.
struct ChatDesk {
    let session: any StoreSession
    let now: Date
    let policy: Policy

    private var board: ChatBoard { ChatBoard(session: session, now: now) }

    /// Does it, and says what became of the delivery that asked.
    ///
    /// - Parameter isTest: whether `test SENDER` announced it.
    func serve(_ request: ChatRequest, of delivery: Delivery, isTest: Bool) throws {
        let rulings = CaseRulings(session: session, now: now, fourEyes: policy.fourEyes)
        switch request.wish {
        case .remove(let email):
            try open(email, request, delivery, isTest: isTest)
        case .approve(let id, let digest):
            try decide(id, request, delivery, "approved") { () throws in
                try rulings.approve(id, digest: digest, by: request.requester)
            }
        case .refuse(let id):
            try decide(id, request, delivery, "refused") { () throws in
                try rulings.refuse(id, by: request.requester)
            }
        case .nothing(let reason, let answer):
            if let answer { try board.note(answer, to: request, sender: delivery.sender) }
            try session.settle(delivery.id, as: .ignored, reason: reason)
        }
    }

    private func open(_ email: EmailAddress, _ request: ChatRequest, _ delivery: Delivery, isTest: Bool) throws {
        let cases = try CaseLedger(session: session, now: now, policy: policy).record(
            Departure(kind: .departed, email: email),
            sender: delivery.sender,
            delivery: delivery.id,
            receivedAt: delivery.receivedAt,
            restraint: isTest ? .test : .chat,
            askedBy: request.requester
        )
        for id in cases {
            try board.listen(request, sender: delivery.sender, to: id, isPress: false)
            // One that was there before is told of at once: it may wait for something that takes days.
            guard let found = try session.case(id), found.state != .queued, found.state != .running else { continue }
            try board.tell(found)
        }
        try session.settle(delivery.id, as: .interpreted, reason: nil)
    }

    /// Decides about a case of this very chat.
    private func decide(
        _ id: CaseID,
        _ request: ChatRequest,
        _ delivery: Delivery,
        _ word: String,
        _ ruling: () throws -> Void
    ) throws {
        guard try session.chatThread(of: id)?.sender == delivery.sender else {
            return try refuse(request, delivery, because: "the case was not asked for in this chat")
        }
        // Before the ruling, which tells the chat of what it does.
        let before = try session.chatThread(of: id)
        try board.listen(request, sender: delivery.sender, to: id, isPress: true)
        do {
            try ruling()
        } catch let error as CaseDeskError {
            if let before { try session.save(before) }
            return try refuse(request, delivery, because: error.description)
        }
        try session.settle(delivery.id, as: .interpreted, reason: "case \(id) \(word) by \(request.requester)")
    }

    private func refuse(_ request: ChatRequest, _ delivery: Delivery, because reason: String) throws {
        try board.note("Sorry, nothing was done: \(reason).", to: request, sender: delivery.sender)
        try session.settle(delivery.id, as: .ignored, reason: "\(request.requester): \(reason)")
    }
}
