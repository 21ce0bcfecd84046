import Testing

@testable import Offboarding

@Suite("Plans (rules 1 to 6, 8 and 12)")
struct PlannerTests {
    @Test("a row of a single organization's list is one membership, and near misses are none")
    func single() throws {
        let reading = DirectoryReading(keys: [
            try Samples.reading(
                organizations: ["o1"],
                users: [
                    Samples.user("u1", "Avery.Stone@Example.com"), Samples.user("u2", "avery.stone+x@example.com"),
                    Samples.user("u3", "xavery.stone@example.com"), Samples.user("u4", "avery.stone@mail.example.com"),
                ]
            )
        ])
        let plan = try Samples.planner().plan(from: reading)
        #expect(plan.memberships == [Samples.membership("o1", "u1")])
        #expect(plan.doubts.isEmpty)
        #expect(plan.entries.map(\.keys) == [["production"]])
    }

    @Test("a row of a key that lists several organizations stands for each that it covers")
    func several() throws {
        let key = VultrKey(name: "all", organizations: .only([OrganizationID("o1"), OrganizationID("o2")]))
        let reading = DirectoryReading(keys: [
            try Samples.reading(key, organizations: ["o1", "o2", "o3"], users: [Samples.user("u1", Samples.avery)])
        ])
        let plan = try Samples.planner().plan(from: reading)
        #expect(plan.memberships == [Samples.membership("o1", "u1"), Samples.membership("o2", "u1")])
        #expect(plan.uncovered == [OrganizationID("o3")])
    }

    @Test("a person who is not on the one list of a key that lists several organizations leaves a doubt for a person")
    func severalWithoutThePerson() throws {
        let oneList = DirectoryReading(keys: [try Samples.reading(organizations: ["o1", "o2"], users: [])])
        #expect(try Samples.planner().plan(from: oneList).doubts.map(\.remedy) == [.person])
        let key = VultrKey(name: "all", usersList: .allOrganizations)
        let allLists = DirectoryReading(keys: [try Samples.reading(key, organizations: ["o1", "o2"], users: [])])
        #expect(try Samples.planner().plan(from: allLists).doubts.isEmpty)
    }

    @Test("a suspended person who is not on the users list is found")
    func suspended() throws {
        let reading = DirectoryReading(keys: [
            try Samples.reading(
                organizations: ["o1"],
                users: [],
                suspended: ["o1": [Samples.user("u9", Samples.avery, service: nil)]]
            )
        ])
        #expect(try Samples.planner().plan(from: reading).memberships == [Samples.membership("o1", "u9")])
        #expect(Planner.undeclared(of: [try EmailAddress(Samples.avery)], in: reading) == [UserID("u9"): "production"])
    }

    @Test("a service user is never removed, whether its row says so or Vultr does when asked")
    func serviceUsers() throws {
        let reading = DirectoryReading(keys: [
            try Samples.reading(
                organizations: ["o1"],
                users: [
                    Samples.user("bot", Samples.avery, service: true), Samples.user("u2", Samples.avery, service: nil),
                ]
            )
        ])
        let asked = try Samples.planner(serviceUsers: [UserID("u2"): true]).plan(from: reading)
        #expect(asked.memberships.isEmpty)
        #expect(asked.entries.allSatisfy { $0.action == .serviceUser })
        let silent = try Samples.planner().plan(from: reading)
        #expect(silent.memberships == [Samples.membership("o1", "u2")])
        #expect(!silent.hasSeveralIDs, "a service user is no id of the person")
    }

    @Test("two ids for the person in one list are noticed, two in two lists are not")
    func severalIDs() throws {
        let twice = [Samples.user("u1", Samples.avery), Samples.user("u2", "AVERY.stone@example.com")]
        let one = DirectoryReading(keys: [try Samples.reading(organizations: ["o1"], users: twice)])
        #expect(try Samples.planner().plan(from: one).hasSeveralIDs)
        let two = DirectoryReading(keys: [
            try Samples.reading(VultrKey(name: "a"), organizations: ["o1"], users: [twice[0]]),
            try Samples.reading(VultrKey(name: "b"), organizations: ["o2"], users: [twice[1]]),
        ])
        #expect(try !Samples.planner().plan(from: two).hasSeveralIDs)
    }

    @Test("a protected email, alias, domain or user id lets nothing run", arguments: 0..<4)
    func protected(which: Int) throws {
        let entries: [Protected] = [
            .email(try EmailAddress(Samples.avery)), .email(try EmailAddress("alias@example.com")),
            .domain("example.com"), .user(UserID("u1")),
        ]
        let reading = DirectoryReading(keys: [
            try Samples.reading(organizations: ["o1"], users: [Samples.user("u1", Samples.avery)])
        ])
        let policy = Policy(mode: .enforce, protected: [entries[which]])
        let plan = try Samples.planner(aliases: ["alias@example.com"], policy: policy).plan(from: reading)
        #expect(plan.protection != nil)
        #expect(plan.memberships.isEmpty)
        #expect(plan.entries.map(\.action) == [.protected])
    }

    @Test("the owner of any key is protected with every key")
    func owner() throws {
        let reading = DirectoryReading(keys: [
            try Samples.reading(VultrKey(name: "a"), organizations: ["o1"], users: [Samples.user("u1", Samples.avery)]),
            try Samples.reading(VultrKey(name: "b"), organizations: ["o2"], users: [], owners: [Samples.avery]),
        ])
        #expect(try Samples.planner().plan(from: reading).protection != nil)
    }

    @Test("domains bound the policy and a sender bounds them further; a subdomain is another domain")
    func domains() throws {
        let reading = DirectoryReading(keys: [try Samples.reading(organizations: ["o1"], users: [])])
        let policy = Policy(
            mode: .enforce,
            domains: ["example.com"],
            senders: ["chat": SenderPolicy(domains: ["other.example"])]
        )
        #expect(try Samples.planner(policy: policy).plan(from: reading).protection == nil)
        #expect(try Samples.planner("a@mail.example.com", policy: policy).plan(from: reading).protection != nil)
        #expect(try Samples.planner(policy: policy, sender: "chat").plan(from: reading).protection != nil)
    }

    @Test("a second key that reaches the organization is named behind the one that shows the person")
    func keysInOrder() throws {
        let reading = DirectoryReading(keys: [
            try Samples.reading(
                VultrKey(name: "a", usersList: .allOrganizations),
                organizations: ["o1", "o2"],
                users: []
            ),
            try Samples.reading(VultrKey(name: "b"), organizations: ["o1"], users: [Samples.user("u1", Samples.avery)]),
        ])
        #expect(try Samples.planner().plan(from: reading).entries.map(\.keys) == [["b", "a"]])
    }

    @Test("an unproven list, an unreadable key and an organization that is not listed each leave a doubt")
    func doubts() throws {
        let now = ContinuousClock.now
        let reading = DirectoryReading(keys: [
            try Samples.reading(organizations: ["o1"], users: [], usersDoubt: "3 of 4 rows"),
            KeyReading(
                key: VultrKey(name: "broken"),
                began: now,
                ended: now,
                failure: VultrError(.operatorNeeded, status: 401, message: "unauthorized")
            ),
            try Samples.reading(
                VultrKey(name: "far", organizations: .only([OrganizationID("o7")])),
                organizations: ["o2"],
                users: []
            ),
        ])
        let plan = try Samples.planner().plan(from: reading)
        #expect(plan.doubts.map(\.key) == ["production", "broken", "far"])
        #expect(plan.doubts.map(\.remedy) == [.waiting, .person, .person])
        #expect(plan.doubts[1].unreadable?.status == 401)
    }
}
