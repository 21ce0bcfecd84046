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
        await ofEveryKey { await $0.invitations(begunAfter: instant) }
    }

    /// As ``invitations(begunAfter:)``; a key that has not answered within ``patience`` counts as out of reach.
    func quickInvitations(begunAfter instant: ContinuousClock.Instant) async -> [KeyInvitations] {
        let answers = await ofQuickKeys(waitingForFirst: false) { await $0.invitations(begunAfter: instant) }
        return zip(keys, answers).map { key, answer in
            answer
                ?? KeyInvitations(
                    key: key.name,
                    answer: .failure(VultrError(.unavailable, message: "the key's invitations take long to read"))
                )
        }
    }
}
