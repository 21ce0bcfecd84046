import ArgumentParser
import Offboarding
import Presentation

/// `refuse CASE…`, `refuse --held`: ends held cases without removing anybody.
struct Refuse: Command {
    static let configuration = CommandConfiguration(
        abstract: "End held cases without removing anybody.",
        discussion: "--held shows all that are held in one table and asks; without a terminal it needs --yes."
            .examples("refuse c_01", "refuse --held --sender hr")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption
    @OptionGroup var selection: CaseSelection

    @Flag(name: .long, help: "With --held: do not ask.")
    var yes = false

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        guard !selection.held || yes || terminal.isInteractive else {
            throw CommandFailure(.usage, "there is no terminal to ask on: give --yes")
        }
        return try await Workbench.with(configuration, terminal: terminal) { bench in
            let shown = try await selection.cases(in: bench.store)
            guard !shown.isEmpty else {
                if output.json { terminal.print(JSONOutput.list([]).pretty) }
                terminal.note("no case is held")
                return .done
            }
            if selection.held, !yes {
                terminal.note(CasePresentation.table(shown).text(colours: terminal.hasColours) + "\n")
                guard terminal.confirm("Refuse these \(shown.count) cases?") else {
                    terminal.note("nothing was done")
                    return .no
                }
            }
            return try await refuse(shown.map(\.shown.id), bench)
        }
    }

    /// Refuses all of them at once; one that cannot be refused does not stop the others.
    private func refuse(_ ids: [CaseID], _ bench: Workbench) async throws -> CommandStatus {
        let refusals = try await bench.desk.refuse(ids, by: OperatingSystemUser.name)
        let worst = refusals.note(on: bench.terminal)
        let ended = ids.filter { id in !refusals.contains { $0.id == id } }
        let shown = try await bench.store.read { session in
            try ended.map { try CasePresentation($0, in: session) }
        }
        if !shown.isEmpty { shown.print(on: bench.terminal, json: output.json, areSeveral: selection.isOfSeveral) }
        return worst
    }
}

extension [(id: CaseID, error: CaseDeskError)] {
    /// Says why some were not decided as asked.
    ///
    /// - Returns: the gravest status of all.
    func note(on terminal: Terminal) -> CommandStatus {
        var worst = CommandStatus.done
        for (_, error) in self {
            let failure = CommandFailure(error)
            terminal.note(failure.message)
            worst = Swift.max(worst, failure.status)
        }
        return worst
    }
}

/// `cancel CASE`: ends an open case; nothing that was removed comes back.
struct Cancel: Command {
    static let configuration = CommandConfiguration(
        abstract: "End an open case. Nothing that was removed comes back.",
        discussion: .examples("cancel c_01")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "The case's id.", completion: Completions.cases(Set(CaseState.allCases.filter(\.isOpen))))
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
        let found = try await store.read { try CasePresentation(id, in: $0) }
        [found].print(on: terminal, json: json)
        return .done
    }
}
