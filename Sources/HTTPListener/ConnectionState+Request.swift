import CMicroHTTPD
import Glibc
import Logging
import Synchronization

/// The way of a request through its connection. Everything here runs on the connection's own thread.
extension ConnectionState {
    /// What the library is to do next.
    enum Step {
        /// Send this answer.
        case answer(Response)
        /// Read on, or call again at the end of the request.
        case proceed
        /// Close the connection without an answer.
        case close
    }

    /// Keeps the target as it was sent: the library undoes its percent-encoding and cuts off its query afterwards.
    func noteTarget(_ pointer: UnsafePointer<CChar>) {
        let target = String(cString: pointer)
        exchange.withLock { exchange in
            exchange.target = target
            exchange.targetEnd = UInt(bitPattern: pointer) + UInt(target.utf8.count)
        }
    }

    /// Whether the library still waits for the head of this exchange to be judged.
    var isAtHead: Bool {
        exchange.withLock { exchange in
            if case .head = exchange.phase { true } else { false }
        }
    }

    /// Judges the head: router, framing, endpoint, length, budget, in the order of the contract.
    func judge(_ head: RequestHead, framing: Framing) -> Step {
        if listener.isStopping { return refuse(.unavailable(closes: true), framing) }
        switch listener.router.route(head) {
        case .answer(let response):
            guard !response.closes, !framing.leavesBodyUnread else { return refuse(response, framing) }
            // An answer queued now would make the library close the connection. At the request's end it does not.
            exchange.withLock { $0.phase = .answered(response) }
            return .proceed
        case .endpoint(let endpoint):
            return admit(head, framing, endpoint)
        }
    }

    private func admit(_ head: RequestHead, _ framing: Framing, _ endpoint: any Endpoint) -> Step {
        if case .broken(let defect) = framing {
            listener.logger.debug("request refused", metadata: ["reason": "\(defect.rawValue)", "peer": "\(peer)"])
            return refuse(.badRequest, framing)
        }
        if let refusal = endpoint.admit(head) { return refuse(refusal, framing) }
        var announced = 0
        if case .length(let length) = framing {
            guard length <= listener.limits.maxBodyBytes else { return refuse(.contentTooLarge, framing) }
            guard listener.budget.reserve(length) else { return refuse(.unavailable(closes: true), framing) }
            announced = length
        }
        let admitted = Exchange.Admitted(head, framing, endpoint)
        exchange.withLock { exchange in
            exchange.reserved = announced
            exchange.phase = .body(admitted)
        }
        if framing.leavesBodyUnread {
            deadline.store(MonotonicClock.now() &+ listener.limits.bodyDeadline, ordering: .relaxed)
        }
        return .proceed
    }

    /// Answers at the head, which makes the library close the connection behind the answer.
    private func refuse(_ response: Response, _ framing: Framing) -> Step {
        exchange.withLock { $0.leavesBodyUnread = framing.leavesBodyUnread }
        return .answer(response.closing)
    }

    /// Takes a piece of the body.
    func take(_ bytes: UnsafeRawBufferPointer) -> Step {
        let (step, isWhole) = keep(bytes)
        // The library takes a short read for the last word, so an end that came together with these bytes would stay
        // unnoticed until the deadline, and hold its share of the budget for as long.
        if case .proceed = step, !isWhole, hasEnded { return .close }
        return step
    }

    /// Whether the client has closed and all it sent was read.
    private var hasEnded: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(truncatingIfNeeded: MSG_PEEK | MSG_DONTWAIT)) == 0
    }

    /// Keeps a piece of the body, and tells whether the body is known to be whole with it.
    private func keep(_ bytes: UnsafeRawBufferPointer) -> (Step, isWhole: Bool) {
        let limits = listener.limits
        return exchange.withLock { exchange in
            exchange.bodyBytes += bytes.count
            guard exchange.bodyBytes <= limits.maxBodyBytes else { return (.close, false) }
            guard case .body(let admitted) = exchange.phase else { return (.proceed, false) }
            if exchange.bodyBytes > exchange.reserved {
                guard reserveMore(&exchange) else {
                    // The library takes no answer while a body arrives. So the rest is read past, up to the same limit
                    // and deadline, and the 503 follows.
                    listener.budget.release(exchange.reserved)
                    exchange.reserved = 0
                    exchange.body = []
                    exchange.phase = .discarding
                    return (.proceed, false)
                }
            }
            if exchange.body.capacity < exchange.reserved { exchange.body.reserveCapacity(exchange.reserved) }
            exchange.body.append(contentsOf: bytes)
            return (.proceed, admitted.framing == .length(exchange.bodyBytes))
        }
    }

    /// A chunked body's share of the budget doubles as the body grows, as the array does that holds it.
    private func reserveMore(_ exchange: inout Exchange) -> Bool {
        let limits = listener.limits
        let wanted = min(
            max(exchange.bodyBytes, exchange.reserved * 2, limits.smallestReservation),
            limits.maxBodyBytes
        )
        guard listener.budget.reserve(wanted - exchange.reserved) else { return false }
        exchange.reserved = wanted
        return true
    }

    /// The request is complete: hands it over, or tells the answer that is known by now.
    func complete() -> Step {
        let (phase, number, body) = exchange.withLock { exchange in
            let found = (exchange.phase, exchange.number, exchange.body)
            if case .body = exchange.phase {
                exchange.phase = .waiting
                exchange.body = []
                listener.waitingRequests.add(1, ordering: .acquiringAndReleasing)
                count(&exchange)
            }
            return found
        }
        switch phase {
        case .answered(let response):
            return .answer(response)
        case .body(let admitted):
            deadline.store(MonotonicClock.never, ordering: .relaxed)
            // The endpoint's own references go with this scope, so one that forgets its responder is answered now.
            let request = Request(head: admitted.head, body: body)
            admitted.endpoint.handle(request, Responder(connection: self, exchange: number))
            return waitForAnswer()
        case .discarding:
            return .answer(.unavailable(closes: true))
        case .waiting:
            // The library calls again only after a resume, which comes with an answer. Should it ever call without:
            return waitForAnswer()
        case .head, .sending:
            return .close
        }
    }

    private func waitForAnswer() -> Step {
        exchange.withLock { exchange in
            switch exchange.phase {
            case .answered(let response):
                return .answer(response)
            case .waiting where listener.isStoppingNow:
                // Nobody would wake it: the library aborts the process when it is stopped with a suspended connection.
                exchange.phase = .sending
                listener.waitingRequests.subtract(1, ordering: .acquiringAndReleasing)
                return .answer(.unavailable(closes: true))
            case .waiting:
                exchange.isSuspended = true
                suspend()
                return .proceed
            default:
                return .close
            }
        }
    }

    /// Counts the exchange among those that a shutdown lets finish.
    private func count(_ exchange: inout Exchange) {
        guard !exchange.isCounted else { return }
        exchange.isCounted = true
        listener.openExchanges.add(1, ordering: .acquiringAndReleasing)
    }

    /// The answer is about to be sent: gives the client its time to take it.
    func noteAnswer() {
        exchange.withLock { exchange in
            exchange.phase = .sending
            count(&exchange)
        }
        deadline.store(MonotonicClock.now() &+ listener.limits.answerDeadline, ordering: .relaxed)
    }
}
