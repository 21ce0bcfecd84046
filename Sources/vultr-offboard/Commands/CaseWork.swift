import Foundation
import Offboarding
import Presentation

/// Sees a case through: waits for the daemon that works it, or works it here where no daemon is alive.
struct CaseWork: Sendable {
    let bench: Workbench
    /// `nil` while a daemon is alive; made when that one falls silent.
    let machinery: Machinery?

    /// Time between two looks at the store.
    private static let pollInterval: TimeInterval = 0.1
    /// Time between two tries to take over a dead daemon's case.
    private static let leaseInterval: TimeInterval = 1

    /// Makes ready for work, so that what is missing is found before anything is asked for; does something; lets go.
    ///
    /// - Throws: what the body throws; ``ConfigurationError`` where no daemon is alive and a key's secret cannot be read;
    ///   `StoreError`.
    static func with<Answer: Sendable>(
        _ bench: Workbench,
        _ body: (CaseWork) async throws -> Answer
    ) async throws -> Answer {
        guard try await bench.daemon() == nil else { return try await body(CaseWork(bench: bench, machinery: nil)) }
        return try await bench.withMachinery { try await body(CaseWork(bench: bench, machinery: $0)) }
    }

    /// Returns once nothing more happens to the cases for now, with the cases as they then are.
    ///
    /// - Throws: `StoreError`; ``ConfigurationError`` where the daemon died and a key's secret cannot be read.
    func settle(_ ids: [CaseID]) async throws -> [CasePresentation] {
        let what = ids.count == 1 ? "waiting for case \(ids[0])" : "waiting for \(ids.count) cases"
        return try await Progress(terminal: bench.terminal).during(what) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Many are looked at less often, so that looking does not keep the store busy.
                let interval = Self.pollInterval * max(1, Double(ids.count) / 20)
                for id in ids { group.addTask { try await settle(id, every: interval) } }
                try await group.waitForAll()
            }
            return try await present(ids)
        }
    }

    /// The cases as they are now.
    func present(_ ids: [CaseID]) async throws -> [CasePresentation] {
        try await bench.store.read { session in
            try ids.map { try CasePresentation($0, in: session) }
        }
    }

    private func settle(_ id: CaseID, every interval: TimeInterval) async throws {
        while true {
            guard let now = try await bench.store.read({ try $0.case(id) }) else { throw CaseDeskError.unknownCase(id) }
            guard now.state == .queued || now.state == .running else { return }
            var pause = interval
            if let machinery {
                _ = try await machinery.engine.work(id)
            } else if try await bench.daemon() == nil {
                _ = try await bench.withMachinery { try await $0.engine.work(id) }
                // Where the dead daemon's lease has yet to run out, there is nothing to hurry for.
                pause = Self.leaseInterval
            }
            try await bench.time.sleep(seconds: pause)
        }
    }
}

extension [CasePresentation] {
    /// Prints one case whole, several as a table or an array.
    ///
    /// - Parameter areSeveral: whether several were asked for, so that a program always gets the same shape.
    func print(on terminal: Terminal, json: Bool, areSeveral: Bool = false) {
        if areSeveral || count != 1 {
            terminal.print(
                json
                    ? JSONOutput.list(map(\.json)).pretty
                    : CasePresentation.table(self).text(colours: terminal.hasColours)
            )
        } else {
            terminal.print(json ? self[0].json.pretty : self[0].text(colours: terminal.hasColours))
        }
    }

    /// The gravest status of all.
    var status: CommandStatus { map { CommandStatus(of: $0.shown) }.max() ?? .done }
}
