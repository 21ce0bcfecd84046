import Foundation
import Logging
public import Offboarding
import Synchronization

/// What one API key can do at Vultr, over the connection that all keys share.
///
/// GETs are tried again here, a few times and within seconds. A DELETE is not: whoever orders it records every attempt
/// first. The one exception is an answer of 401 to a secret that was replaced meanwhile: Vultr has then done nothing, and
/// the call is made once more with the new secret.
public final class VultrKeyClient: VultrAccess, CustomStringConvertible, CustomReflectable {
    /// The key's name in the configuration.
    public let name: String

    let connection: VultrConnection
    private let readSecret: @Sendable () throws -> String
    private let known: Mutex<Secret?> = Mutex(nil)

    /// - Parameters:
    ///   - name: The key's name, for logs.
    ///   - connection: The shared connection; it must outlive this client's calls.
    ///   - secret: Gives the present secret. Called before the first request and after every 401, perhaps from several
    ///     threads at once.
    public init(name: String, connection: VultrConnection, secret: @escaping @Sendable () throws -> String) {
        self.name = name
        self.connection = connection
        readSecret = secret
    }

    public var description: String { "VultrKeyClient(\(name))" }
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }

    public func organizations() async throws(VultrError) -> Listing<Organization> {
        try await list(OrganizationRow.self, .organizations, path: "/organizations")
    }

    public func users() async throws(VultrError) -> Listing<VultrUser> {
        try await list(UserRow.self, .users, path: "/users")
    }

    public func suspendedUsers(of organization: OrganizationID) async throws(VultrError) -> Listing<VultrUser> {
        let segment = try segment(organization, "organization")
        return try await list(SuspendedUserRow.self, .suspendedUsers, path: "/organizations/\(segment)/suspended-users")
    }

    public func invitations() async throws(VultrError) -> Listing<Invitation> {
        try await list(InvitationRow.self, .invitations, path: "/invitation")
    }

    public func user(_ id: UserID) async throws(VultrError) -> VultrUser {
        let call = Call(.user, path: "/users/\(try segment(id, "user"))")
        return try await get(call, as: SingleUser.self) { (answer) throws(Misread) in
            guard let user = answer.row?.user else { throw Misread("the user has no id") }
            guard user.id == id else { throw Misread("the user has another id than the one asked for") }
            return user
        }
    }

    public func accountEmail() async throws(VultrError) -> String {
        let call = Call(.account, path: "/account")
        return try await get(call, as: Account.self) { (answer) throws(Misread) in
            guard let email = answer.email else { throw Misread("the account has no email") }
            return email
        }
    }

    public func remove(_ user: UserID, from organization: OrganizationID) async throws(VultrError) -> Int {
        let call = Call(
            .remove,
            path: "/organizations/\(try segment(organization, "organization"))/user/\(try segment(user, "user"))"
        )
        return try await delete(call)
    }

    /// Sends a DELETE; its answer's status, which is 200, 202 or 204.
    func delete(_ call: Call) async throws(VultrError) -> Int {
        let status = try await send(call).status
        guard [200, 202, 204].contains(status) else {
            throw VultrError(
                .brokenAnswer,
                status: status,
                message: "\(call.name) was answered with an unknown status",
                mayHaveBeenApplied: true
            )
        }
        return status
    }

    func segment<Subject>(_ id: Identifier<Subject>, _ what: String) throws(VultrError) -> String {
        guard let segment = BaseURL.segment(id.text) else {
            throw VultrError(.operatorNeeded, message: "the \(what) id cannot be put in a path; nothing was sent")
        }
        return segment
    }

    // MARK: - The secret

    /// The secret in use, read when there is none yet.
    func secret() throws(VultrError) -> Secret {
        if let secret = known.withLock({ $0 }) { return secret }
        let secret = try freshSecret()
        known.withLock { $0 = secret }
        return secret
    }

    /// The secret as it is now where it differs from the one that was refused, else `nil`.
    func replacement(for refused: Secret) throws(VultrError) -> Secret? {
        let secret = try freshSecret()
        known.withLock { $0 = secret }
        return secret.matches(refused) ? nil : secret
    }

    private func freshSecret() throws(VultrError) -> Secret {
        do {
            return try Secret(readSecret())
        } catch let unusable as Secret.Unusable {
            throw VultrError(.operatorNeeded, message: "the key \(name) cannot be used: \(unusable.rawValue)")
        } catch {
            // The cause is not shown: whoever reads secrets may have put one into its error.
            throw VultrError(.operatorNeeded, message: "the secret of the key \(name) cannot be read")
        }
    }
}
