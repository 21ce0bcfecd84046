import ArgumentParser
import Offboarding

/// `refuse CASE`: ends a held case without removing anybody.
struct Refuse: Command {
    static let configuration = CommandConfiguration(abstract: "End a held case without removing anybody.")

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "The case's id.")
    var id: String

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let id = CaseID(self.id)
        return try await Workbench.with(configuration, terminal: terminal) { bench in
            try await bench.desk.refuse(id, by: OperatingSystemUser.name)
            return try await bench.printed(id, json: output.json)
        }
    }
}

/// `cancel CASE`: ends an open case; nothing that was removed comes back.
struct Cancel: Command {
    static let configuration = CommandConfiguration(
        abstract: "End an open case. Nothing that was removed comes back."
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "The case's id.")
    var id: String

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let id = CaseID(self.id)
        return try await Workbench.with(configuration, terminal: terminal) { bench in
            try await bench.desk.cancel(id, by: OperatingSystemUser.name)
            return try await bench.printed(id, json: output.json)
        }
    }
}

extension Workbench {
    /// Prints a case as it is now.
    fileprivate func printed(_ id: CaseID, json: Bool) async throws -> CommandStatus {
        guard let found = try await store.read({ try CasePresentation(id, in: $0) }) else {
            throw CaseDeskError.unknownCase(id)
        }
        [found].print(on: terminal, json: json)
        return .done
    }
}
