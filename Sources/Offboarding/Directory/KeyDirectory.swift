internal import Foundation

/// One key's lists. Callers that ask while a reading runs share the next one.
final class KeyDirectory: Sendable {
    let key: VultrKey
    let access: any VultrAccess
    let gate: KeyGate
    private let time: any TimeSource
    private let lists: SharedReading<KeyReading>
    /// Read apart from the lists: nothing is proven by them, and no removal is kept waiting while they are read.
    private let invited: SharedReading<Result<Listing<Invitation>, VultrError>>

    /// How long a key that is read keeps others from being read, in seconds: one that does not answer stops nobody.
    private static let longestTurn: TimeInterval = 1

    /// - Parameter turns: bounds how many keys are read at once.
    init(_ keyAccess: KeyAccess, turns: Slots, time: any TimeSource, instruments: DirectoryInstruments) {
        key = keyAccess.key
        access = keyAccess.access
        self.time = time
        let gate = KeyGate()
        self.gate = gate
        let reader = KeyReader(keyAccess, time: time)
        lists = SharedReading(time: time) { begin in
            let reading = await turns.during(atMost: Self.longestTurn, by: time) {
                await gate.reading { await reader.read(began: begin()) }
            }
            instruments.read(reading, at: time.now())
            return reading
        }
        invited = SharedReading(time: time) { begin in
            _ = begin()
            return await reader.invitations()
        }
    }

    var name: String { key.name }

    /// A reading that began at or after an instant.
    func reading(begunAfter instant: ContinuousClock.Instant) async -> KeyReading {
        await lists.value(begunAfter: instant)
    }

    /// The latest reading if it began no longer ago.
    func recent(within age: Duration) async -> KeyReading? {
        guard let latest = await lists.latestValue, time.instant() - latest.began <= age else {
            return nil
        }
        return latest
    }

    /// The latest reading, however old; `nil` before the first.
    func latest() async -> KeyReading? { await lists.latestValue }

    func invitations(begunAfter instant: ContinuousClock.Instant) async -> KeyInvitations {
        KeyInvitations(key: name, answer: await invited.value(begunAfter: instant))
    }
}
