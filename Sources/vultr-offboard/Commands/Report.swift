import ArgumentParser
import Foundation
import Offboarding
import Senders

/// `report --sender NAME`: what a sender told of, and what came of it or would have.
struct Report: Command {
    static let configuration = CommandConfiguration(
        abstract: "Report whom a sender told of: whom it would have removed in shadow mode, or what it did.",
        discussion: """
            One row for each person and case, oldest first. In shadow mode the organizations are those that the person \
            would have been removed from, and `held by` is what would have held it.
            """
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Option(name: .long, help: "The sender's name.")
    var sender: String

    @Option(
        name: .long,
        help: "Only what was told since then: a time, a date, or so long ago, such as 30d.",
        transform: Arguments.time
    )
    var since: Date?

    @Flag(name: .long, help: "Print comma-separated values instead of a table.")
    var csv = false

    func validate() throws {
        guard !(csv && output.json) else { throw ValidationError("give --json or --csv, not both") }
    }

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let (sender, since) = (sender, since)
        let report = try await Workbench.with(configuration, terminal: terminal) { bench in
            let isConfigured = bench.configuration.sender(named: sender) != nil
            let policy = bench.configuration.policy
            let report = try await bench.store.read { session in
                try SenderReport(of: sender, since: since, policy: policy, in: session)
            }
            guard isConfigured || !report.rows.isEmpty else {
                let names = bench.configuration.senders.map(\.sender.name).joined(separator: ", ")
                throw CommandFailure(
                    .usage,
                    "there is no sender \(sender); there are: \(names.isEmpty ? "none" : names)"
                )
            }
            return report
        }
        if output.json {
            terminal.print(report.json.pretty)
        } else if csv {
            terminal.print(report.csv)
        } else {
            terminal.print(report.text(colours: terminal.hasColours))
        }
        return .done
    }
}
