import Offboarding

/// Enters into the audit chain what a process goes by.
struct ConfigurationRecord: Sendable {
    private let configuration: Configuration
    private let process: String

    /// What the store remembers of the last entry under.
    private static let subject = "configuration in the audit chain"

    /// - Parameter process: `serve` or `command`.
    init(_ configuration: Configuration, process: String) {
        self.configuration = configuration
        self.process = process
    }

    /// Enters the configuration's digest.
    ///
    /// - Parameter always: whether also where it is the last one's.
    /// - Throws: `StoreError`, also where the key that is to sign cannot be read.
    func note(in store: any Store, always: Bool) async throws {
        let digest = configuration.digest
        if !always, try await store.read({ try $0.noticeCause(of: Self.subject) }) == digest { return }
        let key: String?
        do {
            key = try configuration.auditSigner?.publicKey().fingerprint
        } catch {
            throw StoreError(.unavailable, "the key of the audit chain cannot be read: \(error)")
        }
        let mode = configuration.policy.mode
        let process = process
        let user = OperatingSystemUser.name
        try await store.write { session in
            try session.setNoticeCause(digest, of: Self.subject)
            try session.note(
                .loaded(digest: digest, mode: mode, process: process, key: key, by: .person(user), at: session.now)
            )
        }
    }
}
