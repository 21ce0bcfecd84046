import ArgumentParser
import Offboarding
import Presentation

/// `cases`: what is going on, newest first.
struct Cases: Command {
    static let configuration = CommandConfiguration(
        abstract: "List cases, newest first.",
        discussion: """
            With --watch and without a terminal it writes one line for each case, oldest first, and one more whenever a \
            case changes; with --json each line is an object.
            """.examples(
                "cases --state held",
                "cases --email avery.stone@example.com --json",
                "cases --watch"
            )
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption
    @OptionGroup var limit: LimitOption
    @OptionGroup var watching: WatchOption

    @Option(name: .long, help: "Only the cases of this person.", transform: Arguments.email)
    var email: EmailAddress?

    @Option(
        name: .long,
        help: "Only cases in this state, such as held.",
        completion: Completions.states,
        transform: Arguments.state
    )
    var state: CaseState?

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        guard !watching.watch else {
            try await Watching(terminal: terminal, json: output.json, time: SystemTime()).run { terminal in
                let cases = try await find(terminal)
                return Watching.Look(
                    items: cases.map(\.watched),
                    text: cases.isEmpty ? "no cases" : CasePresentation.table(cases).text(colours: terminal.hasColours)
                )
            }
            return .done
        }
        let cases = try await find(terminal)
        if output.json {
            terminal.print(JSONOutput.list(cases.map(\.json)).pretty)
        } else if cases.isEmpty {
            terminal.note("no cases")
        } else {
            terminal.print(CasePresentation.table(cases).text(colours: terminal.hasColours))
        }
        return .done
    }

    private func find(_ terminal: Terminal) async throws -> [CasePresentation] {
        let filter = CaseFilter(email: email, states: state.map { [$0] }, limit: limit.bound)
        return try await Workbench.with(configuration, terminal: terminal) { bench in
            try await bench.store.read { session in
                try session.cases(matching: filter).map { try CasePresentation($0, in: session) }
            }
        }
    }
}

extension CasePresentation {
    /// The case as `--watch` tells of it.
    var watched: Watching.Item {
        let gone = removals.filter { $0.outcome == .removed }.count
        let words = [
            shown.id.text, shown.email.text, shown.state.rawValue, shown.result?.rawValue ?? "-",
            "\(gone)/\(removals.count)", shown.reason ?? "-",
        ]
        return Watching.Item(
            id: shown.id.text,
            line: words.map(HarmlessText.text).joined(separator: "  "),
            json: json
        )
    }
}
