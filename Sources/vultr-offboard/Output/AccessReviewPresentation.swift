import Foundation
import Offboarding
import Presentation
import Storage

/// What the store knows of people who left.
struct DepartedPeople: Sendable {
    /// The newest case of each who left, by the email in compared form; those who were reinstated are not in it.
    let cases: [EmailAddress: CaseID]

    /// Looks up people in the store, where there is one. Makes none.
    ///
    /// - Throws: `StoreError`.
    static func among(_ emails: Set<EmailAddress>, of configuration: Configuration) async throws -> DepartedPeople {
        guard let store = try configuration.openStoreIfThere() else { return DepartedPeople(cases: [:]) }
        let found: DepartedPeople
        do {
            found = try await store.read { try DepartedPeople(emails, in: $0) }
        } catch {
            try await store.close()
            throw error
        }
        try await store.close()
        return found
    }

    init(_ emails: Set<EmailAddress>, in session: any StoreReadings) throws {
        var cases: [EmailAddress: CaseID] = [:]
        for email in emails {
            let told = try session.cases(matching: CaseFilter(email: email))
            guard let newest = try told.first(where: { try Self.counts($0, in: session) }) else { continue }
            let last = try session.statements(about: [email]).last
            if last?.departure.kind != .reinstated { cases[email] = newest.id }
        }
        self.cases = cases
    }

    private init(cases: [EmailAddress: CaseID]) { self.cases = cases }

    /// A test is about nobody, and what a person refused or ended before anybody was removed is no departure.
    private static func counts(_ found: Case, in session: any StoreReadings) throws -> Bool {
        guard found.restraint != .test else { return false }
        switch found.state {
        case .refused, .cancelled: return try session.watch(of: found.id) != nil
        default: return true
        }
    }
}

/// Everybody in every organization, ready to be shown.
struct AccessReviewPresentation: Sendable {
    let review: AccessReview
    let departed: DepartedPeople

    private func departedCase(_ row: AccessReview.Row) -> CaseID? {
        guard let email = row.email, let address = try? EmailAddress(email) else { return nil }
        return departed.cases[address]
    }

    /// One object for each person in each organization, and one with a `problem` for each list that is not the whole truth.
    var json: JSONOutput {
        func optional(_ flag: Bool?) -> JSONOutput { flag.map(JSONOutput.boolean) ?? .null }
        return .list(
            review.rows.map { row in
                let left = departedCase(row)
                return .object([
                    ("key", .text(row.key)),
                    ("organization_id", .optional(row.organizationID?.text)),
                    ("organization_name", .optional(row.organizationName)),
                    ("email", .optional(row.email)),
                    ("user_id", .optional(row.userID?.text)),
                    ("service_user", optional(row.isServiceUser)),
                    ("suspended", optional(row.isSuspended)),
                    ("departed", row.problem == nil ? .boolean(left != nil) : .null),
                    ("case", .optional(left?.text)),
                    ("problem", .optional(row.problem)),
                ])
            }
        )
    }

    /// The same, with the same names in the heading; empty where the JSON has `null`.
    var csv: String {
        let heading = [
            "key", "organization_id", "organization_name", "email", "user_id", "service_user", "suspended", "departed",
            "case", "problem",
        ]
        func text(_ flag: Bool?) -> String { flag.map { $0 ? "true" : "false" } ?? "" }
        let rows = review.rows.map { row -> [String] in
            let left = departedCase(row)
            return [
                row.key, row.organizationID?.text ?? "", row.organizationName ?? "", row.email ?? "",
                row.userID?.text ?? "", text(row.isServiceUser), text(row.isSuspended),
                row.problem == nil ? text(left != nil) : "", left?.text ?? "", row.problem ?? "",
            ]
        }
        return CSVText.text(heading, rows)
    }

    func text(colours: Bool) -> String {
        var table = Table("KEY", "ORGANIZATION", "EMAIL", "USER", "KIND", "SUSPENDED", "DEPARTED")
        for row in review.rows where row.problem == nil {
            let left = departedCase(row)
            table.add(
                Table.Cell(row.key),
                Table.Cell(row.organizationName),
                Table.Cell(row.email),
                Table.Cell(row.userID?.text),
                Table.Cell(row.isServiceUser.map { $0 ? "service user" : "person" } ?? "unknown"),
                Table.Cell(row.isSuspended.map { $0 ? "yes" : nil } ?? "unknown"),
                Table.Cell(left?.text, .bad)
            )
        }
        return table.text(colours: colours)
    }

    /// What concerns nobody in particular.
    var notes: [String] {
        var notes = review.problems.map { "not complete: \($0)" }
        if !review.uncovered.isEmpty {
            notes.append("not covered by any key: \(review.uncovered.map(\.text).joined(separator: ", "))")
        }
        return notes
    }

    /// 0 where everybody is there, else 1.
    var status: CommandStatus { review.isComplete ? .done : .no }
}
