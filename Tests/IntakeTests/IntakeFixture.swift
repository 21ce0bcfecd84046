import Foundation
import HTTPListener
import Logging
import Offboarding
import PrometheusText
import Senders
import StrictYAML
import Synchronization
import Testing

@testable import Intake

/// A store for requests that never get as far as storing anything.
struct UnusedStore: Store {
    let arrivals = AsyncStream<Void> { $0.finish() }

    func append(
        _ incoming: IncomingDelivery,
        completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) { completion(.failure(Self.unused)) }

    func write<Answer: Sendable>(
        _ body: @escaping @Sendable (any StoreSession) throws -> Answer
    ) async throws -> Answer { throw Self.unused }

    func read<Answer: Sendable>(
        _ body: @escaping @Sendable (any StoreReadings) throws -> Answer
    ) async throws -> Answer { throw Self.unused }

    var isShared: Bool { false }

    func isReady() async -> Bool { false }
    func scrub() async throws {}
    func close() async throws {}

    private static let unused = StoreError(.unavailable, "nothing is stored here")
}

/// A clock that stands still.
struct StoppedTime: TimeSource {
    var at = Date(timeIntervalSince1970: 1_795_536_000)

    func now() -> Date { at }
    func instant() -> ContinuousClock.Instant { .now }
    func sleep(seconds: TimeInterval) async throws {}
}

/// Every line that was logged, with its metadata.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let pairs = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()
            let line = ([event.level.rawValue, event.message.description] + pairs).joined(separator: " ")
            lines.lines.withLock { $0.append(line) }
        }
    }
}

struct IntakeFixture {
    let log = LogLines()
    let metrics = MetricRegistry([
        MetricFamily(IntakeInstruments.deliveries, .counter, "", labels: ["sender", "result"]),
        MetricFamily(IntakeInstruments.refusals, .counter, "", labels: ["sender", "cause"]),
        MetricFamily(IntakeInstruments.skew, .gauge, "", labels: ["sender"]),
        MetricFamily(IntakeInstruments.lastDelivery, .gauge, "", labels: ["sender"]),
        MetricFamily(StrangerInstruments.requests, .counter, ""),
    ])
    let router: WebhookRouter

    /// One sender named `hr` of the preset `standard-webhooks`, with further lines of YAML.
    init(_ more: String = "") throws {
        let logger = log.logger
        let metrics = metrics
        let problems = YAMLProblems()
        let yaml = "senders:\n  - {name: hr, preset: standard-webhooks, secrets: [{env: SECRET}]\(more)}"
        let root = YAMLMapping(try YAMLNode.parse(yaml, file: "test.yaml"), problems: problems)
        let endpoints = try Sender.readAll(root.mappings("senders", .required) ?? []).compactMap { sender in
            let environment = ["SECRET": "whsec_Zml4dHVyZSBrZXksIGZvciBub3RoaW5nIGVsc2U="]
            let authenticator = Authenticator(
                sender,
                environment: environment,
                relativeTo: "/",
                problems: problems
            )
            return try authenticator.map {
                try WebhookEndpoint(
                    sender: sender,
                    authenticator: $0,
                    store: UnusedStore(),
                    replayMemory: 86_400,
                    time: StoppedTime(),
                    instruments: IntakeInstruments(sender: sender.name, factory: metrics),
                    logger: logger
                )
            }
        }
        try problems.throwIfAny()
        router = WebhookRouter(
            endpoints: endpoints,
            others: NothingElse(),
            strangers: StrangerInstruments(factory: metrics)
        )
    }

    func head(
        _ method: String = "POST",
        _ path: String = "/hooks/hr",
        _ headers: [(String, String)] = [],
        from address: String = "192.0.2.7",
        query: String? = nil
    ) throws -> RequestHead {
        let peer = try #require(IPAddress(address))
        return RequestHead(
            method: method,
            path: path,
            query: query,
            headers: HeaderFields(headers.map { HeaderField($0.0, $0.1) }),
            peer: peer
        )
    }

    func status(_ head: RequestHead) -> Int? {
        switch router.route(head) {
        case .answer(let response): response.status
        case .endpoint(let endpoint): endpoint.admit(head)?.status
        }
    }
}

private final class NothingElse: RequestRouter {
    func route(_ head: RequestHead) -> Routing { .answer(.notFound) }
}
