/// When the next request may begin: the arithmetic of ``RateLimiter``, without clock, lock or task.
///
/// Two bounds hold together.
///
/// 1. Beginnings are spread evenly, one slot (1/rate) apart. Whoever comes late may catch up by a small burst, rate/20
///    requests at the same moment and never fewer than one.
/// 2. At most rate + rate/10 requests *arrive* at Vultr within ``window``. When a request arrives is not known, only that
///    it is after its beginning and before its end, so it counts from its beginning until ``window`` after its end.
///    A stall between here and there thereby cannot turn evenly begun requests into a crowd at the other side.
struct Pace {
    typealias Instant = ContinuousClock.Instant

    /// Names a begun request until it has ended.
    struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    enum Answer: Equatable {
        case begin(Ticket)
        /// Not now; ask again then, or when a request has ended.
        case at(Instant)
        /// Not now; ask again when a request has ended.
        case whenOneEnds
    }

    /// How long a request is taken to be on its way at most. Longer, and a slow API is used far below the rate (one that
    /// takes a second for an answer gets 11 requests a second of 20); shorter, and a stall on the way is not made good:
    /// with 250 ms a machine with three runnable programs for each core was seen to let six requests of five arrive in
    /// one second.
    static let onTheWay: Duration = .seconds(1)
    /// The sliding second, with 5 ms on top for whoever counts by clocks that show whole milliseconds.
    static let window: Duration = .milliseconds(1005)
    /// The catch-up burst is the rate divided by this.
    static let burstDivisor = 20
    /// How much of the rate may be exceeded in a sliding second: the rate divided by this (configuration, contract).
    static let excessDivisor = 10

    private let rate: Int
    private let mostInFlight: Int
    private var slot = Duration.zero
    private var tolerance = Duration.zero
    private var mostInWindow = 0

    private var nextSlot: Instant?
    private var pausedUntil: Instant?
    private var lastNumber: UInt64 = 0
    private var inFlight: Set<Ticket> = []
    /// Begun, not ended, younger than ``onTheWay``. The queue may still name ended ones; the set does not.
    private var travelling: Set<Ticket> = []
    private var departures = FIFO<(ticket: Ticket, began: Instant)>()
    /// The latest moments at which requests can have arrived, in order.
    private var arrivals = FIFO<Instant>()

    /// - Parameters:
    ///   - rate: Requests a second; below 1 counts as 1.
    ///   - mostInFlight: Requests begun and not ended; below 1 counts as 1.
    init(rate: Int, mostInFlight: Int) {
        self.rate = max(1, rate)
        self.mostInFlight = max(1, mostInFlight)
        share(among: 1)
    }

    /// Divides the rate by so many who use it side by side; below 1 counts as 1.
    mutating func share(among count: Int) {
        let count = max(1, count)
        slot = .seconds(count) / rate
        let burst = max(1, rate / count / Self.burstDivisor)
        // Half a slot on top keeps a timer that fires late from slowing the rate down for good.
        tolerance = slot * (burst - 1) + slot / 2
        mostInWindow = max(1, (rate + rate / Self.excessDivisor) / count)
    }

    /// Asks whether a request may begin now; if so, it has begun.
    mutating func ask(at now: Instant) -> Answer {
        settle(at: now)
        if let pausedUntil, now < pausedUntil { return .at(pausedUntil) }
        guard inFlight.count < mostInFlight else { return .whenOneEnds }
        guard travelling.count + arrivals.count < mostInWindow else { return .at(windowOpens(after: now)) }
        if let nextSlot, now < nextSlot - tolerance { return .at(nextSlot - tolerance) }
        lastNumber += 1
        let ticket = Ticket(number: lastNumber)
        inFlight.insert(ticket)
        travelling.insert(ticket)
        departures.append((ticket, now))
        // Time that nobody used is lost but for the tolerance; otherwise a quiet night would end in a storm.
        nextSlot = max(nextSlot ?? now, now) + slot
        return .begin(ticket)
    }

    /// Takes note that a request was answered or has failed. A second note of the same request changes nothing.
    mutating func end(_ ticket: Ticket, at now: Instant) {
        settle(at: now)
        inFlight.remove(ticket)
        if travelling.remove(ticket) != nil { arrivals.append(now) }
    }

    /// Lets nothing begin before `instant`. An earlier instant than one already set changes nothing.
    mutating func pause(until instant: Instant) {
        pausedUntil = max(pausedUntil ?? instant, instant)
    }

    private mutating func settle(at now: Instant) {
        while let first = departures.first {
            if travelling.contains(first.ticket) {
                let latest = first.began + Self.onTheWay
                guard latest <= now else { break }
                travelling.remove(first.ticket)
                arrivals.append(latest)
            }
            departures.removeFirst()
        }
        while let first = arrivals.first, first + Self.window <= now { arrivals.removeFirst() }
    }

    private func windowOpens(after now: Instant) -> Instant {
        var opens: Instant?
        if let first = arrivals.first { opens = first + Self.window }
        if let first = departures.first {
            let latest = first.began + Self.onTheWay + Self.window
            opens = min(opens ?? latest, latest)
        }
        return opens ?? now
    }
}
