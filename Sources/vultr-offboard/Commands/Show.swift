import ArgumentParser
import Offboarding
import Presentation

/// `show CASE`: everything about one case.
struct Show: Command {
    static let configuration = CommandConfiguration(abstract: "Show a case with its removals.")

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "The case's id.")
    var id: String

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let id = CaseID(self.id)
        let found = try await Workbench.with(configuration, terminal: terminal) { bench in
            try await bench.store.read { try CasePresentation(id, in: $0) }
        }
        [found].print(on: terminal, json: output.json)
        return .done
    }
}
