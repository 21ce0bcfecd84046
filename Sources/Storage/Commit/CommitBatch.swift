internal import Offboarding

/// One transaction of the group commit: deliveries, and behind them as much other work as has its turn.
struct CommitBatch {
    private let queue: CommitQueue
    private let appends: [AppendJob]
    /// What to tell the senders of the deliveries, one for each, once it is durable.
    private var outcomes: [Result<AppendOutcome, StoreError>] = []
    private var bodies: [BodyJob] = []
    /// What tells the callers of other work that their changes are durable.
    private var finished: [@Sendable () -> Void] = []
    private var hasArrivals = false
    private let parts: AuditParts
    private var newest: NewestDelivery?

    init(_ queue: CommitQueue, _ appends: [AppendJob], _ parts: AuditParts) {
        self.queue = queue
        self.appends = appends
        self.parts = parts
        outcomes.reserveCapacity(appends.count)
    }

    /// Runs everything, commits once, and tells everybody; if the commit fails, nothing of it is kept and all fail.
    consuming func commit(_ connection: any CommitConnection) {
        let began = ContinuousClock.now
        do {
            try queue.check()
            try connection.transaction {
                let audit = AuditWriter(connection, parts)
                try runAppends(connection, audit)
                while outcomes.count + finished.count < CommitQueue.mostInBatch,
                    let job = queue.nextBody(isShared: !appends.isEmpty)
                {
                    bodies.append(job)
                    let began = ContinuousClock.now
                    finished.append(try run(job, connection, audit))
                    queue.noteBody(took: ContinuousClock.now - began)
                }
                try audit.sign()
                if hasArrivals { try connection.announceArrivals() }
            }
            // Again, because nothing may be acknowledged that went into a file that is no longer there.
            try queue.check()
        } catch {
            queue.noteTrouble()
            queue.instruments.failed()
            let error = StoreError(describing: error)
            for job in appends { job.completion(.failure(error)) }
            // A batch that failed before its first body must not be begun again for it for ever.
            for job in bodies.isEmpty ? queue.takeBodies() : bodies { job.fail(error) }
            return
        }
        // A commit for its sake is its time, too.
        if appends.isEmpty { queue.noteBody(took: ContinuousClock.now - began) }
        queue.noteCommit(answers: !appends.isEmpty, newest: newest)
        queue.instruments.committed(writes: outcomes.count + finished.count, since: began)
        for (job, outcome) in zip(appends, outcomes) { job.completion(outcome) }
        for tell in finished { tell() }
        if hasArrivals { queue.noteArrivals() }
    }

    private mutating func runAppends(_ connection: any CommitConnection, _ audit: AuditWriter) throws {
        guard !appends.isEmpty else { return }
        let appended = try connection.append(appends.map(\.delivery), audit)
        outcomes = appended.outcomes
        newest = appended.newest
        hasArrivals = newest != nil
        var secrets = SecretUses()
        for (job, outcome) in zip(appends, outcomes) {
            if case .success(.accepted) = outcome { secrets.note(job.delivery) }
        }
        try secrets.save(in: connection)
    }

    /// Runs one body in a savepoint of its own and gives back how to tell its caller.
    ///
    /// - Throws: what ends the whole batch; trouble of the body alone is told to its caller.
    private mutating func run(
        _ job: BodyJob,
        _ connection: any CommitConnection,
        _ audit: AuditWriter
    ) throws -> @Sendable () -> Void {
        let session = SQLSession(connection, audit: audit)
        let mark = try audit.mark()
        var tell: (@Sendable () -> Void)?
        do {
            try connection.savepoint {
                tell = try job.perform(session)
                try audit.flush()
            }
        } catch {
            let endsTransaction = (error as? any EngineError)?.endsTransaction ?? false
            guard connection.isInTransaction, !endsTransaction else { throw error }
            audit.rewind(to: mark)
            let error = StoreError.translated(error)
            return { job.fail(error) }
        }
        if session.hasChangedCases { hasArrivals = true }
        guard let tell else { return { job.fail(StoreError(.unavailable, "the transaction did not run")) } }
        return tell
    }
}
