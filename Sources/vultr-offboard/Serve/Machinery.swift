import Foundation
import Logging
import Offboarding
import StrictYAML
import VultrAPI
import WebhookSignature

/// What reaches Vultr and works cases: the same in the daemon and in a command.
struct Machinery: Sendable {
    let connection: VultrConnection
    let directory: Directory
    let engine: Engine
    let inquiry: PlanInquiry

    /// - Parameter worker: what tells this worker from every other one, `daemon:` or `command:` first.
    /// - Throws: `VultrConnectionError`.
    init(
        _ configuration: Configuration,
        store: any Store,
        worker: String,
        time: any TimeSource,
        logger: Logger,
        interpreter: any DeliveryInterpreter = NoInterpreter()
    ) throws {
        connection = try VultrConnection(
            VultrConnection.Configuration(
                url: configuration.vultr.url,
                requestsPerSecond: configuration.vultr.requestsPerSecond,
                timeout: configuration.vultr.timeout.seconds
            ),
            time: time,
            logger: logger
        )
        let connection = connection
        directory = Directory(
            keys: configuration.vultr.keys.map { configured in
                KeyAccess(
                    key: configured.key,
                    access: VultrKeyClient(name: configured.key.name, connection: connection) {
                        try configured.secret.resolve().text
                    }
                )
            },
            time: time
        )
        engine = Engine(
            parts: EngineParts(
                store: store,
                directory: directory,
                interpreter: interpreter,
                policy: configuration.policy,
                retry: configuration.retry,
                sha256: Self.sha256,
                time: time,
                logger: logger
            ),
            worker: worker
        )
        inquiry = PlanInquiry(directory: directory, policy: configuration.policy, sha256: Self.sha256, time: time)
    }

    /// Closes the connections; calls under way fail as cut.
    func shutdown() async { await connection.shutdown() }

    private static let sha256: SHA256Function = { try SHA256.digest(of: $0) }
}

/// For workers that read no deliveries.
struct NoInterpreter: DeliveryInterpreter {
    func interpret(_ delivery: Delivery) -> Interpretation {
        Interpretation(ignored: "this process reads no deliveries")
    }
}
