internal import Foundation
internal import Offboarding
internal import Synchronization

/// A delivery that waits for the next commit.
struct AppendJob: Sendable {
    let delivery: PreparedDelivery
    let completion: @Sendable (Result<AppendOutcome, StoreError>) -> Void
}

/// Work of the engine or of a person that waits for the next commit.
struct BodyJob: Sendable {
    /// Gives back what to call once its changes are durable; exactly one of that and ``fail`` is called.
    let perform: @Sendable (SQLSession) throws -> @Sendable () -> Void
    let fail: @Sendable (any Error) -> Void
}

/// Group commit: all that wait share one transaction and one fsync, and are told only after it.
///
/// No thread of its own: the writing connection's queue runs ``drain(_:)`` while there is something to do. While one
/// commit is being synced, the next batch gathers; in a rush it is given a moment more, see ``gather(after:)``.
///
/// Deliveries come first, because a sender waits for each of them: while they come, other work has its ``BodyTurn``.
final class CommitQueue: Sendable {
    /// Beyond this an append is refused as `busy`: the listener has at most a thousand connections, so this many
    /// waiting means that the disk has stopped.
    static let mostAppends = 8192
    /// Bodies have a limit of their own, so that a rush of deliveries does not stop the work.
    static let mostBodies = 8192
    /// Bounds how long the last one in a batch waits for the first.
    static let mostInBatch = 512
    /// Bounds the pages that one transaction holds in memory, in bytes of deliveries' bodies.
    static let mostBytesInBatch = 16 << 20
    /// Batches of fewer deliveries are never waited for.
    static let fewest = 8
    /// How long a batch is waited for, in microseconds, and how often: together about as long as a sync.
    static let pause: UInt32 = 100
    static let mostPauses = 4
    static let closedError = StoreError(.closed, "the store is closed")

    private struct State {
        var appends: [AppendJob] = []
        var bodies: [BodyJob] = []
        var turn = BodyTurn()
        var isDraining = false
        /// Whether other work that has no turn yet is going to be looked at again.
        var isResting = false
        var isClosed = false
        var isTroubled = false
        var commits = 0
        var onIdle: [CheckedContinuation<Void, Never>] = []
    }

    private enum Place {
        case refused(StoreError)
        case waits
        case starts
    }

    /// What the writer does next.
    private enum Step {
        /// Commits these deliveries, none where only other work has its turn.
        case commits([AppendJob])
        /// Leaves other work waiting for so long; `nil` where somebody sees to that already.
        case rests(Duration?)
        /// Nothing waits; these wait for that.
        case ends([CheckedContinuation<Void, Never>])
    }

    private let state = Mutex(State())
    private let writer: any CommitWriter
    private let signal: ArrivalSignal
    private let audit: AuditParts
    let instruments: StorageInstruments

    init(
        writer: any CommitWriter,
        signal: ArrivalSignal,
        audit: AuditParts,
        instruments: StorageInstruments
    ) {
        self.writer = writer
        self.signal = signal
        self.audit = audit
        self.instruments = instruments
    }

    var commits: Int { state.withLock { $0.commits } }

    var waiting: Int { state.withLock { $0.appends.count + $0.bodies.count } }

    /// Appends a delivery, or recognizes it; `completion` is called once, on the writer's thread.
    func append(
        _ incoming: IncomingDelivery,
        completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) {
        let prepared: PreparedDelivery
        do {
            prepared = try PreparedDelivery(incoming, audit)
        } catch {
            completion(.failure(StoreError(.unavailable, "a delivery's entry could not be made: \(error)")))
            return
        }
        enqueue(AppendJob(delivery: prepared, completion: completion))
    }

    /// Whether a write would succeed now. After a failed commit this tries a small one, so that a store that has room
    /// again says so without anybody's delivery at stake.
    func isReady() async -> Bool {
        guard state.withLock({ $0.isTroubled }) else { return true }
        do {
            try await write { try $0.tryToWrite() }
            return true
        } catch {
            return false
        }
    }

