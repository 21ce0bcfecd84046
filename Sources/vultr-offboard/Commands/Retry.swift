import ArgumentParser
import Offboarding

/// `retry CASE`, and `retry --dry-run-cases`: another try now.
struct Retry: Command {
    static let configuration = CommandConfiguration(
        abstract: "Try a case again now, or run finished dry runs for real."
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "The case's id.")
    var id: String?

    @Flag(name: .long, help: "Run every case that was done as a dry run, under the policy as it is now.")
    var dryRunCases = false

    func validate() throws {
        guard (id == nil) == dryRunCases else {
            throw ValidationError("give either a case or --dry-run-cases")
        }
    }

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        try await Workbench.with(configuration, terminal: terminal) { bench in
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

    private func ask(_ bench: Workbench) async throws -> [CaseID] {
        guard let id = id.map({ CaseID($0) }) else {
            return try await bench.desk.rerunDryRuns(by: OperatingSystemUser.name)
        }
        try await bench.desk.retry(id, by: OperatingSystemUser.name)
        return [id]
    }
}
