import ArgumentParser
import Offboarding
import Presentation

/// `remove EMAIL`: removes a person now; every policy applies.
struct Remove: Command {
    static let configuration = CommandConfiguration(
        abstract: "Remove a person from every covered organization. Every policy applies.",
        discussion: "Exit status: 0 removed, no account or dry run; 1 held or in need of a person; 69 not decided yet."
            .examples("remove avery.stone@example.com", "remove avery.stone@example.com --yes --json")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "The person's email.", transform: Arguments.email)
    var email: EmailAddress

    @Flag(name: .long, help: "Do not show the plan and ask. Needed where there is no terminal.")
    var yes = false

    @Flag(name: .long, help: "Return as soon as the case is stored.")
    var noWait = false

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        guard yes || terminal.isInteractive else {
            throw CommandFailure(.usage, "there is no terminal to ask on: give --yes")
        }
        return try await Workbench.with(configuration, terminal: terminal) { bench in
            if !yes {
                let plan = try await PlanCommand.presentation(of: email, bench)
                terminal.note(plan.text(colours: terminal.hasColours) + "\n")
                guard terminal.confirm("Remove this person?") else {
                    terminal.note("nothing was done")
                    return .no
                }
            }
            if noWait { return try await store(bench) }
            return try await CaseWork.with(bench) { work in
                let id = try await bench.desk.open(email, askedBy: OperatingSystemUser.name)
                let settled = try await work.settle([id])
                settled.print(on: terminal, json: output.json)
                return settled.status
            }
        }
    }

    /// Opens the case and leaves it to whoever is or will be there.
    private func store(_ bench: Workbench) async throws -> CommandStatus {
        let id = try await bench.desk.open(email, askedBy: OperatingSystemUser.name)
        if try await bench.daemon() == nil {
            bench.terminal.note("no daemon is running: the case waits until one is, or until retry \(id)")
        }
        let stored = try await bench.store.read { try CasePresentation(id, in: $0) }
        [stored].print(on: bench.terminal, json: output.json)
        return .done
    }
}
