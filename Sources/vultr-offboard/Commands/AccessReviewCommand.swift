import ArgumentParser
import Foundation
import Offboarding
import Presentation
import VultrAPI

/// `access-review`: everybody in every organization that the keys reach.
struct AccessReviewCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "access-review",
        abstract: "List everybody in every organization that the keys reach. Changes nothing.",
        discussion: """
            Service users are marked, and so is whoever left as far as the store knows. A list that is not proven complete \
            and a key that cannot be read are named; the answer is incomplete then, and the exit status 1.
            """.examples("access-review", "access-review --csv")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Flag(name: .long, help: "Print comma-separated values instead of a table.")
    var csv = false

    func validate() throws {
        guard !(csv && output.json) else { throw ValidationError("give --json or --csv, not both") }
    }

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let configuration = try Configuration.load(file: configuration.config, needs: .keySecrets)
        let (connection, directory) = try Machinery.directory(
            configuration,
            time: SystemTime(),
            logger: Machinery.quietLogger
        )
        let reading = await Progress(terminal: terminal).during("reading Vultr's lists") {
            await directory.reading(begunAfter: .now)
        }
        await connection.shutdown()
        let review = AccessReview(reading)
        let emails = Set(review.rows.compactMap { row in row.email.flatMap { try? EmailAddress($0) } })
        let departed = try await DepartedPeople.among(emails, of: configuration)
        let presentation = AccessReviewPresentation(review: review, departed: departed)
        for note in presentation.notes { terminal.note(HarmlessText.text(note)) }
        if output.json {
            terminal.print(presentation.json.pretty)
        } else if csv {
            terminal.write(presentation.csv, STDOUT_FILENO)
        } else {
            terminal.print(presentation.text(colours: terminal.hasColours))
        }
        return presentation.status
    }
}
