import CMicroHTTPD
import Synchronization

/// What we know of one connection, from its start to its close, and of the exchange under way on it.
///
/// libmicrohttpd calls into it on the one thread that serves the connection; responders and the shutdown come from any
/// thread. What both touch lies in `exchange`, whose lock is taken before the library's own and never held while code
/// outside this module runs.
final class ConnectionState: Sendable {
    let listener: ListenerCore
    let peer: IPAddress
    /// The socket. Valid until the table forgets the connection, which happens before the library closes it.
    let descriptor: Int32
    /// When the connection is cut, in nanoseconds of `MonotonicClock`.
    let deadline: Atomic<UInt64>
    let exchange: Mutex<Exchange>
    private let handle: ConnectionHandle

    init(listener: ListenerCore, handle: OpaquePointer, peer: IPAddress, descriptor: Int32) {
        self.listener = listener
        self.handle = ConnectionHandle(pointer: handle)
        self.peer = peer
        self.descriptor = descriptor
        deadline = Atomic(MonotonicClock.now() &+ listener.limits.headDeadline)
        exchange = Mutex(Exchange())
    }

    /// The library's connection.
    ///
    /// `@unchecked Sendable`: a pointer that is only ever handed back to the library, under the lock of
    /// `ConnectionState.exchange` wherever another thread than the connection's own may do it. There it is valid,
    /// because a suspended connection is not freed.
    private struct ConnectionHandle: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    /// One request and its answer.
    struct Exchange {
        enum Phase {
            /// The head is not complete.
            case head
            /// The body is being read for the endpoint.
            case body(Admitted)
            /// Nothing is kept of the body; the answer follows at its end.
            case discarding
            /// The endpoint has the request.
            case waiting
            /// The answer is known, the library has not taken it.
            case answered(Response)
            /// The library has the answer.
            case sending
        }

        /// A head whose body is read. A class: the phase is looked at for every piece.
        final class Admitted: Sendable {
            let head: RequestHead
            let endpoint: any Endpoint
            let framing: Framing

            init(_ head: RequestHead, _ framing: Framing, _ endpoint: any Endpoint) {
                self.head = head
                self.framing = framing
                self.endpoint = endpoint
            }
        }

        /// Counts the exchanges of the connection, so that a late answer never meets the next request.
        var number: UInt64 = 0
        var phase = Phase.head
        var target = ""
        /// Where the target stood in the library's memory, to notice a zero byte inside it.
        var targetEnd: UInt = 0
        var body: [UInt8] = []
        /// How many bytes of the body were seen, kept or not.
        var bodyBytes = 0
        /// How many bytes of the budget this exchange holds.
        var reserved = 0
        var isSuspended = false
        /// Whether `ListenerCore.openExchanges` counts it.
        var isCounted = false
        /// Whether the connection ends with an answer while bytes of the body may still arrive.
        var leavesBodyUnread = false
    }

    /// Makes the connection wait without a thread. Called under the lock, on the connection's thread.
    func suspend() {
        MHD_suspend_connection(handle.pointer)
    }

    /// Gives the answer to exchange `number`, on any thread; nothing happens when it is over or answered.
    func deliver(_ response: Response, for number: UInt64) {
        exchange.withLock { exchange in
            guard exchange.number == number, case .waiting = exchange.phase else { return }
            answer(response, &exchange)
        }
    }

    /// Answers 503 if an endpoint has the request and has not answered. For the shutdown.
    func refuseIfWaiting() {
        exchange.withLock { exchange in
            guard case .waiting = exchange.phase else { return }
            answer(.unavailable(closes: true), &exchange)
        }
    }

    private func answer(_ response: Response, _ exchange: inout Exchange) {
        exchange.phase = .answered(response)
        listener.waitingRequests.subtract(1, ordering: .acquiringAndReleasing)
        if exchange.isSuspended {
            exchange.isSuspended = false
            MHD_resume_connection(handle.pointer)
        }
    }

    /// The library is done with the exchange, whether it was answered or cut off.
    func finishExchange() {
        let next = MonotonicClock.now() &+ listener.limits.headDeadline
        exchange.withLock { exchange in
            if case .waiting = exchange.phase {
                listener.waitingRequests.subtract(1, ordering: .acquiringAndReleasing)
            }
            if exchange.isCounted {
                listener.openExchanges.subtract(1, ordering: .acquiringAndReleasing)
            }
            if exchange.reserved > 0 {
                listener.budget.release(exchange.reserved)
            }
            let leavesBodyUnread = exchange.leavesBodyUnread
            exchange = Exchange(number: exchange.number + 1)
            exchange.leavesBodyUnread = leavesBodyUnread
        }
        deadline.store(next, ordering: .relaxed)
    }
}
