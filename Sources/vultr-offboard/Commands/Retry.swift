import ArgumentParser
import Offboarding
import Presentation

/// `retry CASE`, `retry DELIVERY` and `retry --dry-run-cases`: another try now.
struct Retry: Command {
    static let configuration = CommandConfiguration(
        abstract: "Try a case again now, have a quarantined delivery read again, or run finished dry runs for real.",
        discussion: .examples("retry c_01", "retry d_01", "retry --dry-run-cases")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(
        help: "The case's id, or a quarantined delivery's.",
        completion: Completions.cases([.retrying, .attention, .scheduled])
    )
    var id: String?

    @Flag(name: .long, help: "Run every case that was done as a dry run, under the policy as it is now.")
    var dryRunCases = false

    func validate() throws {
        guard (id == nil) == dryRunCases else {
            throw ValidationError("give either a case or --dry-run-cases")
        }
    }

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        if let id, id.hasPrefix(Self.deliveryPrefix) { return try await readAgain(DeliveryID(id), terminal) }
        return try await Workbench.with(configuration, terminal: terminal) { bench in
            try await CaseWork.with(bench) { work in
                let ids = try await ask(bench)
                let settled = try await work.settle(ids)
                if settled.isEmpty, !output.json {
                    terminal.note("no case was done as a dry run")
                } else {
                    settled.print(on: terminal, json: output.json, areSeveral: dryRunCases)
                }
                return settled.status
            }
        }
    }

    /// What the ids of deliveries begin with.
    private static let deliveryPrefix = "d_"

    /// Has the daemon read a delivery again: only a daemon reads deliveries, and it survives one that cannot be read.
    private func readAgain(_ id: DeliveryID, _ terminal: Terminal) async throws -> CommandStatus {
        try await Workbench.with(configuration, terminal: terminal) { bench in
            try await DeliveryDesk(store: bench.store, time: bench.time, policy: bench.configuration.policy).retry(
                id,
                by: OperatingSystemUser.name
            )
            let isAlive = try await bench.daemon() != nil
            terminal.note("delivery \(id) is read again \(isAlive ? "by the daemon" : "when the daemon runs")")
            guard output.json else { return .done }
            let shown = try await bench.store.read { session in
                try session.delivery(id).map { DeliverySummary($0, cases: try session.cases(of: id)) }
            }
            terminal.print(JSONOutput.list([shown].compactMap(\.self).map(\.json)).pretty)
            return .done
        }
    }

    private func ask(_ bench: Workbench) async throws -> [CaseID] {
        guard let id = id.map({ CaseID($0) }) else {
            return try await bench.desk.rerunDryRuns(by: OperatingSystemUser.name)
        }
        try await bench.desk.retry(id, by: OperatingSystemUser.name)
        return [id]
    }
}
