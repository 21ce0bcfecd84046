import ArgumentParser
import Foundation
import Offboarding
import Senders
import Storage

/// What a shell offers at the Tab key. What cannot be found out is offered as nothing: a shell shows no errors.
enum Completions {
    static let states = CompletionKind.list(CaseState.allCases.map(\.rawValue))
    static let senders = CompletionKind.custom { words, _, _ in senderNames(words) }
    static let deliveries = CompletionKind.custom { words, _, _ in
        await read(words) { try $0.deliveries(limit: most, after: nil).map(\.id.text) }
    }

    /// The newest cases in one of the states, by id; any where there is none given.
    static func cases(_ states: Set<CaseState>? = nil) -> CompletionKind {
        .custom { words, _, _ in
            await read(words) { session in
                try session.cases(matching: CaseFilter(states: states, limit: most)).map(\.id.text)
            }
        }
    }

    /// The senders of the configuration that the words typed so far name.
    static func senderNames(_ words: [String]) -> [String] { configuration(words)?.senders.map(\.sender.name) ?? [] }

    /// More than a person looks through.
    private static let most = 50

    /// The configuration that the words typed so far name, or the environment.
    private static func configuration(_ words: [String]) -> Configuration? {
        var file = words.last { $0.hasPrefix("--config=") }.map { String($0.dropFirst("--config=".count)) }
        if let option = words.lastIndex(of: "--config"), option + 1 < words.count { file = words[option + 1] }
        do { return try Configuration.load(file: file, needs: []) } catch { return nil }
    }

    /// Reads the store where there is one; makes none.
    private static func read(
        _ words: [String],
        _ body: @escaping @Sendable (any StoreReadings) throws -> [String]
    ) async -> [String] {
        do {
            guard let store = try configuration(words)?.openStoreIfThere() else { return [] }
            let found = try await store.read(body)
            try await store.close()
            return found
        } catch {
            return []
        }
    }
}
