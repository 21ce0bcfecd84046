import Foundation

/// Every key's organizations and users, read side by side and shared by cases that run together.
public final class Directory: Sendable {
    let keys: [KeyDirectory]
    let time: any TimeSource

    /// How long a planning reading waits for a slow key once the others have answered: one key's trouble must not stop
    /// another's removals.
    static let patience: TimeInterval = 10

    /// How old a slow key's last reading may be to stand in for it: as old as a plan may be (rule 9).
    static let standIn: Duration = .seconds(60)

    /// What reading one key takes at least: its organizations, its users, the suspended users of an organization.
    private static let callsOfReading = 3
    /// Keys that are read at once at least, however slow the rate.
    private static let fewestAtOnce = 4

    /// - Parameter rate: calls a second. No more keys are read at once than it lets through in about a second: the others
    ///   wait, and whoever comes meanwhile shares their readings. `nil` where there is no limit.
    public init(
        keys: [KeyAccess],
        rate: Int? = nil,
        time: any TimeSource,
        instruments: DirectoryInstruments = DirectoryInstruments()
    ) {
        let turns = Slots(rate.map { max(Self.fewestAtOnce, $0 / Self.callsOfReading) } ?? max(1, keys.count))
        self.keys = keys.map { KeyDirectory($0, turns: turns, time: time, instruments: instruments) }
        self.time = time
    }

    /// A reading that began at or after an instant, of every key, however long it takes: what proves.
    public func reading(begunAfter instant: ContinuousClock.Instant) async -> DirectoryReading {
        DirectoryReading(keys: await ofEveryKey { await $0.reading(begunAfter: instant) })
    }

    /// A reading to plan from: as ``reading(begunAfter:)``, but a key that keeps the others waiting for more than
    /// ``patience`` is represented by its last reading, or counts as out of reach for now.
    public func planningReading(begunAfter instant: ContinuousClock.Instant) async -> DirectoryReading {
        var readings: [KeyReading] = []
        let answers = await ofQuickKeys(waitingForFirst: true) { await $0.reading(begunAfter: instant) }
        for (key, answer) in zip(keys, answers) {
            if let answer { readings.append(answer) } else { readings.append(await standIn(for: key)) }
        }
        return DirectoryReading(keys: readings)
    }

    /// What every key showed last, in the order of the configuration. Reads nothing.
    public func latestReadings() async -> [LatestReading] {
        await ofEveryKey { LatestReading(key: $0.key, reading: await $0.latest()) }
    }

    /// What every key answers, in the order of the configuration.
    func ofEveryKey<Answer: Sendable>(
        _ ask: @escaping @Sendable (KeyDirectory) async -> Answer
    ) async -> [Answer] {
        await withTaskGroup(of: (Int, Answer).self) { group in
            for (index, key) in keys.enumerated() { group.addTask { (index, await ask(key)) } }
            var found = [Answer?](repeating: nil, count: keys.count)
            for await (index, answer) in group { found[index] = answer }
            return found.compactMap { $0 }
        }
    }

    /// What the keys answer that do so in time, in the order of the configuration; `nil` for the others, which are not
    /// waited for and go on.
    ///
    /// - Parameter waitingForFirst: whether ``patience`` begins anew with each answer, so that there is one at least;
    ///   otherwise it begins now.
    func ofQuickKeys<Answer: Sendable>(
        waitingForFirst: Bool,
        _ ask: @escaping @Sendable (KeyDirectory) async -> Answer
    ) async -> [Answer?] {
        let (answers, answered) = AsyncStream.makeStream(of: (Int, Answer).self)
        for (index, key) in keys.enumerated() {
            Task { answered.yield((index, await ask(key))) }
        }
        func timer() -> Task<Void, Never> {
            Task { [time] in
                do { try await time.sleep(seconds: Self.patience) } catch { return }
                answered.finish()
            }
        }
        var running = waitingForFirst ? nil : timer()
        var found = [Answer?](repeating: nil, count: keys.count)
        var missing = keys.count
        if missing == 0 { answered.finish() }
        for await (index, answer) in answers {
            found[index] = answer
            missing -= 1
            if missing == 0 { answered.finish() }
            guard waitingForFirst else { continue }
            running?.cancel()
            running = timer()
        }
        running?.cancel()
        return found
    }

    private func standIn(for key: KeyDirectory) async -> KeyReading {
        if let recent = await key.recent(within: Self.standIn) { return recent }
        let now = time.instant()
        return KeyReading(
            key: key.key,
            began: now,
            ended: now,
            failure: VultrError(.unavailable, message: "the key's lists take long to read")
        )
    }

    /// Asks whether a user is a service user, with the key that showed the row (rule 4).
    ///
    /// - Returns: `nil` where Vultr does not say.
    func isServiceUser(_ id: UserID, shownBy key: String) async throws(VultrError) -> Bool? {
        guard let directory = directory(of: key) else { return nil }
        do throws(VultrError) {
            return try await directory.access.user(id).isServiceUser
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
    }

    /// Sends one DELETE, never while the key's lists are being read (rule 2).
    func remove(_ membership: Membership, with key: String) async -> Result<Int, VultrError> {
        guard let directory = directory(of: key) else {
            return .failure(VultrError(.operatorNeeded, message: "key \(key) is not configured any more"))
        }
        return await directory.gate.removing {
            do throws(VultrError) {
                return .success(try await directory.access.remove(membership.user, from: membership.organization))
            } catch {
                return .failure(error)
            }
        }
    }

    func directory(of key: String) -> KeyDirectory? { keys.first { $0.name == key } }
}
