public import Foundation

/// What one API key can do at Vultr: the few calls that offboarding needs.
///
/// An implementation retries nothing that changes anything, keeps to the rate limit, follows no redirect, and never
/// shows the key. Every call throws ``VultrError`` and nothing else; cancelling the task throws
/// ``VultrError/Code/unavailable``.
public protocol VultrAccess: Sendable {
    /// The organizations that the key lists, all pages.
    func organizations() async throws(VultrError) -> Listing<Organization>
    /// The users that the key lists, all pages, service users among them.
    func users() async throws(VultrError) -> Listing<VultrUser>
    /// The suspended users of one organization, all pages.
    func suspendedUsers(of organization: OrganizationID) async throws(VultrError) -> Listing<VultrUser>
    /// One user; asked where a list row does not say whether it is a service user.
    func user(_ id: UserID) async throws(VultrError) -> VultrUser
    /// The email of the account that owns the key.
    func accountEmail() async throws(VultrError) -> String
    /// The invitations that the key lists, all pages.
    func invitations() async throws(VultrError) -> Listing<Invitation>
    /// Ends one membership: `DELETE /v2/organizations/{organization}/user/{user}`, sent once; after a 401,
    /// which did nothing, once more if the key's secret has been replaced meanwhile.
    ///
    /// - Returns: the 2xx status of the answer.
    /// - Throws: ``VultrError``; its ``VultrError/mayHaveBeenApplied`` says whether the request may have taken effect.
    func remove(_ user: UserID, from organization: OrganizationID) async throws(VultrError) -> Int
    /// A user's API keys, all pages: their ids.
    func apiKeys(of user: UserID) async throws(VultrError) -> Listing<Credential>
    /// Ends one: `DELETE /v2/users/{user}/apikeys/{key}`, sent once.
    func endAPIKey(_ credential: Credential, of user: UserID) async throws(VultrError)
    /// The roles that a user has assumed, all pages: the sessions' tokens, which are secrets.
    func roleSessions(of user: UserID) async throws(VultrError) -> Listing<Credential>
    /// Ends one: `DELETE /v2/assumed-roles/{session token}`, sent once.
    func endRoleSession(_ credential: Credential) async throws(VultrError)
}

/// A call to Vultr that did not succeed, classified by status and never by the answer's text.
public struct VultrError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// Trouble that passes: a cut connection, a timeout, 5xx. Retry now, with backoff.
        case unavailable
        /// 429. Retry at ``VultrError/retryAt``, or with backoff where that is `nil`.
        case rateLimited
        /// 401, 403 and every other 4xx but 404 and 429, a redirect, an id that cannot be put in a path: a person must
        /// act.
        case operatorNeeded
        /// 404.
        case notFound
        /// An answer of status 2xx that is not what the endpoint returns: truncated JSON, HTML, a missing id. Retried,
        /// never believed.
        case brokenAnswer
    }

    public let code: Code
    /// The status of the answer, where there was one.
    public let status: Int?
    /// What happened, for people: at most 200 characters, without key, email or body.
    public let message: String
    /// When Vultr asked to be called again, already bounded by a ceiling.
    public let retryAt: Date?
    /// For a DELETE: whether it may have taken effect although it failed here.
    public let mayHaveBeenApplied: Bool

    public init(
        _ code: Code,
        status: Int? = nil,
        message: String,
        retryAt: Date? = nil,
        mayHaveBeenApplied: Bool = false
    ) {
        self.code = code
        self.status = status
        self.message = message
        self.retryAt = retryAt
        self.mayHaveBeenApplied = mayHaveBeenApplied
    }

    /// Whether waiting may help; otherwise a person must act.
    public var passes: Bool { code == .unavailable || code == .rateLimited || code == .brokenAnswer }

    public var description: String { status.map { "\(message) (status \($0))" } ?? message }
}
