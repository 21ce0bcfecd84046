import ArgumentParser
import Foundation
import Offboarding
import Presentation
import Senders
import WebhookSignature

/// `sign --sender NAME BODYFILE`: the headers that make a body a valid request now.
struct Sign: Command {
    static let configuration = CommandConfiguration(
        abstract: "Print the headers that make a file's bytes a valid request of a sender now.",
        discussion: "One `Name: value` a line, as curl takes them with --header @FILE; with --json an array.".examples(
            "sign --sender hr body.json",
            "sign --sender hr body.json --json"
        )
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Option(name: .long, help: "The sender's name.", completion: Completions.senders)
    var sender: String

    @Argument(help: "The file with the body; its bytes are signed as they are.", completion: .file())
    var bodyFile: String

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let configuration = try Configuration.load(file: configuration.config, needs: .senderSecrets)
        let signer = try Signer(sender, in: configuration)
        guard let body = FileManager.default.contents(atPath: bodyFile) else {
            throw CommandFailure(.usage, "\(bodyFile): the file cannot be read")
        }
        let request = try signer.sign(Array(body), at: Date())
        let headers = request.headers
        terminal.print(
            output.json
                ? JSONOutput.list(headers.map { .object([("name", .text($0.name)), ("value", .text($0.value))]) })
                    .pretty
                : headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        )
        return .done
    }
}

/// Makes valid requests of one sender.
struct Signer: Sendable {
    /// A body with the headers that make it a valid request.
    struct SignedRequest: Sendable {
        let headers: [(name: String, value: String)]
        let body: [UInt8]
    }

    let sender: Sender
    let authenticator: Authenticator

    /// - Throws: ``CommandFailure`` where there is no sender of that name.
    init(_ name: String, in configuration: Configuration) throws(CommandFailure) {
        guard let configured = configuration.sender(named: name), let authenticator = configured.authenticator else {
            let names = configuration.senders.map(\.sender.name).joined(separator: ", ")
            throw CommandFailure(.usage, "there is no sender \(name); there are: \(names.isEmpty ? "none" : names)")
        }
        sender = configured.sender
        self.authenticator = authenticator
    }

    /// Signs a body under a new id.
    ///
    /// - Parameter others: headers that go with it unsigned.
    /// - Throws: ``CommandFailure`` where the sender's requests cannot be made from a body alone.
    func sign(
        _ body: [UInt8],
        beside others: [(name: String, value: String)] = [],
        at date: Date
    ) throws(CommandFailure) -> SignedRequest {
        let headers: [(name: String, value: String)]
        do throws(SignatureError) {
            headers = try authenticator.sign(body: body, id: Self.newID(at: date), timestamp: date)
        } catch {
            throw CommandFailure(.no, "the body cannot be signed: \(error)")
        }
        return SignedRequest(headers: headers + others, body: body)
    }

    /// What tells repetitions of a request from new ones, as the listener will find it.
    ///
    /// - Throws: ``CommandFailure`` where the listener would refuse the request.
    func replayKey(of request: SignedRequest, at date: Date) throws -> ReplayKey {
        let values = { (name: String) in
            request.headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        }
        let verification = authenticator.authenticate(
            headers: { HeaderValues(values($0)) },
            body: request.body,
            now: date
        )
        switch verification {
        case .verified(let verified):
            let digest = try ReplayDigest(sender)(body: request.body, headers: values)
            return ReplayKey(signedID: verified.signedID, bodyDigest: digest)
        case .refused(let cause):
            throw CommandFailure(
                .no,
                "a request of sender \(sender.name) cannot be made up: it would be refused (\(cause.rawValue))"
            )
        }
    }

    private static func newID(at date: Date) -> String {
        DeliveryID.make(prefix: "msg_", at: date).text
    }
}
