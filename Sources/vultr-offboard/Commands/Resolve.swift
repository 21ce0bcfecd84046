import ArgumentParser
import Offboarding
import Presentation

/// `resolve DELIVERY EMAIL`: a person says who is meant by a delivery that does not say it or cannot be read.
struct Resolve: Command {
    static let configuration = CommandConfiguration(
        abstract: "Say who is meant by an unresolved or quarantined delivery, and wait for what comes of it.",
        discussion: """
            Goes on as if the delivery had named the email: same sender, same time, every policy applies. A delivery that \
            is about several people stays unresolved until each of them is named. One that is quarantined could not be \
            read: it is settled by the first; name others with remove EMAIL.
            """.examples("resolve d_01 avery.stone@example.com")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "The delivery's id.", completion: Completions.deliveries)
    var delivery: String

    @Argument(help: "The person's email.", transform: Arguments.email)
    var email: EmailAddress

    @Flag(name: .long, help: "Do not ask. Needed where there is no terminal.")
    var yes = false

    @Flag(name: .long, help: "Return as soon as it is stored.")
    var noWait = false

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        guard yes || terminal.isInteractive else {
            throw CommandFailure(.usage, "there is no terminal to ask on: give --yes")
        }
        let id = DeliveryID(delivery)
        return try await Workbench.with(configuration, terminal: terminal) { bench in
            let desk = DeliveryDesk(store: bench.store, time: bench.time, policy: bench.configuration.policy)
            // Before anything else: a wrong id is a slip.
            let part = try await desk.part(of: id)
            if !yes, !isConfirmed(part, terminal) {
                terminal.note("nothing was done")
                return .no
            }
            if noWait {
                let resolution = try await desk.resolve(id, email, by: OperatingSystemUser.name)
                return try await report(resolution, bench)
            }
            return try await CaseWork.with(bench) { work in
                let resolution = try await desk.resolve(id, email, by: OperatingSystemUser.name)
                _ = try await work.settle(resolution.cases)
                return try await report(resolution, bench)
            }
        }
    }

    private func isConfirmed(_ part: DeliveryPart, _ terminal: Terminal) -> Bool {
        let isBack = part.departure?.kind == .reinstated
        var lines = [
            "delivery \(part.delivery) of sender \(part.sender), received \(TimeText.text(part.receivedAt))",
            "not settled: \(part.reason ?? "no reason is known")",
        ]
        if let effectiveAt = part.departure?.effectiveAt { lines.append("effective \(TimeText.text(effectiveAt))") }
        terminal.note(lines.map(HarmlessText.text).joined(separator: "\n"))
        let what = isBack ? "is back" : "has left"
        return terminal.confirm("Say that \(HarmlessText.text(email.text)) \(what)?")
    }

    private func report(_ resolution: DeliveryDesk.Resolution, _ bench: Workbench) async throws -> CommandStatus {
        let terminal = bench.terminal
        if let remaining = resolution.remaining {
            terminal.note(HarmlessText.text("delivery \(delivery) is still unresolved: \(remaining)"))
        }
        let cases = try await bench.store.read { session in
            try resolution.cases.map { try CasePresentation($0, in: session) }
        }
        if cases.isEmpty, !output.json {
            terminal.note("no case of ours is concerned")
        } else {
            cases.print(on: terminal, json: output.json)
        }
        // What waits for its time, or for a daemon, is as it should be.
        let statuses = cases.map(\.shown).map { shown in
            shown.state == .scheduled || noWait ? .done : CommandStatus(of: shown)
        }
        return statuses.max() ?? .done
    }
}
