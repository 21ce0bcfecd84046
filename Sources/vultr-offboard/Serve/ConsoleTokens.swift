import Console
import Foundation
import Logging
import Offboarding
import StrictYAML

/// The tokens that open the console: the configured ones, or a generated one beside the store.
struct ConsoleTokens {
    /// The generated token's file, beside the store.
    static let file = "console-token"
    /// Who whoever has the generated token is.
    static let generated = Operator(name: "console", role: .operator)
    /// Below this many bytes a token can be guessed.
    private static let shortest = 16

    let configuration: Configuration
    let logger: Logger

    /// Reads them as they are now.
    ///
    /// - Throws: ``CommandFailure`` where one cannot be read.
    func read() throws -> [ConsoleToken] {
        let configured = configuration.console.tokens
        guard !configured.isEmpty else { return [try ConsoleToken(generatedToken(), of: Self.generated)] }
        return try configured.map { one in
            let token: String
            do {
                token = try one.token.current(relativeTo: configuration.directory)
            } catch {
                throw CommandFailure(.configuration, "the console's token of \(one.owner.name): \(error)")
            }
            if token.utf8.count < Self.shortest {
                logger.warning(
                    "a token of the console is so short that it can be guessed",
                    metadata: ["token": "\(one.owner.name)", "bytes": "\(token.utf8.count)"]
                )
            }
            return try ConsoleToken(token, of: one.owner)
        }
    }

    private func generatedToken() throws -> String {
        let path = "\(configuration.storage.folder)/\(Self.file)"
        if FileManager.default.fileExists(atPath: path) {
            let token = try SmallFile.text(path).trimmingCharacters(in: .whitespacesAndNewlines)
            guard token.utf8.count >= Self.shortest else {
                throw CommandFailure(.configuration, "\(path) holds no token; delete it to have one generated")
            }
            return token
        }
        let token = RandomText.make()
        try NewFile.write(token + "\n", to: path, mode: 0o600)
        logger.notice("a token for the console was generated", metadata: ["file": "\(path)"])
        return token
    }
}
