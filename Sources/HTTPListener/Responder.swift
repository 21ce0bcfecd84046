import Synchronization

/// The right to answer one request, once, from any thread.
///
/// Let go unanswered it answers 503 with `Retry-After`, so that no sender hangs on a path that was forgotten.
public final class Responder: Sendable {
    private let connection: ConnectionState
    /// Which exchange of the connection this is, so that an answer that comes twice never reaches the next request.
    private let exchange: UInt64
    private let answered = Atomic<Bool>(false)

    init(connection: ConnectionState, exchange: UInt64) {
        self.connection = connection
        self.exchange = exchange
    }

    deinit {
        if !answered.load(ordering: .acquiring) {
            connection.deliver(.unavailable(), for: exchange)
        }
    }

    /// Sends the answer. Only the first call counts; later ones do nothing.
    ///
    /// Never blocks on the network. Once the listener has shut down, answers go nowhere.
    public func respond(_ response: Response) {
        guard answered.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else {
            return
        }
        connection.deliver(response, for: exchange)
    }
}
