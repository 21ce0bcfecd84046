/// What became of credentials, as it can be read inside a transaction.
public protocol CredentialReadings {
    /// By user, kind and key.
    func credentialEndings(of id: CaseID) throws -> [CredentialEnding]
}

/// The same, as it can be changed inside a transaction.
public protocol CredentialSession: CredentialReadings {
    /// Takes the place of the one of the same user, kind and key, if there is one.
    func save(_ ending: CredentialEnding, of id: CaseID) throws
}
