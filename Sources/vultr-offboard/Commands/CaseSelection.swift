import ArgumentParser
import Foundation
import Offboarding
import Presentation

/// Which held cases a command is about: those named, or all that are held.
struct CaseSelection: ParsableArguments {
    @Argument(help: "The cases' ids.", completion: Completions.cases([.held]))
    var ids: [String] = []

    @Flag(name: .long, help: "All held cases instead of named ones.")
    var held = false

    @Option(
        name: .long,
        help: "With --held: only those that this sender alone told of.",
        completion: Completions.senders
    )
    var sender: String?

    @Option(
        name: .long,
        help: "With --held: only those received since then: a time, a date, or so long ago, such as 2h.",
        transform: Arguments.time
    )
    var since: Date?

    func validate() throws {
        guard ids.isEmpty == held else { throw ValidationError("give either cases or --held") }
        guard held || (sender == nil && since == nil) else {
            throw ValidationError("--sender and --since choose among --held")
        }
        guard Set(ids).count == ids.count else { throw ValidationError("a case is named twice") }
    }

    /// Whether several may be meant, so that a program always gets the same shape.
    var isOfSeveral: Bool { held || ids.count > 1 }

    /// The cases as they are now, oldest first where all are meant.
    ///
    /// - Throws: `CaseDeskError` where a named one is unknown; `StoreError`.
    func cases(in store: any Store) async throws -> [CasePresentation] {
        let (ids, held, sender, since) = (ids, held, sender, since)
        return try await store.read { session in
            guard held else {
                return try ids.map { try CasePresentation(CaseID($0), in: session) }
            }
            return try session.cases(matching: CaseFilter(states: [.held])).reversed()
                // What another sender confirmed is not this one's alone to be approved or refused.
                .filter { found in try sender.map { try session.tellers(of: found) == [$0] } ?? true }
                .filter { found in since.map { found.receivedAt >= $0 } ?? true }
                .map { try CasePresentation($0, in: session) }
        }
    }
}
