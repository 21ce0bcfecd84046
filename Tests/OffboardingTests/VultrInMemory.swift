import Foundation
import Synchronization

@testable import Offboarding

/// Vultr as one key sees it, with a log of every DELETE and faults that fire in order.
final class VultrInMemory: VultrAccess {
    struct State {
        var organizations: [String]
        /// Members by organization: user id to email.
        var members: [String: [String: String]]
        var serviceUsers: Set<String> = []
        var home: String?
        var owner = "owner@example.com"
        var usersDoubt: String?
        /// Fires for the next calls of that name, first come first served; `nil` lets a call pass.
        var faults: [String: [VultrError?]] = [:]
        /// Fails every call while it is set.
        var outage: VultrError?
        /// The next DELETEs that take effect before they fail.
        var appliesDespiteFault = false
        /// Readings of the users list that go on showing a removed person.
        var lag = 0
        var lagging: [String: String] = [:]
        var deletes: [Membership] = []
        var invitations: [Invitation] = []
        /// API key ids and session tokens by user id.
        var apiKeys: [String: [String]] = [:]
        var roleSessions: [String: [String]] = [:]
        /// What was ended, in order.
        var endedCredentials: [String] = []
        var invitationsReads = 0
        var usersReads = 0
        /// Runs before each DELETE is applied.
        var beforeDelete: (@Sendable () async -> Void)?
        /// Runs before the account is shown, once.
        var beforeAccount: (@Sendable () -> Void)?
    }

    let state: Mutex<State>

    init(_ members: [String: [String: String]], home: String? = nil) {
        state = Mutex(State(organizations: members.keys.sorted(), members: members, home: home))
    }

    var deletes: [Membership] { state.withLock(\.deletes) }
    var usersReads: Int { state.withLock(\.usersReads) }

    func change(_ body: @Sendable (inout State) -> Void) { state.withLock { body(&$0) } }

    private func fault(_ call: String) throws(VultrError) {
        let fault = state.withLock { state -> VultrError? in
            if let outage = state.outage { return outage }
            guard var waiting = state.faults[call], !waiting.isEmpty else { return nil }
            let first = waiting.removeFirst()
            state.faults[call] = waiting
            return first
        }
        if let fault { throw fault }
    }

    func organizations() async throws(VultrError) -> Listing<Organization> {
        try fault("organizations")
        return Samples.proven(state.withLock { $0.organizations }.map(Samples.organization))
    }

    func users() async throws(VultrError) -> Listing<VultrUser> {
        try fault("users")
        return state.withLock { state in
            state.usersReads += 1
            var shown: [String: String] = [:]
            for (organization, members) in state.members where state.home == nil || state.home == organization {
                shown.merge(members) { first, _ in first }
            }
            if state.lag > 0 {
                state.lag -= 1
                shown.merge(state.lagging) { first, _ in first }
            }
            let rows = shown.sorted { $0.key < $1.key }.map {
                Samples.user($0.key, $0.value, service: state.serviceUsers.contains($0.key))
            }
            return Listing(rows: rows, doubt: state.usersDoubt)
        }
    }

    func suspendedUsers(of organization: OrganizationID) async throws(VultrError) -> Listing<VultrUser> {
        try fault("suspended")
        return Samples.proven([])
    }

    func invitations() async throws(VultrError) -> Listing<Invitation> {
        state.withLock { $0.invitationsReads += 1 }
        try fault("invitations")
        return Samples.proven(state.withLock(\.invitations))
    }

    func user(_ id: UserID) async throws(VultrError) -> VultrUser {
        try fault("user")
        return Samples.user(id.text, "", service: state.withLock { $0.serviceUsers.contains(id.text) })
    }

    func accountEmail() async throws(VultrError) -> String {
        state.withLock { state in
            defer { state.beforeAccount = nil }
            return state.beforeAccount
        }?()
        try fault("account")
        return state.withLock(\.owner)
    }

    func apiKeys(of user: UserID) async throws(VultrError) -> Listing<Credential> {
        try fault("apiKeys")
        return Samples.proven(state.withLock { $0.apiKeys[user.text] ?? [] }.map(Credential.init))
    }

    func endAPIKey(_ credential: Credential, of user: UserID) async throws(VultrError) {
        try fault("endAPIKey")
        state.withLock { state in
            state.endedCredentials.append(credential.handle)
            state.apiKeys[user.text]?.removeAll { $0 == credential.handle }
        }
    }

    func roleSessions(of user: UserID) async throws(VultrError) -> Listing<Credential> {
        try fault("roleSessions")
        return Samples.proven(state.withLock { $0.roleSessions[user.text] ?? [] }.map(Credential.init))
    }

    func endRoleSession(_ credential: Credential) async throws(VultrError) {
        try fault("endRoleSession")
        state.withLock { state in
            state.endedCredentials.append(credential.handle)
            for user in state.roleSessions.keys { state.roleSessions[user]?.removeAll { $0 == credential.handle } }
        }
    }

    func remove(_ user: UserID, from organization: OrganizationID) async throws(VultrError) -> Int {
        await state.withLock(\.beforeDelete)?()
        let applies = state.withLock { state -> Bool in
            state.deletes.append(Membership(organization: organization, user: user))
            return state.appliesDespiteFault || ((state.faults["remove"] ?? []).isEmpty && state.outage == nil)
        }
        let removed = applies ? take(user, from: organization) : nil
        try fault("remove")
        guard applies, removed != nil else { throw VultrError(.notFound, status: 404, message: "not a member") }
        return 204
    }

    private func take(_ user: UserID, from organization: OrganizationID) -> String? {
        state.withLock { state in
            let email = state.members[organization.text]?.removeValue(forKey: user.text)
            if let email { state.lagging[user.text] = email }
            return email
        }
    }
}

/// Time that passes only by sleeping in it, at once. Long sleeps (a lease's extension, the patience with a slow key) last
/// until they are cancelled, so that nothing that waits in the background moves the clock.
final class InstantTime: TimeSource {
    private let passed = Mutex<TimeInterval>(0)
    private let stepped = Mutex<TimeInterval>(0)

    func now() -> Date {
        Samples.start.addingTimeInterval(passed.withLock { $0 } + stepped.withLock { $0 }).wholeMilliseconds
    }
    func instant() -> ContinuousClock.Instant { .now + .seconds(passed.withLock { $0 }) }
    /// Sets the wall clock alone.
    func step(_ seconds: TimeInterval) { stepped.withLock { $0 += seconds } }

    func sleep(seconds: TimeInterval) async throws {
        try Task.checkCancellation()
        if seconds > 5 { try await Task.sleep(for: .seconds(86_400)) }
        passed.withLock { $0 += seconds }
        await Task.yield()
    }

    func pass(_ seconds: TimeInterval) { passed.withLock { $0 += seconds } }
}
