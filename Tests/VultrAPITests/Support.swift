import Foundation
import Logging
import Offboarding
import Synchronization
import Testing

@testable import VultrAPI

/// A clock that jumps instead of waiting, and remembers for how long it was asked to wait.
final class JumpingTime: TimeSource {
    private struct State {
        var passed: TimeInterval = 0
        var sleeps: [TimeInterval] = []
    }

    static let start = Date(timeIntervalSince1970: 1_795_000_000)
    private let origin = ContinuousClock.now
    private let state = Mutex(State())

    /// Waits longer than a slot of the test's rate: those of retries.
    var retryWaits: [TimeInterval] { state.withLock { $0.sleeps.filter { $0 > 0.02 } } }

    func now() -> Date { Self.start.addingTimeInterval(state.withLock { $0.passed }) }
    func instant() -> ContinuousClock.Instant { origin + .seconds(state.withLock { $0.passed }) }

    func sleep(seconds: TimeInterval) async throws {
        try Task.checkCancellation()
        state.withLock {
            $0.passed += seconds
            $0.sleeps.append(seconds)
        }
    }
}

/// Keeps every log line of every level.
final class LogKeeper: Sendable {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(keeper: self) }
    }

    private struct Handler: LogHandler {
        let keeper: LogKeeper
        var logLevel: Logger.Level = .trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            keeper.kept.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }
}

/// A client with its server, clock and log.
struct Bench: Sendable {
    static let key = "KEY-0123456789"

    let server: ScriptedServer
    let connection: VultrConnection
    let client: VultrKeyClient
    let time: JumpingTime
    let log: LogKeeper

    /// Runs `body` against a server that follows `script`; `secret` gives the key.
    static func run<Value>(
        timeout: TimeInterval = 10,
        secret: @escaping @Sendable () throws -> String = { key },
        _ script: Script,
        _ body: (Bench) async throws -> Value
    ) async throws -> Value {
        try await ScriptedServer.run(script) { server in
            let time = JumpingTime()
            let log = LogKeeper()
            let connection = try VultrConnection(
                .init(url: server.url, requestsPerSecond: 1_000, timeout: timeout),
                time: time,
                random: { 0.5 },
                logger: log.logger
            )
            let client = VultrKeyClient(name: "production", connection: connection, secret: secret)
            let bench = Bench(server: server, connection: connection, client: client, time: time, log: log)
            do {
                let value = try await body(bench)
                await connection.shutdown()
                return value
            } catch {
                await connection.shutdown()
                throw error
            }
        }
    }
}

/// The error that a call ends with; a call that succeeds fails the test.
func failure<Value>(
    line: Int = #line,
    of call: () async throws -> Value
) async throws -> VultrError {
    do {
        _ = try await call()
    } catch let error as VultrError {
        return error
    }
    throw Unexpected("the call of line \(line) succeeded")
}

struct Unexpected: Error {
    let text: String

    init(_ text: String) { self.text = text }
}

/// Random numbers that are the same in every run.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
