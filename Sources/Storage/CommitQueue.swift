internal import Foundation
internal import GRDB
internal import Offboarding
internal import Synchronization

/// What waits for the next commit.
enum CommitJob: Sendable {
    case append(PreparedDelivery, @Sendable (Result<AppendOutcome, StoreError>) -> Void)
    /// `perform` gives back what to call once its changes are durable; exactly one of that and `fail` is called.
    case body(
        perform: @Sendable (SQLiteSession) throws -> @Sendable () -> Void,
        fail: @Sendable (any Error) -> Void
    )

    var size: Int {
        switch self {
        case .append(let delivery, _): delivery.body.count
        case .body: 0
        }
    }

    func fail(_ error: StoreError) {
        switch self {
        case .append(_, let completion): completion(.failure(error))
        case .body(_, let fail): fail(error)
        }
    }
}

/// Group commit: all that wait share one transaction and one fsync, and are told only after it.
///
/// No thread of its own: the writing connection's queue runs ``drain(_:)`` while there is something to do. Nothing
/// waits on purpose to make a batch larger: while one commit is being synced, the next batch gathers by itself.
final class CommitQueue: Sendable {
    /// Beyond this an append is refused as `busy`: the listener has at most a thousand connections, so this many
    /// waiting means that the disk has stopped.
    static let mostAppends = 8192
    /// Bodies of the engine have room of their own above the appends, so that a rush does not stop the work.
    static let mostJobs = mostAppends + 1024
    /// Bounds how long the last one in a batch waits for the first.
    static let mostInBatch = 512
    /// Bounds the pages that one transaction holds in memory, in bytes of bodies.
    static let mostBytesInBatch = 16 << 20

    static let closedError = StoreError(.closed, "the store is closed")

    private struct State {
        var waiting: [CommitJob] = []
        var isDraining = false
        var isClosed = false
        var isTroubled = false
        var commits = 0
        var onIdle: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let pool: DatabasePool
    private let file: StoreFile
    private let signal: ArrivalSignal

    init(pool: DatabasePool, file: StoreFile, signal: ArrivalSignal) {
        self.pool = pool
        self.file = file
        self.signal = signal
    }

    var commits: Int { state.withLock { $0.commits } }

    var waiting: Int { state.withLock { $0.waiting.count } }

    /// Whether the last commit failed.
    var isTroubled: Bool { state.withLock { $0.isTroubled } }

    /// Adds a job; one that cannot be taken fails at once.
    func enqueue(_ job: CommitJob) {
        enum Answer {
            case refused(StoreError)
            case waits
            case starts
        }
        let limit = if case .append = job { Self.mostAppends } else { Self.mostJobs }
        let answer: Answer = state.withLock { state in
            if state.isClosed { return .refused(Self.closedError) }
            if state.waiting.count >= limit { return .refused(StoreError(.busy, "too much waits for the disk")) }
            state.waiting.append(job)
            if state.isDraining { return .waits }
            state.isDraining = true
            return .starts
        }
        switch answer {
        case .refused(let error): job.fail(error)
        case .waits: break
        case .starts: pool.asyncWriteWithoutTransaction { self.drain($0) }
        }
    }

    /// Refuses what comes from now on and returns when all that waited is committed and told.
    func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if state.isDraining { state.onIdle.append(continuation) }
                return !state.isDraining
            }
            if isIdle { continuation.resume() }
        }
    }

    private func drain(_ database: Database) {
        while let batch = nextBatch() { commit(batch, database) }
    }

    private func nextBatch() -> [CommitJob]? {
        let (batch, idle): ([CommitJob]?, [CheckedContinuation<Void, Never>]) = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isDraining = false
                defer { state.onIdle = [] }
                return (nil, state.onIdle)
            }
            var count = 0
            var bytes = 0
            while count < min(state.waiting.count, Self.mostInBatch), bytes < Self.mostBytesInBatch {
                bytes += state.waiting[count].size
                count += 1
            }
            let batch = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            return (batch, [])
        }
        for continuation in idle { continuation.resume() }
        return batch
    }

    private func commit(_ batch: [CommitJob], _ database: Database) {
        var finished: [@Sendable () -> Void] = []
        finished.reserveCapacity(batch.count)
        var hasArrivals = false
        do {
            try file.check()
            try database.inTransaction(.immediate) {
                var appending = try AppendStatements(database)
                for job in batch { finished.append(try run(job, &appending, database, &hasArrivals)) }
                return .commit
            }
            // Again, because nothing may be acknowledged that went into a file that is no longer there.
            try file.check()
        } catch {
            state.withLock { $0.isTroubled = true }
            let error = StoreError(describing: error)
            for job in batch { job.fail(error) }
            return
        }
        state.withLock { state in
            state.commits += 1
            state.isTroubled = false
        }
        for tell in finished { tell() }
        if hasArrivals { signal.signal() }
    }

    /// Runs one job inside the batch's transaction and gives back how to tell its caller.
    ///
    /// - Throws: what ends the whole batch; trouble of the job alone is told to its caller.
    private func run(
        _ job: CommitJob,
        _ appending: inout AppendStatements,
        _ database: Database,
        _ hasArrivals: inout Bool
    ) throws -> @Sendable () -> Void {
        switch job {
        case .append(let delivery, let completion):
            let result: Result<AppendOutcome, StoreError>
            do {
                let outcome = try appending.append(delivery)
                if case .accepted = outcome { hasArrivals = true }
                result = .success(outcome)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
                // Only the first statement of an append can break a constraint, so nothing of it was kept.
                result = .failure(StoreError(.unavailable, "a delivery's id was used twice"))
                // A statement that failed cannot be used again.
                appending = try AppendStatements(database)
            }
            return { completion(result) }
        case .body(let perform, let fail):
            let session = SQLiteSession(database)
            var tell: (@Sendable () -> Void)?
            do {
                try database.inSavepoint {
                    tell = try perform(session)
                    return .commit
                }
            } catch {
                guard database.isInsideTransaction, !StoreError.endsTransaction(error) else { throw error }
                let error = StoreError.translated(error)
                return { fail(error) }
            }
            if session.hasChangedCases { hasArrivals = true }
            guard let tell else { return { fail(StoreError(.unavailable, "the transaction did not run")) } }
            return tell
        }
    }
}
