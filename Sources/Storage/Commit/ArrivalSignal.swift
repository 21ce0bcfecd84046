internal import Synchronization

/// Wakes the one consumer of a store's arrivals. Signals that nobody has taken yet become one.
final class ArrivalSignal: Sendable {
    private let consumer = Mutex<AsyncStream<Void>.Continuation?>(nil)

    /// A new stream; the one before ends. It wakes once at once, because something may have come before anybody
    /// listened.
    func stream() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        continuation.yield()
        let former = consumer.withLock { consumer in
            defer { consumer = continuation }
            return consumer
        }
        former?.finish()
        return stream
    }

    func signal() { _ = consumer.withLock { $0 }?.yield() }

    func finish() { consumer.withLock { $0 }?.finish() }
}
