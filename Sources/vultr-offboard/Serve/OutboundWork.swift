import Foundation
import Logging
import Offboarding
import Outbound
import Senders
import ServiceLifecycle

/// What the daemon sends to anybody but Vultr: lookups and notices.
struct OutboundWork: Sendable {
    private let client: OutboundClient
    /// One for each kind of work that is configured.
    let services: [any Service]

    init(_ configuration: Configuration, store: any Store, time: any TimeSource, metrics: Metrics, logger: Logger) {
        client = OutboundClient(logger: logger)
        var services: [any Service] = []
        let rules = Dictionary(
            configuration.senders.compactMap { configured in
                configured.sender.lookup.map { (configured.sender.name, $0) }
            }
        ) { first, _ in first }
        if !rules.isEmpty {
            let directory = configuration.directory
            let lookup = LookupClient(client: client, rules: rules) { header in
                try header.value.current(relativeTo: directory)
            }
            let worker = LookupWorker(
                store: store,
                lookup: lookup,
                retry: configuration.retry,
                policy: configuration.policy,
                time: time,
                logger: logger
            )
            services.append(WorkerService { await worker.run() })
        }
        if !configuration.notifications.isEmpty {
            let targets = configuration.notifications.map { $0.target(relativeTo: configuration.directory) }
            let notifier = Notifier(
                store: store,
                sender: NoticeClient(client: client, targets: targets, time: time, logger: logger),
                retry: configuration.retry,
                time: time,
                instruments: metrics.notices,
                logger: logger
            )
            services.append(WorkerService { await notifier.run() })
        }
        let hosts = Dictionary(
            configuration.senders.compactMap { configured -> (String, [String])? in
                guard let chat = configured.sender.chat, chat.tool == .slack, let permission = chat.permission else {
                    return nil
                }
                return (configured.sender.name, permission.responseHosts)
            }
        ) { first, _ in first }
        if !hosts.isEmpty {
            let poster = ChatPoster(
                store: store,
                sender: ChatClient(client: client, hosts: hosts),
                retry: configuration.retry,
                time: time,
                logger: logger
            )
            services.append(WorkerService { await poster.run() })
        }
        self.services = services
    }

    /// Closes the connections; requests under way fail as cut.
    func shutdown() async { await client.shutdown() }
}

/// Works until shutdown, which cuts it: all that it does survives its end at any point.
struct WorkerService: Service {
    let work: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown { await work() }
    }
}
