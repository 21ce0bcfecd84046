import ArgumentParser
import Foundation
import HTTPListener
import Offboarding
import Presentation
import Senders
import StrictYAML

/// `senders explain NAME --headers FILE --body FILE`: what the daemon would do with a captured request.
struct ExplainSender: Command {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say step by step what the daemon would do with a captured request, and why it would refuse it.",
        discussion: """
            The headers are `Name: value` lines, perhaps with the request line first, or what `curl -v` wrote. The body's \
            bytes must be as they were sent. What would make a refused request verify is tried out, and said only where it \
            does; no secret and no expected value is ever shown. Exit status: 0 where it would be taken, 1 where not.
            """.examples("senders explain hr --headers headers.txt --body body.json")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "The sender's name.", completion: Completions.senders)
    var sender: String

    @Option(name: .long, help: "The file with the headers.", completion: .file())
    var headers: String

    @Option(name: .long, help: "The file with the body; without it, the body is empty.", completion: .file())
    var body: String?

    @Option(
        name: .long,
        help: "When it arrived, as 2026-11-24T16:00:00Z; now by default.",
        transform: Arguments.time
    )
    var at: Date?

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let configuration = try Configuration.load(file: configuration.config, needs: .senderSecrets)
        let signer = try Signer(sender, in: configuration)
        // One byte more than may come is enough to see that it is too long.
        let bound = configuration.listen.maxBodyBytes + 1
        let head = try InputFile.read(headers, upTo: CapturedRequest.longestHead + 1)
        let bytes = try body.map { try InputFile.read($0, upTo: bound) } ?? []
        let request: CapturedRequest
        do throws(CapturedRequest.Problem) {
            request = try CapturedRequest(head: head, body: bytes)
        } catch {
            throw CommandFailure(.usage, "\(headers): \(error)")
        }
        let now = at ?? Date()
        if let keySet = signer.authenticator.keySet {
            await KeySetService.readOnce(keySet, of: sender, logger: Machinery.quietLogger)
        }
        let explainer: Explainer
        do {
            explainer = try Explainer(
                signer.sender,
                authenticator: signer.authenticator,
                environment: ProcessInfo.processInfo.environment,
                relativeTo: configuration.directory
            )
        } catch {
            throw CommandFailure(.configuration, "sender \(sender): \(error.description)")
        }
        let explanation = explainer.explain(request, at: now, mostBytes: configuration.listen.maxBodyBytes)
        let presentation = ExplanationPresentation(sender: sender, explanation: explanation)
        terminal.print(output.json ? presentation.json.pretty : presentation.text(colours: terminal.hasColours))
        return explanation.isAccepted ? .done : .no
    }
}

/// A file that a command is given.
enum InputFile {
    /// Reads the beginning of a file.
    ///
    /// - Throws: ``CommandFailure`` where it cannot be read.
    static func read(_ path: String, upTo most: Int) throws(CommandFailure) -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw CommandFailure(.usage, "\(path): the file cannot be opened")
        }
        do {
            let data = try handle.read(upToCount: most) ?? Data()
            try handle.close()
            return Array(data)
        } catch {
            throw CommandFailure(.usage, "\(path): the file cannot be read")
        }
    }
}
