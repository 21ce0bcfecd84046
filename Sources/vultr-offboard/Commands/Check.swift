import ArgumentParser
import Offboarding
import Presentation
import VultrAPI

/// `check`: the configuration, then each key against Vultr.
struct Check: Command {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration, then each key against Vultr. Changes nothing.",
        discussion: """
            Exit status: 1 where a key cannot do its work, 69 where Vultr is out of reach, 78 where the configuration is \
            wrong.
            """.examples("check", "check --json")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let configuration = try Configuration.load(
            file: configuration.config,
            needs: [.keySecrets, .senderSecrets, .outboundSecrets, .auditKey]
        )
        let (connection, directory) = try Machinery.directory(
            configuration,
            time: SystemTime(),
            logger: Machinery.quietLogger
        )
        let reading = await Progress(terminal: terminal).during("reading Vultr's lists") {
            await directory.reading(begunAfter: .now)
        }
        await connection.shutdown()
        let usage: SenderUsage?
        do {
            usage = try await SenderUsage.read(of: configuration, at: SystemTime().now())
        } catch let error as StoreError {
            terminal.note("the store says nothing about the senders' secrets: \(error)")
            usage = nil
        }
        let report = CheckReport(configuration, reading: reading, usage: usage)
        terminal.print(output.json ? report.json.pretty : report.text(colours: terminal.hasColours))
        return report.status
    }
}
