import ArgumentParser
import Offboarding
import Presentation

/// `approve CASE…`, `approve --held`: a person's yes to held cases' plans (rule 17).
struct Approve: Command {
    static let configuration = CommandConfiguration(
        abstract: "Approve the plans of held cases, and wait for what comes of it.",
        discussion: """
            A plan that has grown since is held anew under another digest; that is exit status 1. --held shows all that \
            are held in one table, and approves exactly the plans that it showed.
            """.examples("approve c_01", "approve c_01 --yes", "approve --held --since 2h")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @OptionGroup var selection: CaseSelection

    @Option(name: .long, help: "The digest of the plan that is meant; refused if it is not the case's present one.")
    var digest: String?

    @Flag(name: .long, help: "Do not show the plan and ask: approve the plan as the next reading shows it.")
    var yes = false

    func validate() throws {
        guard digest == nil || selection.ids.count == 1 else {
            throw ValidationError("--digest names the plan of one case; give one case")
        }
    }

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        guard yes || digest != nil || terminal.isInteractive else {
            throw CommandFailure(.usage, "there is no terminal to ask on: give --digest or --yes")
        }
        return try await Workbench.with(configuration, terminal: terminal) { bench in
            try await CaseWork.with(bench) { work in
                // Before anything is changed: a wrong id among several is a slip.
                let shown = try await selection.cases(in: bench.store)
                guard !shown.isEmpty else {
                    if output.json { terminal.print(JSONOutput.list([]).pretty) }
                    terminal.note("no case is held")
                    return .done
                }
                guard let digests = digests(shown, on: terminal) else {
                    terminal.note("nothing was done")
                    return .no
                }
                let (approved, worst) = try await approve(
                    zip(shown, digests).map { (id: $0.shown.id, digest: $1) },
                    bench
                )
                let settled = try await work.settle(approved)
                if !settled.isEmpty {
                    settled.print(on: terminal, json: output.json, areSeveral: selection.isOfSeveral)
                }
                for held in settled.map(\.shown) where held.state == .held {
                    terminal.note(
                        "case \(held.id) is held again; its plan's digest is now \(held.planDigest ?? "none")"
                    )
                }
                return max(settled.status, worst)
            }
        }
    }

    /// Approves all of them at once; one that cannot be approved does not stop the others.
    ///
    /// - Returns: those that were approved, and the gravest status of those that were not.
    private func approve(
        _ plans: [(id: CaseID, digest: String?)],
        _ bench: Workbench
    ) async throws -> ([CaseID], CommandStatus) {
        let refusals = try await bench.desk.approve(plans, by: OperatingSystemUser.name)
        let worst = refusals.note(on: bench.terminal)
        return (plans.map(\.id).filter { id in !refusals.contains { $0.id == id } }, worst)
    }

    /// The digest that each approval is bound to, `nil` for the plan as the next reading shows it; `nil` in all where the
    /// person says no.
    private func digests(_ shown: [CasePresentation], on terminal: Terminal) -> [String?]? {
        if let digest { return [digest] }
        // Of many nobody said which: an approval of those that were there may not cover what they grow to.
        if yes { return shown.map { selection.held ? $0.shown.planDigest : nil } }
        terminal.note(
            selection.held
                ? CasePresentation.table(shown).text(colours: terminal.hasColours) + "\n"
                : shown.map { $0.text(colours: terminal.hasColours) }.joined(separator: "\n\n") + "\n"
        )
        let question = shown.count == 1 ? "Approve this plan?" : "Approve these \(shown.count) plans?"
        return terminal.confirm(question) ? shown.map(\.shown.planDigest) : nil
    }
}
