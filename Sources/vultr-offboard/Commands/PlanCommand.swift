import ArgumentParser
import Offboarding
import Presentation

/// `plan EMAIL`: what would be removed; changes nothing.
struct PlanCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what would be removed for a person. Changes nothing.",
        discussion: .examples(
            "plan avery.stone@example.com",
            "plan avery.stone@example.com --json"
        )
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "The person's email.", transform: Arguments.email)
    var email: EmailAddress

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let email = self.email
        let presentation = try await Workbench.with(configuration, needs: .keySecrets, terminal: terminal) { bench in
            try await Self.presentation(of: email, bench)
        }
        terminal.print(output.json ? presentation.json.pretty : presentation.text(colours: terminal.hasColours))
        return presentation.status
    }

    /// Reads every key and plans.
    static func presentation(of email: EmailAddress, _ bench: Workbench) async throws -> PlanPresentation {
        try await bench.withMachinery { machinery in
            PlanPresentation(
                try await Progress(terminal: bench.terminal).during("reading Vultr's lists") {
                    try await machinery.inquiry.answer(for: email)
                }
            )
        }
    }
}
