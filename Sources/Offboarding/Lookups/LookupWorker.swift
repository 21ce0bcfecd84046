import Foundation
public import Logging

/// Asks for the emails of people whom deliveries name by an id, until its task is cancelled.
///
/// A part that is being asked for is due again after ``lease``, so that it survives the end of its worker; an answer that
/// comes twice counts once.
public final class LookupWorker: Sendable {
    private let store: any Store
    private let lookup: any PersonLookup
    private let retry: RetryPolicy
    private let policy: Policy
    private let time: any TimeSource
    private let logger: Logger

    /// How often the store is asked for what is due.
    static let pollInterval: TimeInterval = 0.25
    /// Questions at once to one sender's service. A slow one never holds up another's.
    static let atOnce = 4
    /// After so many seconds a question counts as lost with its worker. Longer than a question may take.
    static let lease: TimeInterval = 30

    public init(
        store: any Store,
        lookup: any PersonLookup,
        retry: RetryPolicy,
        policy: Policy,
        time: any TimeSource,
        logger: Logger
    ) {
        self.store = store
        self.lookup = lookup
        self.retry = retry
        self.policy = policy
        self.time = time
        self.logger = logger
    }

    /// Works until the task is cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            for sender in lookup.senders { group.addTask { await self.run(for: sender) } }
        }
    }

    private func run(for sender: String) async {
        await withDiscardingTaskGroup { group in
            for _ in 0..<Self.atOnce {
                group.addTask {
                    while !Task.isCancelled {
                        if await self.askNext(of: sender) { continue }
                        do { try await self.time.sleep(seconds: Self.pollInterval) } catch { return }
                    }
                }
            }
        }
    }

    /// Asks for one person.
    ///
    /// - Returns: whether there was one to ask for.
    func askNext(of sender: String) async -> Bool {
        do {
            let now = time.now()
            // A look without a write first: nearly always there is nothing.
            guard try await store.read({ try $0.hasDuePart(of: sender, now: now) }) else { return false }
            let taken = try await store.write { session in
                try session.takeDueParts(of: sender, now: now, again: now.addingTimeInterval(Self.lease), limit: 1)
            }
            guard let part = taken.first, let id = part.lookupID else { return false }
            let answer: Result<EmailAddress, LookupTrouble>
            do throws(LookupTrouble) {
                answer = .success(try await lookup.email(of: id, sender: sender))
            } catch {
                // Stopping says nothing about the person.
                if Task.isCancelled { return false }
                answer = .failure(error)
            }
            try await note(answer, of: part)
            return true
        } catch {
            logger.error("a lookup could not be noted; it is asked again", metadata: ["error": "\(error)"])
            return false
        }
    }

    private func note(_ answer: Result<EmailAddress, LookupTrouble>, of part: DeliveryPart) async throws {
        let now = time.now()
        let retry = retry
        let policy = policy
        let jitter = Double.random(in: 0...1)
        let told = try await store.write { session -> (Delivery.State, String?)? in
            guard let present = try session.part(part.sequence), present.state != .failed else { return nil }
            switch answer {
            case .success(let email):
                try Self.record(email, for: present, now: now, policy: policy, in: session)
                try session.removePart(present.sequence)
            case .failure(let trouble):
                try session.update(Self.after(trouble, present, now: now, retry: retry, jitter: jitter))
            }
            return try DeliverySettlement(session: session, now: now).settle(present.delivery, sender: present.sender)
        }
        guard let told else { return }
        log(answer, of: part, state: told.0)
    }

    /// Records what a part says about the person whose email is known now.
    ///
    /// - Returns: the cases that it went to.
    @discardableResult
    static func record(
        _ email: EmailAddress,
        for part: DeliveryPart,
        now: Date,
        policy: Policy,
        in session: any StoreSession,
        askedBy: String? = nil
    ) throws -> [CaseID] {
        let departure = (part.departure ?? UnnamedDeparture(kind: .departed)).named(email)
        // What came again is news only while nobody works on the person (rule 14).
        if part.restraint == .repeated {
            guard departure.kind == .departed, try session.openCases(sharing: departure.emails).isEmpty else {
                return []
            }
        }
        return try CaseLedger(session: session, now: now, policy: policy).record(
            departure,
            sender: part.sender,
            delivery: part.delivery,
            receivedAt: part.receivedAt,
            restraint: part.restraint,
            askedBy: askedBy
        )
    }

    /// The part after a trouble: tried again later without end, or failed where trying cannot help.
    static func after(
        _ trouble: LookupTrouble,
        _ part: DeliveryPart,
        now: Date,
        retry: RetryPolicy,
        jitter: Double
    ) -> DeliveryPart {
        var changed = part
        changed.reason = trouble.description
        changed.troubles += 1
        let since = part.troubleSince ?? now
        changed.troubleSince = since
        guard trouble.passes else {
            changed.state = .failed
            changed.dueAt = nil
            return changed
        }
        let lasted = now.timeIntervalSince(since) >= retry.attentionAfter
        if lasted { changed.state = .overdue }
        let delay = lasted ? retry.ceiling : retry.delay(afterTroubles: changed.troubles, jitter: jitter)
        changed.dueAt = now.addingTimeInterval(delay)
        return changed
    }

    private func log(_ answer: Result<EmailAddress, LookupTrouble>, of part: DeliveryPart, state: Delivery.State) {
        var metadata: Logger.Metadata = [
            "delivery": "\(part.delivery)", "sender": "\(part.sender)", "state": "\(state.rawValue)",
        ]
        switch answer {
        case .success:
            logger.info("lookup answered", metadata: metadata)
        case .failure(let trouble):
            metadata["reason"] = "\(trouble)"
            // The first trouble of each kind; what goes on is at debug until a person is needed.
            let isNews = part.reason != trouble.description || !trouble.passes
            logger.log(level: isNews ? .warning : .debug, "lookup in trouble", metadata: metadata)
        }
    }
}
