import Foundation

@testable import vultr_offboard

/// Configurations for tests, each over a folder of its own.
enum ConfigurationSamples {
    static let environment = [
        "VULTR_API_KEY": "made-up-key",
        "HR_SECRET": "whsec_" + Data("a made-up secret, long enough".utf8).base64EncodedString(),
    ]

    static let minimal = """
        vultr:
          keys: [{name: production, key: {env: VULTR_API_KEY}}]
        senders:
          - {name: hr, preset: standard-webhooks, secrets: [{env: HR_SECRET}]}
        policy:
          mode: dry_run
        """

    /// Reads a text as `c.yaml` in a folder that need not exist.
    static func read(
        _ text: String,
        needs: Configuration.Needs = .everything,
        environment: [String: String] = environment,
        directory: String = "/somewhere"
    ) throws(ConfigurationError) -> Configuration {
        try ConfigurationReader(environment: environment, directory: directory, needs: needs)
            .read(text: text, name: "c.yaml", file: "/somewhere/c.yaml")
    }

    /// What is reported for a text; empty when it can be used.
    static func problems(
        _ text: String,
        needs: Configuration.Needs = .everything,
        environment: [String: String] = environment
    ) -> [String] {
        do throws(ConfigurationError) {
            _ = try read(text, needs: needs, environment: environment)
            return []
        } catch {
            return error.problems
        }
    }

    /// A folder that is removed after the body.
    static func withFolder<Answer>(_ body: (URL) async throws -> Answer) async throws -> Answer {
        let folder = FileManager.default.temporaryDirectory.appending(path: "offboard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        do {
            let answer = try await body(folder)
            try FileManager.default.removeItem(at: folder)
            return answer
        } catch {
            try FileManager.default.removeItem(at: folder)
            throw error
        }
    }
}
