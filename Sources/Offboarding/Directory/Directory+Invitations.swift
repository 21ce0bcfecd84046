import Foundation

/// The invitations that one key lists, or why it does not.
public struct KeyInvitations: Sendable {
    public let key: String
    public let answer: Result<Listing<Invitation>, VultrError>

    public init(key: String, answer: Result<Listing<Invitation>, VultrError>) {
        self.key = key
        self.answer = answer
    }
}

extension Directory {
    /// The invitations that each key lists, in the order of the configuration, by readings that began at or after an
    /// instant; shared by all who ask at once.
    public func invitations(begunAfter instant: ContinuousClock.Instant) async -> [KeyInvitations] {
        await withTaskGroup(of: (Int, KeyInvitations).self) { group in
            for (index, key) in keys.enumerated() {
                group.addTask { (index, await key.invitations(begunAfter: instant)) }
            }
            var shown = [KeyInvitations?](repeating: nil, count: keys.count)
            for await (index, answer) in group { shown[index] = answer }
            return shown.compactMap { $0 }
        }
    }

    /// As ``invitations(begunAfter:)``; a key that has not answered within so many seconds counts as out of reach.
    func invitations(
        begunAfter instant: ContinuousClock.Instant,
        within seconds: TimeInterval
    ) async -> [KeyInvitations] {
        let (answers, answered) = AsyncStream.makeStream(of: (Int, KeyInvitations).self)
        for (index, key) in keys.enumerated() {
            Task { answered.yield((index, await key.invitations(begunAfter: instant))) }
        }
        let timer = Task { [time] in
            do { try await time.sleep(seconds: seconds) } catch { return }
            answered.finish()
        }
        var shown = [KeyInvitations?](repeating: nil, count: keys.count)
        var missing = keys.count
        if missing == 0 { answered.finish() }
        for await (index, answer) in answers {
            shown[index] = answer
            missing -= 1
            if missing == 0 { answered.finish() }
        }
        timer.cancel()
        return zip(keys, shown).map { key, answer in
            answer
                ?? KeyInvitations(
                    key: key.name,
                    answer: .failure(VultrError(.unavailable, message: "the key's invitations take long to read"))
                )
        }
    }
}

extension KeyDirectory {
    func invitations(begunAfter instant: ContinuousClock.Instant) async -> KeyInvitations {
        KeyInvitations(key: name, answer: await invited.value(begunAfter: instant))
    }
}
