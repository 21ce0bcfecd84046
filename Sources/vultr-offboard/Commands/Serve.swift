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
        let logger = Daemon.logger(configuration.log)
        try await Daemon(configuration: configuration, time: SystemTime(), logger: logger).run()
        return .done
    }
}
