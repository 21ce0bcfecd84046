import AuditKeys
import Foundation
import Offboarding
import StrictYAML
import Synchronization
import WebhookSignature

/// What the `audit` section says.
struct AuditSettings: Sendable {
    /// Where the private key is; `nil` leaves the chain unsigned.
    var key: SecretReference?
}

/// Signs with the configured key, which is read when it is first needed: whoever only looks needs no key.
final class ConfiguredSigner: AuditSigner {
    private let reference: SecretReference
    private let directory: String
    private let read = Mutex<(key: SigningKey, publicKey: AuditPublicKey)?>(nil)

    init(_ reference: SecretReference, relativeTo directory: String) {
        self.reference = reference
        self.directory = directory
    }

    func publicKey() throws -> AuditPublicKey { try current().publicKey }

    func sign(_ message: [UInt8]) throws -> [UInt8] { try current().key.sign(message) }

    private func current() throws -> (key: SigningKey, publicKey: AuditPublicKey) {
        try read.withLock { read in
            if let read { return read }
            let key = try SigningKey(pem: try reference.current(relativeTo: directory))
            let both = (key, try AuditPublicKey(key.publicKey, sha256: AuditDigest.sha256))
            read = both
            return both
        }
    }
}

/// The functions of OpenSSL that the domain is handed.
enum AuditDigest {
    static let sha256: SHA256Function = { try SHA256.digest(of: $0) }

    static let signed: AuditSignatureCheck = { key, message, signature in
        try VerifyingKey(key).signed(message, with: signature)
    }
}

extension Configuration {
    /// What signs the audit chain; `nil` where no key is configured.
    var auditSigner: ConfiguredSigner? { audit.key.map { ConfiguredSigner($0, relativeTo: directory) } }

    /// What the audit chain is written with.
    func auditParts(_ time: any TimeSource = SystemTime()) -> AuditParts {
        AuditParts(sha256: AuditDigest.sha256, signer: auditSigner, time: time)
    }
}
