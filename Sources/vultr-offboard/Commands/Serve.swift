import ArgumentParser
import Foundation
import Logging
import Offboarding

/// `serve`: the daemon.
struct Serve: Command {
    static let configuration = CommandConfiguration(
        abstract: "Take webhooks and work the cases that they open, until SIGTERM or SIGINT.",
        discussion: .examples("serve --config /etc/vultr-offboard/offboard.yaml")
    )

    @OptionGroup var configuration: ConfigurationOption

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let configuration = try Configuration.load(file: configuration.config, needs: .everything)
        // Whoever reads the log may go away; the daemon stays.
        signal(SIGPIPE, SIG_IGN)
        let settings = configuration.log
        var logger = Logger(label: "vultr-offboard") { _ in LineLogHandler(format: settings.format) }
        logger.logLevel = settings.level
        try await Daemon(configuration: configuration, time: SystemTime(), logger: logger).run()
        return .done
    }
}
