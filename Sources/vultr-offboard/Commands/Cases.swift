import ArgumentParser
import Offboarding
import Presentation

/// `cases`: what is going on, newest first.
struct Cases: Command {
    static let configuration = CommandConfiguration(abstract: "List cases, newest first.")

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption
    @OptionGroup var limit: LimitOption

    @Option(name: .long, help: "Only the cases of this person.", transform: Arguments.email)
    var email: EmailAddress?

    @Option(name: .long, help: "Only cases in this state, such as held.", transform: Arguments.state)
    var state: CaseState?

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let filter = CaseFilter(email: email, states: state.map { [$0] }, limit: limit.bound)
        let cases = try await Workbench.with(configuration, terminal: terminal) { bench in
            try await bench.store.read { session in
                try session.cases(matching: filter).map { try CasePresentation($0, in: session) }
            }
        }
        if output.json {
            terminal.print(JSONOutput.list(cases.map(\.json)).pretty)
        } else if cases.isEmpty {
            terminal.note("no cases")
        } else {
            terminal.print(CasePresentation.table(cases).text(colours: terminal.hasColours))
        }
        return .done
    }
}
