import ArgumentParser
import Offboarding
import Presentation

/// `show CASE`: everything about one case.
struct Show: Command {
    static let configuration = CommandConfiguration(
        abstract: "Show a case with its removals.",
        discussion: "With --watch it ends by itself once the case is closed.".examples(
            "show c_01",
            "show c_01 --json",
            "show c_01 --watch"
        )
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption
    @OptionGroup var watching: WatchOption

    @Argument(help: "The case's id.", completion: Completions.cases())
    var id: String

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        guard !watching.watch else {
            try await Watching(terminal: terminal, json: output.json, time: SystemTime()).run { terminal in
                let found = try await find(terminal)
                return Watching.Look(
                    items: [found.watched],
                    text: found.text(colours: terminal.hasColours),
                    isOver: !found.shown.state.isOpen
                )
            }
            return .done
        }
        [try await find(terminal)].print(on: terminal, json: output.json)
        return .done
    }

    private func find(_ terminal: Terminal) async throws -> CasePresentation {
        let id = CaseID(self.id)
        return try await Workbench.with(configuration, terminal: terminal) { bench in
            try await bench.store.read { try CasePresentation(id, in: $0) }
        }
    }
}
