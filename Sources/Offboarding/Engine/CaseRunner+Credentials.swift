import Foundation

extension CaseRunner {
    /// Looks at a list of credentials in one run: it is read, what it shows is ended, and it is read again.
    static let mostCredentialReadings = 4
    /// How long a removal waits for credentials to be ended, in seconds. A person's access to an organization must not
    /// outlast a call that hangs.
    static let credentialPatience: TimeInterval = 15

    /// The credentials that are to be ended before these removals.
    func credentials(before pending: [PendingRemoval]) -> Set<CredentialEnding.Place> {
        var places: Set<CredentialEnding.Place> = []
        for kind in parts.policy.also {
            for one in pending {
                places.insert(CredentialEnding.Place(user: one.membership.user, kind: kind, key: one.keys[0]))
            }
        }
        return places
    }

    /// Ends credentials side by side. Trouble with them never stops a removal: it is kept with the case, which cannot
    /// complete until they are ended.
    func endCredentials(_ places: Set<CredentialEnding.Place>, of id: CaseID) async throws {
        guard !places.isEmpty, try await begin(places, of: id) else { return }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await withThrowingTaskGroup(of: Void.self) { endings in
                    for place in places { endings.addTask { try await self.end(place, of: id) } }
                    try await endings.waitForAll()
                }
                return true
            }
            group.addTask {
                try await parts.time.sleep(seconds: Self.credentialPatience)
                return false
            }
            _ = try await group.next()
            group.cancelAll()
        }
    }

    /// Keeps that they are about to be ended, while the case is ours. What is not noted afterwards is tried again.
    private func begin(_ places: Set<CredentialEnding.Place>, of id: CaseID) async throws -> Bool {
        let worker = worker
        return try await parts.store.write { session in
            guard let now = try session.case(id), now.state == .running, now.lease?.owner == worker else {
                return false
            }
            let known = try session.credentialEndings(of: id)
            for place in places {
                var ending = known.first { $0.place == place } ?? CredentialEnding(place: place, outcome: .retrying)
                ending.outcome = .retrying
                try session.save(ending, of: id)
            }
            return true
        }
    }

    private func end(_ place: CredentialEnding.Place, of id: CaseID) async throws {
        let ended = await ended(place)
        // One that was given up half-way stays as it was noted at the beginning, and is tried again.
        if Task.isCancelled { return }
        try await parts.store.write { session in
            let before = try session.credentialEndings(of: id).first { $0.place == place }?.count ?? 0
            var kept = ended
            kept.count += before
            if kept.outcome == .none, kept.count > 0 { kept.outcome = .ended }
            try session.save(kept, of: id)
        }
    }

    /// Reads the list and ends what it shows until it shows nothing.
    private func ended(_ place: CredentialEnding.Place) async -> CredentialEnding {
        var ending = CredentialEnding(place: place, outcome: .none)
        for reading in 1...Self.mostCredentialReadings {
            do throws(VultrError) {
                let shown = try await parts.directory.credentials(place)
                ending.httpStatus = nil
                ending.detail = nil
                if shown.rows.isEmpty {
                    ending.outcome = ending.count > 0 ? .ended : .none
                    ending.detail = shown.doubt.map { "the list is not proven complete: \($0)" }
                    return ending
                }
                ending.outcome = .retrying
                ending.detail = "the list still shows some"
                try await end(shown.rows, place, &ending)
            } catch {
                ending.httpStatus = error.status
                ending.detail = error.description
                ending.outcome = error.passes ? .retrying : .operator
                if !error.passes { return ending }
            }
            if reading == Self.mostCredentialReadings { break }
            let pause = parts.retry.delay(afterTroubles: 1, jitter: Double.random(in: 0...1))
            do { try await parts.time.sleep(seconds: min(pause, 1)) } catch { return ending }
        }
        return ending
    }

    /// Ends what a list shows; trouble with one never keeps the others, and is thrown when all were tried.
    private func end(
        _ shown: [Credential],
        _ place: CredentialEnding.Place,
        _ ending: inout CredentialEnding
    ) async throws(VultrError) {
        var trouble: VultrError?
        for credential in shown {
            do throws(VultrError) {
                if try await parts.directory.end(credential, place) { ending.count += 1 }
            } catch {
                trouble = error
            }
        }
        if let trouble { throw trouble }
    }
}
