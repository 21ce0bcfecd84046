import ArgumentParser
import Foundation

/// A faithful Vultr API on the loopback address, for tests and for trying things out.
@main struct VultrSimulator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vultr-simulator",
        abstract: "A faithful Vultr API on the loopback address, with switches for faults and unknowns."
    )

    /// sysexits(3): the configuration is wrong, and the service cannot be had.
    private static let wrongConfiguration = ExitCode(78)
    private static let unavailable = ExitCode(69)

    @Argument(help: "The state: who is a member where, keys, switches and faults, in YAML.")
    var state: String

    @Option(help: "The port on 127.0.0.1; 0 for a free one.")
    var port: UInt16 = 0

    @Option(help: "A file for the log of all calls, in JSON lines; one that is there is emptied.")
    var log: String?

    @Option(help: "A file that gets the port's number once the simulator listens.")
    var portFile: String?

    func run() async throws {
        let (stop, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let sources = [SIGTERM, SIGINT].map { Self.source($0, continuation) }
        let simulator: Simulator
        do {
            simulator = try Simulator(statePath: state, logPath: log)
        } catch {
            StandardStreams.complain(error.description)
            throw Self.wrongConfiguration
        }
        let server: Server
        do {
            server = try await Server.start(simulator, port: Int(port))
            if let portFile {
                try Data("\(server.port)\n".utf8).write(to: URL(fileURLWithPath: portFile), options: .atomic)
            }
        } catch {
            StandardStreams.complain("cannot listen: \(error)")
            throw Self.unavailable
        }
        StandardStreams.say("listening on http://127.0.0.1:\(server.port)")
        for await _ in stop { break }
        try await server.stop()
        for source in sources { source.cancel() }
    }

    /// Yields for a signal, which ends the process no longer by itself.
    private static func source(
        _ number: Int32,
        _ continuation: AsyncStream<Void>.Continuation
    ) -> any DispatchSourceSignal {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { continuation.yield() }
        source.resume()
        return source
    }
}
