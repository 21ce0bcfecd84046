import Foundation
import Logging
import Offboarding
import StrictYAML
import VultrAPI

/// What reaches Vultr and works cases: the same in the daemon and in a command.
struct Machinery: Sendable {
    let connection: VultrConnection
    let directory: Directory
    let engine: Engine
    let inquiry: PlanInquiry
    let sweeper: Sweeper

    /// - Parameters:
    ///   - worker: what tells this worker from every other one, `daemon:` or `command:` first.
    ///   - metrics: what counts; a command has none.
    ///   - mark: says which delivery is being read, where any is.
    /// - Throws: `VultrConnectionError`.
    init(
        _ configuration: Configuration,
        store: any Store,
        worker: String,
        time: any TimeSource,
        metrics: Metrics? = nil,
        logger: Logger,
        interpreter: any DeliveryInterpreter = NoInterpreter(),
        mark: any ReadingMark = NoReadingMark()
    ) throws {
        (connection, directory) = try Self.directory(configuration, time: time, metrics: metrics, logger: logger)
        let parts = EngineParts(
            store: store,
            directory: directory,
            interpreter: interpreter,
            mark: mark,
            policy: configuration.policy,
            retry: configuration.retry,
            sha256: AuditDigest.sha256,
            time: time,
            instruments: metrics?.engine ?? EngineInstruments(),
            logger: logger
        )
        engine = Engine(parts: parts, worker: worker)
        sweeper = Sweeper(parts: parts, policy: configuration.sweep)
        inquiry = PlanInquiry(
            store: store,
            directory: directory,
            policy: configuration.policy,
            sha256: AuditDigest.sha256,
            time: time
        )
    }

    /// What reads Vultr's lists, and the connection that is to be shut down afterwards.
    ///
    /// - Throws: `VultrConnectionError`.
    static func directory(
        _ configuration: Configuration,
        time: any TimeSource,
        metrics: Metrics? = nil,
        logger: Logger
    ) throws -> (VultrConnection, Directory) {
        let connection = try VultrConnection(
            VultrConnection.Configuration(
                url: configuration.vultr.url,
                requestsPerSecond: configuration.vultr.requestsPerSecond,
                timeout: configuration.vultr.timeout.seconds
            ),
            time: time,
            instruments: metrics?.vultr ?? VultrInstruments(),
            logger: logger
        )
        let keys = configuration.vultr.keys.map { configured in
            let client = VultrKeyClient(name: configured.key.name, connection: connection) {
                try configured.secret.resolve().text
            }
            return KeyAccess(key: configured.key, access: client)
        }
        let instruments = metrics?.directory ?? DirectoryInstruments()
        let rate = configuration.vultr.requestsPerSecond
        return (connection, Directory(keys: keys, rate: rate, time: time, instruments: instruments))
    }

    /// For commands: what the person needs to know is in the answer.
    static var quietLogger: Logger {
        var logger = Logger(label: "command") { _ in LineLogHandler(format: .text) }
        logger.logLevel = .error
        return logger
    }

    /// Closes the connections; calls under way fail as cut.
    func shutdown() async { await connection.shutdown() }
}

/// For workers that read no deliveries.
struct NoInterpreter: DeliveryInterpreter {
    func interpret(_ delivery: Delivery) -> Interpretation {
        Interpretation(ignored: "this process reads no deliveries")
    }
}
