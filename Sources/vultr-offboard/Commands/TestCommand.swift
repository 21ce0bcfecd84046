import ArgumentParser
import Foundation
import Offboarding
import Presentation
import Senders
import StrictYAML

/// `test SENDER`: a signed, made-up departure through the running listener.
struct TestCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Send a made-up departure through the running daemon. It is planned, never enforced.",
        discussion: .examples("test hr")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "The sender's name.", completion: Completions.senders)
    var sender: String

    /// How long the daemon may take to turn the delivery into a finished case, in seconds.
    private static let patience: TimeInterval = 120
    private static let pollInterval: TimeInterval = 0.1

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        try await Workbench.with(configuration, needs: .senderSecrets, terminal: terminal) { bench in
            let signer = try Signer(sender, in: bench.configuration)
            guard let daemon = try await bench.daemon(), let address = daemon.listener else {
                throw CommandFailure(.unavailable, "no daemon is running on this store")
            }
            guard Node.isHere(daemon) else {
                throw CommandFailure(.unavailable, "the daemons of this store run on other machines: test it there")
            }
            let now = bench.time.now()
            let email = try madeUpEmail(bench.configuration)
            let departure = try departure(of: email, as: signer.sender, bench.configuration, now: now)
            let request = try signer.sign(departure.body, beside: departure.headers, at: now)
            let key = try signer.replayKey(of: request, at: now)
            let name = signer.sender.name
            // Before it is sent, so that the engine can never take it for a real one.
            try await bench.store.write { try $0.announceTest(sender: name, key: key, at: now) }
            let answer = try await Progress(terminal: terminal).during("sending to \(address)") {
                try await WebhookSending(listener: address).send(request, to: name)
            }
            guard (200..<300).contains(answer) else {
                throw CommandFailure(.no, "the daemon answered \(answer): it runs with another configuration")
            }
            let settled = try await Progress(terminal: terminal).during("waiting for the case") {
                try await finished(email, bench)
            }
            [settled].print(on: terminal, json: output.json)
            return settled.shown.restraint == .test ? settled.status : .no
        }
    }

    private func madeUpEmail(_ configuration: Configuration) throws -> EmailAddress {
        let bounds =
            configuration.sender(named: sender)?.policy.domains ?? configuration.policy.domains
        let domain = bounds.first ?? configuration.policy.domains.first ?? "example.com"
        return try Arguments.email("offboard-test-\(UInt64.random(in: 0...UInt64.max))@\(domain)")
    }

    private func departure(
        of email: EmailAddress,
        as sender: Sender,
        _ configuration: Configuration,
        now: Date
    ) throws -> SampleDeparture {
        guard sender.chat == nil else {
            throw CommandFailure(.no, "sender \(sender.name) is a chat tool: ask there, and cancel the plan it shows")
        }
        let credential = try credential(of: sender, configuration)
        let departure: SampleDeparture
        do throws(SampleBody.Problem) {
            departure = try SampleBody.departure(
                of: email.text,
                as: sender,
                id: "test-\(UInt64.random(in: 0...UInt64.max))",
                credential: credential,
                now: TimeText.text(now)
            )
        } catch {
            throw CommandFailure(.no, "a departure of sender \(sender.name) cannot be made up: \(error)")
        }
        let headers = departure.headers.map { Delivery.Header(name: $0.name.lowercased(), value: $0.value) }
        let read = sender.interpreter.interpret(body: departure.body, headers: headers)
        guard read.departures.map(\.email) == [email] else {
            throw CommandFailure(.no, "a departure of sender \(sender.name) cannot be made up from its rules")
        }
        return departure
    }

    private func credential(of sender: Sender, _ configuration: Configuration) throws -> String? {
        try sender.credential?.value.resolve(
            environment: ProcessInfo.processInfo.environment,
            relativeTo: configuration.directory
        ).text
    }

    /// The case of the made-up person, once nothing more happens to it.
    private func finished(_ email: EmailAddress, _ bench: Workbench) async throws -> CasePresentation {
        let latest = bench.time.now().addingTimeInterval(Self.patience)
        while bench.time.now() < latest {
            let found = try await bench.store.read { session in
                try session.cases(matching: CaseFilter(email: email, limit: 1)).first
                    .map { try CasePresentation($0, in: session) }
            }
            if let found, found.shown.state != .queued, found.shown.state != .running { return found }
            try await bench.time.sleep(seconds: Self.pollInterval)
        }
        throw CommandFailure(.unavailable, "the daemon took the delivery and did not finish its case")
    }
}

extension CasePresentation {
    /// As the exit status of a command that waited for the case.
    fileprivate var status: CommandStatus { CommandStatus(of: shown) }
}
