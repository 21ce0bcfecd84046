import Glibc

/// Nanoseconds of the machine's monotonic clock: deadlines must not move when somebody sets the time.
enum MonotonicClock {
    /// A deadline that never comes.
    static let never = UInt64.max

    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}

extension Duration {
    /// Whole nanoseconds, at least 1 and at most a century, so that sums with the clock cannot overflow.
    var boundedNanoseconds: UInt64 {
        let century: Int64 = 3_155_760_000
        let seconds = min(max(components.seconds, 0), century)
        let nanoseconds = UInt64(seconds) * 1_000_000_000 + UInt64(max(components.attoseconds, 0) / 1_000_000_000)
        return max(nanoseconds, 1)
    }
}
