import Foundation
import Offboarding
import StrictYAML

/// How Vultr is reached, and with which keys.
struct VultrSettings: Sendable {
    /// Without a path, query or user.
    let url: String
    let requestsPerSecond: Int
    let timeout: Duration
    /// In the order of the file; no name comes twice, and there is at least one.
    let keys: [ConfiguredKey]

    static let defaultURL = "https://api.vultr.com"
    /// Vultr allows 30 an address; a third of it is left to whatever else runs there.
    static let defaultRequestsPerSecond = 20
    static let defaultTimeout = Duration.seconds(30)
}

/// A key of the configuration: what it is trusted to cover, and where its secret is.
struct ConfiguredKey: Sendable {
    let key: VultrKey
    let secret: KeySecret
}

/// Where a key's secret is. It is read again after Vultr has refused it: keys are rotated while the daemon runs.
struct KeySecret: Sendable {
    let reference: SecretReference
    /// Where a relative path starts.
    let directory: String

    /// Why a secret cannot be used. Says where it was looked for, never what was there.
    struct Problem: Error, Sendable, CustomStringConvertible {
        let description: String
    }

    /// Reads the secret as it is now.
    ///
    /// - Throws: ``Problem``.
    func resolve(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(Problem) -> SecretValue {
        let value: SecretValue
        do throws(SecretReference.Problem) {
            value = try reference.resolve(environment: environment, relativeTo: directory)
        } catch {
            throw Problem(description: error.description)
        }
        // HTTP could not carry it, and the client that says so would show it.
        guard value.text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem(description: "\(reference.place) holds a character that no API key has")
        }
        return value
    }
}
