import Foundation
import Offboarding

/// Sees a case through: waits for the daemon that works it, or works it here where no daemon is alive.
struct CaseWork: Sendable {
    let bench: Workbench
    /// `nil` while a daemon is alive; made when that one falls silent.
    private let machinery: Machinery?

    /// Time between two looks at the store.
    private static let pollInterval: TimeInterval = 0.1

    /// Makes ready for work, so that what is missing is found before anything is asked for.
    ///
    /// - Throws: ``ConfigurationError`` where no daemon is alive and a key's secret cannot be read; `StoreError`.
    init(_ bench: Workbench) async throws {
        self.bench = bench
        machinery = try await bench.daemon() == nil ? try bench.machinery() : nil
    }

    /// Returns once nothing more happens to the cases for now, with the cases as they then are.
    ///
    /// - Throws: `StoreError`, ``ConfigurationError``.
    func settle(_ ids: [CaseID]) async throws -> [CasePresentation] {
        let what = ids.count == 1 ? "waiting for case \(ids[0])" : "waiting for \(ids.count) cases"
        do {
            let settled = try await Progress(terminal: bench.terminal).during(what) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for id in ids { group.addTask { try await settle(id) } }
                    try await group.waitForAll()
                }
                return try await present(ids)
            }
            await machinery?.shutdown()
            return settled
        } catch {
            await machinery?.shutdown()
            throw error
        }
    }

    /// Lets go of what was made ready and is not needed after all.
    func stop() async { await machinery?.shutdown() }

    /// The cases as they are now.
    func present(_ ids: [CaseID]) async throws -> [CasePresentation] {
        try await bench.store.read { session in
            try ids.map { id in
                guard let presentation = try CasePresentation(id, in: session) else {
                    throw CaseDeskError.unknownCase(id)
                }
                return presentation
            }
        }
    }

    private func settle(_ id: CaseID) async throws {
        while true {
            guard let now = try await bench.store.read({ try $0.case(id) }) else { throw CaseDeskError.unknownCase(id) }
            guard now.state == .queued || now.state == .running else { return }
            if let machinery {
                _ = try await machinery.engine.work(id)
            } else if try await bench.daemon() == nil {
                _ = try await bench.withMachinery { try await $0.engine.work(id) }
            }
            try await bench.time.sleep(seconds: Self.pollInterval)
        }
    }
}

extension [CasePresentation] {
    /// Prints one case whole, several as a table or an array.
    func print(on terminal: Terminal, json: Bool) {
        if json {
            terminal.print(count == 1 ? self[0].json.pretty : JSONOutput.list(map(\.json)).pretty)
        } else if count == 1 {
            terminal.print(self[0].text(colours: terminal.hasColours))
        } else {
            terminal.print(CasePresentation.table(self).text(colours: terminal.hasColours))
        }
    }

    /// The gravest status of all.
    var status: ExitStatus { map { ExitStatus(of: $0.shown) }.max() ?? .done }
}
