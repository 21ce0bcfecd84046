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

    func execute(_ terminal: Terminal) async throws -> ExitStatus {
        try await Workbench.with(configuration, terminal: terminal) { bench in
            let work = try await CaseWork(bench)
            let ids: [CaseID]
            do {
                if let id = id.map({ CaseID($0) }) {
                    try await bench.desk.retry(id)
                    ids = [id]
                } else {
                    ids = try await bench.desk.rerunDryRuns()
                }
            } catch {
                await work.stop()
                throw error
            }
            let settled = try await work.settle(ids)
            if dryRunCases {
                if output.json {
                    terminal.print(JSONOutput.list(settled.map(\.json)).pretty)
                } else if settled.isEmpty {
                    terminal.note("no case was done as a dry run")
                } else {
                    terminal.print(CasePresentation.table(settled).text(colours: terminal.hasColours))
                }
            } else {
                settled.print(on: terminal, json: output.json)
            }
            return settled.status
        }
    }
}
