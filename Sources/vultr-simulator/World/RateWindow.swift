import NIOCore

/// The requests of the last second, by address.
struct RateWindow: Sendable {
    private var arrivals: [String: CircularBuffer<NIODeadline>] = [:]

    /// Counts a request, which counts even when it is refused.
    ///
    /// - Returns: whether it is among the first `limit` of the second that it ends.
    mutating func admits(_ address: String, at moment: NIODeadline, limit: Int) -> Bool {
        guard limit > 0 else { return true }
        var recent = arrivals[address] ?? CircularBuffer(initialCapacity: 64)
        arrivals[address] = nil
        while let first = recent.first, moment - first >= .seconds(1) { recent.removeFirst() }
        recent.append(moment)
        arrivals[address] = recent
        return recent.count <= limit
    }
}
