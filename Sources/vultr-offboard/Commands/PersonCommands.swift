import ArgumentParser
import Offboarding
import Presentation

/// `export-person EMAIL`: everything that is kept of somebody, for a request for information.
struct ExportPerson: Command {
    static let configuration = CommandConfiguration(
        commandName: "export-person",
        abstract: "Print everything that is kept of a person, as JSON.",
        discussion: "Found by the email and by every email that a case of theirs has beside it. Changes nothing."
            .examples("export-person avery.stone@example.com")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "One of the person's emails.", transform: Arguments.email)
    var email: EmailAddress

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let email = email
        let presentation = try await Workbench.with(configuration, terminal: terminal) { bench in
            let file = try await PersonDesk(store: bench.store).file(of: email)
            return try await bench.store.read { try PersonPresentation(file, in: $0) }
        }
        terminal.print(presentation.json.pretty)
        return .done
    }
}

/// `erase-person EMAIL`: everything that is kept of somebody goes.
struct ErasePerson: Command {
    static let configuration = CommandConfiguration(
        commandName: "erase-person",
        abstract: "Erase everything that is kept of a person.",
        discussion: """
            Their ended cases, what was said of them, the bodies that told of them, and who had which address. What stays \
            tells a repeated delivery and names nobody. They are no longer looked for afterwards. Backups and what was \
            exported are not reached.
            """.examples("erase-person avery.stone@example.com")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "One of the person's emails.", transform: Arguments.email)
    var email: EmailAddress

    @Flag(name: .long, help: "Do not ask.")
    var yes = false

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        guard yes || terminal.isInteractive else {
            throw CommandFailure(.usage, "there is no terminal to ask on: give --yes")
        }
        let email = email
        return try await Workbench.with(configuration, terminal: terminal) { bench in
            let desk = PersonDesk(store: bench.store)
            let found = PersonSummary(try await desk.file(of: email))
            guard !found.isEmpty else {
                if output.json { terminal.print(found.json.pretty) }
                terminal.note("nothing is kept of this person")
                return .done
            }
            if !yes {
                terminal.note("\(found.text) of \(found.emails.joined(separator: ", ")) would be erased for good.")
                guard terminal.confirm("Erase them?") else {
                    terminal.note("nothing was done")
                    return .no
                }
            }
            let erased = PersonSummary(try await desk.erase(email, by: OperatingSystemUser.name))
            if output.json { terminal.print(erased.json.pretty) } else { terminal.print("erased: \(erased.text)") }
            return .done
        }
    }
}
