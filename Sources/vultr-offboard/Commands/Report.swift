import ArgumentParser
import Foundation
import Offboarding
import Presentation
import Senders

/// `report`: who left in a period, and what came of it; `report --sender NAME`: what a sender did or would have done.
struct Report: Command {
    static let configuration = CommandConfiguration(
        abstract: "Report who left, when they were removed, where, and what was not as it should be.",
        discussion: """
            One row for each person and case, oldest first; --csv for a spreadsheet, --html for one page with a chart. \
            With --sender: whom this one told of; of one in shadow mode whom it would have removed, the organizations being \
            those that the person would have been removed from, and `held by` what would have held it.
            """.examples(
                "report --since 30d",
                "report --from 2026-11-01 --to 2026-11-30 --csv",
                "report --sender hr --json"
            )
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption
    @OptionGroup var period: PeriodOption

    @Option(name: .long, help: "Only what this sender told of.", completion: Completions.senders)
    var sender: String?

    @Flag(name: .long, help: "Print comma-separated values instead of a table.")
    var csv = false

    @Flag(name: .long, help: "Print one page of HTML that needs nothing else.")
    var html = false

    func validate() throws {
        guard [csv, html, output.json].count(where: { $0 }) <= 1 else {
            throw ValidationError("give one of --json, --csv and --html")
        }
    }

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        // A sender's own report has what it would have done; the page is the same for all.
        if let sender, !html { return try await report(of: sender, terminal) }
        let (from, to, sender) = (period.from, period.to, sender)
        let report = try await Workbench.with(configuration, terminal: terminal) { bench in
            try await bench.store.read { try OffboardingReport(from: from, to: to, sender: sender, in: $0) }
        }
        if output.json {
            terminal.print(report.json.pretty)
        } else if csv {
            terminal.print(report.csv)
        } else if html {
            terminal.print(report.html(madeAt: Date()))
        } else {
            terminal.print(report.text(colours: terminal.hasColours))
        }
        return .done
    }

    private func report(of sender: String, _ terminal: Terminal) async throws -> CommandStatus {
        let (since, end) = (period.from, period.to)
        let report = try await Workbench.with(configuration, terminal: terminal) { bench in
            let isConfigured = bench.configuration.sender(named: sender) != nil
            let policy = bench.configuration.policy
            let report = try await bench.store.read { session in
                try SenderReport(of: sender, since: since, before: end, policy: policy, in: session)
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
