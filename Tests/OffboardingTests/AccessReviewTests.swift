import Foundation
import Testing

@testable import Offboarding

@Suite("Reviewing who has access")
struct AccessReviewTests {
    private let one = Samples.user("u1", Samples.avery)
    private let robot = Samples.user("u2", "robot@example.com", service: true)
    private let blake = Samples.user("u3", "blake@example.com")

    private func rows(_ review: AccessReview) -> [String] {
        review.rows.map { row in
            let place = row.organizationID?.text ?? row.organizationName ?? "-"
            let marks = (row.isServiceUser == true ? " service" : "") + (row.isSuspended == true ? " suspended" : "")
            return "\(row.key) \(place) \(row.userID?.text ?? "-")\(marks)\(row.problem == nil ? "" : " !")"
        }
    }

    @Test("everybody is there once, service users and suspended ones marked")
    func everybody() throws {
        let first = try Samples.reading(
            VultrKey(name: "a"),
            organizations: ["o1"],
            users: [one, robot],
            suspended: ["o1": [blake, one]]
        )
        let second = try Samples.reading(VultrKey(name: "b"), organizations: ["o1"], users: [one, robot])
        let third = try Samples.reading(VultrKey(name: "c"), organizations: ["o2"], users: [one])
        let review = AccessReview(DirectoryReading(keys: [first, second, third]))
        #expect(rows(review) == ["a o1 u1 suspended", "a o1 u2 service", "a o1 u3 suspended", "c o2 u1"])
        #expect(review.isComplete)
    }

    @Test("an unproven list, an unreadable key and an unreadable list of suspended users are named")
    func incomplete() throws {
        let forbidden = VultrError(.operatorNeeded, status: 403, message: "forbidden")
        let now = ContinuousClock.now
        let review = AccessReview(
            DirectoryReading(keys: [
                try Samples.reading(VultrKey(name: "a"), organizations: ["o1"], users: [one], usersDoubt: "cut short"),
                KeyReading(
                    key: VultrKey(name: "b"),
                    began: now,
                    ended: now,
                    failure: forbidden
                ),
                try Samples.reading(
                    VultrKey(name: "c"),
                    organizations: ["o3"],
                    users: [blake],
                    suspendedFailures: ["o3": forbidden]
                ),
            ])
        )
        #expect(rows(review) == ["a o1 u1", "a - - !", "b - - !", "c o3 u3", "c - - !"])
        #expect(!review.isComplete)
        #expect(review.rows[3].isSuspended == nil)
        #expect(review.problems.allSatisfy { !$0.contains("@") })
    }

    @Test("of a key that lists several organizations nothing claims to know which one a person is in")
    func several() throws {
        func review(_ usersList: VultrKey.UsersList, failing: [String: VultrError] = [:]) throws -> AccessReview {
            AccessReview(
                DirectoryReading(keys: [
                    try Samples.reading(
                        VultrKey(name: "a", usersList: usersList),
                        organizations: ["o1", "o2"],
                        users: [one],
                        suspended: ["o2": [blake]],
                        suspendedFailures: failing
                    )
                ])
            )
        }
        let all = try review(.allOrganizations)
        #expect(rows(all) == ["a o2 u3 suspended", "a one or more of: Organization o1, Organization o2 u1"])
        #expect(all.isComplete)
        #expect(try !review(.oneOrganization).isComplete)
        let refused = VultrError(.operatorNeeded, status: 403, message: "forbidden")
        #expect(try !review(.allOrganizations, failing: ["o1": refused]).isComplete)
    }
}
