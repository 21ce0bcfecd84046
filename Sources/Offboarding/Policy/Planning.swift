/// Plans from a reading, asking Vultr about rows that do not say whether they are service users (rule 4).
struct Planning: Sendable {
    let directory: Directory
    let policy: Policy

    func plan(
        for email: EmailAddress,
        aliases: [EmailAddress],
        senders: [String],
        remembered: Set<Membership>,
        from reading: DirectoryReading
    ) async -> Plan {
        var planner = Planner(email: email, aliases: aliases, policy: policy, senders: senders, remembered: remembered)
        for (id, key) in Planner.undeclared(of: [email] + aliases, in: reading) {
            do throws(VultrError) {
                planner.serviceUsers[id] = try await directory.isServiceUser(id, shownBy: key)
            } catch {
                planner.undecided[id] = Planner.Undecided(key: key, error: error)
            }
        }
        return planner.plan(from: reading)
    }
}