    /// Runs a body in a transaction; returns once that is durable.
    func write<Answer: Sendable>(
        _ body: @escaping @Sendable (SQLSession) throws -> Answer
    ) async throws -> Answer {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Answer, any Error>) in
            enqueue(
                BodyJob(
                    perform: { session in
                        let answer = try body(session)
                        return { continuation.resume(returning: answer) }
                    },
                    fail: { continuation.resume(throwing: $0) }
                )
            )
        }
    }

    /// Adds a delivery; one that cannot be taken fails at once.
    private func enqueue(_ job: AppendJob) {
        let place = state.withLock { state in
            if let refusal = Self.refusal(state, full: state.appends.count >= Self.mostAppends) { return refusal }
            state.appends.append(job)
            state.turn.deliveryCame()
            return Self.place(in: &state)
        }
        start(place) { job.completion(.failure($0)) }
    }

    /// Adds other work; what cannot be taken fails at once.
    private func enqueue(_ job: BodyJob) {
        let place = state.withLock { state in
            if let refusal = Self.refusal(state, full: state.bodies.count >= Self.mostBodies) { return refusal }
            state.bodies.append(job)
            return state.isResting ? .waits : Self.place(in: &state)
        }
        start(place) { job.fail($0) }
    }

    private static func refusal(_ state: borrowing State, full isFull: Bool) -> Place? {
        if state.isClosed { return .refused(closedError) }
        return isFull ? .refused(StoreError(.busy, "too much waits for the disk")) : nil
    }

    private static func place(in state: inout State) -> Place {
        guard !state.isDraining else { return .waits }
        state.isDraining = true
        return .starts
    }

    private func start(_ place: Place, refuse: (StoreError) -> Void) {
        switch place {
        case .refused(let error): refuse(error)
        case .waits: break
        case .starts: writer.perform { self.drain($0) }
        }
    }

    /// Refuses what comes from now on and returns when all that waited is committed and told.
    func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let place: Place? = state.withLock { state in
                state.isClosed = true
                guard state.isDraining || !state.bodies.isEmpty else { return nil }
                state.onIdle.append(continuation)
                return Self.place(in: &state)
            }
            guard let place else { return continuation.resume() }
            start(place) { _ in }
        }
    }

    private func drain(_ connection: any CommitConnection) {
        var last = 0
        while true {
            gather(after: last)
            switch next() {
            case .commits(let appends):
                last = appends.count
                CommitBatch(self, appends, audit).commit(connection)
            case .rests(let pause):
                if let pause { lookAgain(after: pause) }
                return
            case .ends(let waiting):
                for continuation in waiting { continuation.resume() }
                return
            }
        }
    }

    private func lookAgain(after pause: Duration) {
        DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(pause / .nanoseconds(1)))) {
            let place = self.state.withLock { state in
                state.isResting = false
                return state.bodies.isEmpty ? .waits : Self.place(in: &state)
            }
            self.start(place) { _ in }
        }
    }

    /// Lets the senders who were just answered come again before the next commit is begun.
    ///
    /// Without it every large batch is followed by a commit for the first one or two who are back, while all others wait
    /// for its sync. Where few commit at once nothing waits.
    private func gather(after last: Int) {
        guard last >= Self.fewest else { return }
        for _ in 0..<Self.mostPauses {
            let waiting = state.withLock { $0.appends.count }
            guard waiting < last / 2 else { return }
            usleep(Self.pause)
        }
    }

    private func next() -> Step {
        state.withLock { state in
            if state.appends.isEmpty {
                guard !state.bodies.isEmpty else {
                    state.isDraining = false
                    defer { state.onIdle = [] }
                    return .ends(state.onIdle)
                }
                if !state.isClosed, let pause = state.turn.pause(deliveriesWait: false) {
                    state.isDraining = false
                    defer { state.isResting = true }
                    return .rests(state.isResting ? nil : pause)
                }
            }
            return .commits(Self.takeAppends(from: &state))
        }
    }

    private static func takeAppends(from state: inout State) -> [AppendJob] {
        var count = 0
        var bytes = 0
        while count < min(state.appends.count, mostInBatch), bytes < mostBytesInBatch {
            bytes += state.appends[count].delivery.body.count
            count += 1
        }
        guard count < state.appends.count else {
            let all = state.appends
            state.appends = []
            return all
        }
        let appends = Array(state.appends.prefix(count))
        state.appends.removeFirst(count)
        return appends
    }

    /// The next piece of other work, if this is its turn.
    ///
    /// - Parameter isShared: whether deliveries wait for the very batch that it would be part of.
    func nextBody(isShared: Bool) -> BodyJob? {
        state.withLock { state in
            guard !state.bodies.isEmpty else { return nil }
            let wait = isShared || !state.appends.isEmpty
            guard state.isClosed || state.turn.pause(deliveriesWait: wait) == nil else { return nil }
            return state.bodies.removeFirst()
        }
    }

    /// Takes note of a piece of other work that has run.
    func noteBody(took time: Duration) { state.withLock { $0.turn.bodyRan(for: time) } }

    /// All other work that waits.
    func takeBodies() -> [BodyJob] {
        state.withLock { state in
            defer { state.bodies = [] }
            return state.bodies
        }
    }

    /// - Throws: ``StoreError`` where the store is no longer the one that was opened.
    func check() throws { try writer.check() }

    /// - Parameters:
    ///   - answers: whether senders wait for it.
    ///   - newest: the newest delivery of the commit, where it stored any.
    func noteCommit(answers: Bool, newest: NewestDelivery?) {
        writer.noteCommit(newest: newest)
        state.withLock { state in
            state.commits += 1
            state.isTroubled = false
            if answers { state.turn.deliveryCame() }
        }
    }

    func noteTrouble() { state.withLock { $0.isTroubled = true } }

    func noteArrivals() { signal.signal() }
}
