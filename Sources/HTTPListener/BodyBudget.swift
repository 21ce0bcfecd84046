import Synchronization

/// How many bytes of request bodies may be in memory together.
///
/// Bytes count from the moment a body is announced (or, chunked, arrives) until its answer has left.
final class BodyBudget: Sendable {
    private let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes the bytes, or nothing at all when they would pass the limit.
    func reserve(_ bytes: Int) -> Bool {
        var seen = used.load(ordering: .relaxed)
        while true {
            // Subtraction: the sum of two announced lengths may overflow, the rest of the budget cannot.
            guard bytes <= limit - seen else { return false }
            let (exchanged, original) = used.compareExchange(
                expected: seen,
                desired: seen + bytes,
                ordering: .relaxed
            )
            if exchanged { return true }
            seen = original
        }
    }

    func release(_ bytes: Int) {
        used.subtract(bytes, ordering: .relaxed)
    }

    /// How many bytes are taken at present.
    var bytesInUse: Int { used.load(ordering: .relaxed) }
}
