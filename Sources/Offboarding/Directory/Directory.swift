import Foundation

/// Every key's organizations and users, read side by side and shared by cases that run together.
public final class Directory: Sendable {
    let keys: [KeyDirectory]
    let time: any TimeSource

    /// How long a planning reading waits for a slow key once the others have answered: one key's trouble must not stop
    /// another's removals.
    static let patience: TimeInterval = 10

    /// How old a slow key's last reading may be to stand in for it: as old as a plan may be (rule 9).
    static let standIn: TimeInterval = 60

    public init(keys: [KeyAccess], time: any TimeSource) {
        self.keys = keys.map { KeyDirectory($0, time: time) }
        self.time = time
    }

    /// A reading that began at or after an instant, of every key, however long it takes: what proves.
    public func reading(begunAfter instant: ContinuousClock.Instant) async -> DirectoryReading {
        await withTaskGroup(of: (Int, KeyReading).self) { group in
            for (index, key) in keys.enumerated() {
                group.addTask { (index, await key.reading(begunAfter: instant)) }
            }
            var readings = [KeyReading?](repeating: nil, count: keys.count)
            for await (index, reading) in group { readings[index] = reading }
            return DirectoryReading(keys: readings.compactMap { $0 })
        }
    }

    /// A reading to plan from: as ``reading(begunAfter:)``, but a key that keeps the others waiting for more than
    /// ``patience`` is represented by its last reading, or counts as out of reach for now.
    public func planningReading(begunAfter instant: ContinuousClock.Instant) async -> DirectoryReading {
        let (answers, answered) = AsyncStream.makeStream(of: (Int, KeyReading).self)
        for (index, key) in keys.enumerated() {
            Task { answered.yield((index, await key.reading(begunAfter: instant))) }
        }
        var readings = [KeyReading?](repeating: nil, count: keys.count)
        var timer: Task<Void, Never>?
        var missing = keys.count
        if missing == 0 { answered.finish() }
        for await (index, reading) in answers {
            readings[index] = reading
            missing -= 1
            if missing == 0 { answered.finish() }
            timer?.cancel()
            timer = Task { [time] in
                do { try await time.sleep(seconds: Self.patience) } catch { return }
                answered.finish()
            }
        }
        timer?.cancel()
        for (index, key) in keys.enumerated() where readings[index] == nil {
            readings[index] = await standIn(for: key)
        }
        return DirectoryReading(keys: readings.compactMap { $0 })
    }

    private func standIn(for key: KeyDirectory) async -> KeyReading {
        if let recent = await key.recent(within: Self.standIn) { return recent }
        let now = time.instant()
        return KeyReading(
            key: key.key,
            beganAt: time.now(),
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

extension KeyDirectory {
    nonisolated var name: String { key.name }
}
