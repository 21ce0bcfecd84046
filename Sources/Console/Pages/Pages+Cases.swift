import Foundation
import HTTPListener
import Offboarding
import Presentation

/// People: who left, and everything about one of them.
extension Pages {
    var caseRoutes: [Route] {
        [
            Route(.page, "GET", "/cases", listCases),
            Route(.page, "GET", "/cases/{}", showCase),
            Route(.page, "POST", "/cases/{}/approve", role: .operator, approve),
            Route(.page, "POST", "/cases/{}/refuse", role: .operator, refuse),
            Route(.page, "POST", "/cases/{}/retry", role: .operator) { request in
                try await cases.retry(CaseID(request.parameter), by: request.person.name)
                return done(.retried, request)
            },
            Route(.page, "POST", "/cases/{}/cancel", role: .operator) { request in
                try await cases.cancel(CaseID(request.parameter), by: request.person.name)
                return done(.cancelled, request)
            },
        ]
    }

    private func done(_ notice: DoneNotice, _ request: ConsoleRequest) -> Response {
        renderer.redirect(to: "/cases/\(request.parameter)?done=\(notice.rawValue)")
    }

    private func approve(_ request: ConsoleRequest) async throws -> Response {
        guard let digest = try request.form["digest"], !digest.isEmpty else {
            throw ConsoleError.badRequest("an approval names the digest of the plan that was looked at")
        }
        let plans = [(id: CaseID(request.parameter), digest: String?.some(digest))]
        let refusals = try await cases.approve(plans, by: request.person.name)
        if let refusal = refusals.first { throw refusal.error }
        return done(.approved, request)
    }

    private func refuse(_ request: ConsoleRequest) async throws -> Response {
        let refusals = try await cases.refuse([CaseID(request.parameter)], by: request.person.name)
        if let refusal = refusals.first { throw refusal.error }
        return done(.refused, request)
    }

    // MARK: - All of them

    private struct List {
        struct Row {
            let id: String
            let email: String
            let state: String
            let stateName: String
            let result: String
            let organizations: String
            let sender: String
            let received: String
            let took: String
        }

        let email: String
        let states: [Choice]
        let cases: [Row]
        let hasCases: Bool
        let older: String?
    }

    /// A word for all states that are open.
    private static let open = "open"

    private func listCases(_ request: ConsoleRequest) async throws -> Response {
        let email = request.query["email"].flatMap { $0.isEmpty ? nil : $0 }
        let state = request.choice("state", of: CaseState.self)
        let isOpen = request.query["state"] == Self.open
        var filter = CaseFilter(
            states: isOpen ? Set(CaseState.allCases.filter(\.isOpen)) : state.map { [$0] },
            limit: Self.rows + 1,
            after: request.query["cursor"].map { CaseID($0) }
        )
        var isUsable = true
        if let email {
            filter.email = try? EmailAddress(email.trimmingCharacters(in: .whitespaces))
            isUsable = filter.email != nil
        }
        let wanted = filter
        let found =
            isUsable
            ? try await parts.store.read { session in
                try session.cases(matching: wanted).map { (shown: $0, removals: try session.removals(of: $0.id)) }
            } : []
        let chosen = isOpen ? Self.open : state?.rawValue
        let model = List(
            email: HarmlessText.text(email ?? ""),
            states: Self.choices([Self.open] + CaseState.allCases.map(\.rawValue), chosen: chosen, all: "any state"),
            cases: found.prefix(Self.rows).map { Self.row($0.shown, $0.removals) },
            hasCases: !found.isEmpty,
            older: found.count > Self.rows
                ? Self.older(
                    "/cases",
                    [("email", email), ("state", chosen), ("cursor", found[Self.rows - 1].shown.id.text)]
                ) : nil
        )
        return renderer.page("cases", model, title: "People", for: request, here: "/cases", isLive: true)
    }

    private static func row(_ shown: Case, _ removals: [Removal]) -> List.Row {
        List.Row(
            id: shown.id.text,
            email: HarmlessText.text(shown.email.text),
            state: shown.state.rawValue,
            stateName: shown.state.name,
            result: shown.result?.rawValue.replacing("_", with: " ") ?? "",
            organizations: String(Set(removals.compactMap(\.organizationID)).count),
            sender: shown.sender,
            received: TimeText.text(shown.receivedAt),
            took: shown.finishedAt.map { OffboardingReport.duration(shown.age(at: $0)) } ?? ""
        )
    }

    // MARK: - One of them

    private struct One {
        struct Button {
            let verb: String
            let label: String
            let look: String
            let question: String?
            let digest: String?
        }

        struct Actions {
            let planDigest: String?
            let buttons: [Button]
        }

        struct RemovalRow {
            let organization: String
            let organizationID: String
            let user: String
            let key: String
            let outcome: String
            let pill: String
            let status: String
            let attempts: String
            let detail: String
        }

        struct Other {
            let id: String
            let stateName: String
            let received: String
        }

        let id: String
        let email: String
        let state: String
        let stateName: String
        let reason: String?
        let result: String?
        let mayDecide: Bool
        let csrf: String
        let actions: Actions?
        let removals: [RemovalRow]
        let hasRemovals: Bool
        let uncovered: String?
        let facts: [Fact]
        let hasDeliveries: Bool
        let deliveries: [String]
        let hasOthers: Bool
        let others: [Other]
        let timeline: [TimelineEntry]
        let earlier: Bool
    }

    private struct FoundCase: Sendable {
        let presentation: CasePresentation
        let deliveries: [DeliveryID]
        let others: [Case]
        /// Newest first.
        let entries: [AuditEntry]
    }

    /// Entries of the timeline; a case that is retried for weeks has more.
    private static let longestTimeline = 200

    private func showCase(_ request: ConsoleRequest) async throws -> Response {
        let id = CaseID(request.parameter)
        let found = try await parts.store.read { session in
            let presentation = try CasePresentation(id, in: session)
            let shown = presentation.shown
            let said = try session.statements(about: shown.emails)
            return FoundCase(
                presentation: presentation,
                deliveries: said.filter { $0.caseID == id }.compactMap(\.delivery),
                others: try session.cases(matching: CaseFilter(email: shown.email, limit: 10)).filter { $0.id != id },
                entries: try session.newestAuditEntries(of: id, below: nil, limit: Self.longestTimeline + 1)
            )
        }
        let shown = found.presentation.shown
        let model = One(
            id: id.text,
            email: HarmlessText.text(shown.email.text),
            state: shown.state.rawValue,
            stateName: shown.state.name,
            reason: shown.reason.map(HarmlessText.text),
            result: found.presentation.resultText,
            mayDecide: request.mayDecide,
            csrf: request.caller.csrf,
            actions: Self.actions(shown),
            removals: found.presentation.removals.map(Self.row),
            hasRemovals: !found.presentation.removals.isEmpty,
            uncovered: shown.uncovered.isEmpty ? nil : shown.uncovered.map(\.text).joined(separator: ", "),
            facts: Self.facts(found.presentation),
            hasDeliveries: !found.deliveries.isEmpty,
            deliveries: found.deliveries.map(\.text),
            hasOthers: !found.others.isEmpty,
            others: found.others.map {
                One.Other(id: $0.id.text, stateName: $0.state.name, received: TimeText.text($0.receivedAt))
            },
            timeline: try found.entries.prefix(Self.longestTimeline).reversed().map { entry in
                TimelineEntry(try AuditRecord(entry))
            },
            earlier: found.entries.count > Self.longestTimeline
        )
        return renderer.page("case", model, title: model.email, for: request, here: "/cases", isLive: true)
    }

    /// What can be decided in a state.
    private static func actions(_ shown: Case) -> One.Actions? {
        var buttons: [One.Button] = []
        func add(_ event: CaseEvent, _ verb: String, _ label: String, _ look: String, _ question: String? = nil) {
            guard shown.state.after(event) != nil else { return }
            let digest = event == .approved ? shown.planDigest : nil
            buttons.append(One.Button(verb: verb, label: label, look: look, question: question, digest: digest))
        }
        if shown.planDigest != nil {
            add(.approved, "approve", "Approve the removal", "danger", "Remove this person as planned?")
        }
        add(.refused, "refuse", "Refuse", "quiet", "End this case without removing anybody?")
        add(.retried, "retry", "Try again now", "primary")
        if shown.state == .attention, shown.result != nil {
            add(.acknowledged, "cancel", "Close as done", "quiet")
        } else {
            add(.cancelled, "cancel", "Cancel", "quiet", "End this case? What was removed stays removed.")
        }
        guard !buttons.isEmpty else { return nil }
        return One.Actions(planDigest: shown.state == .held ? shown.planDigest : nil, buttons: buttons)
    }

    private static func row(_ removal: Removal) -> One.RemovalRow {
        let pill =
            switch removal.outcome {
            case .removed: "good"
            case .retrying, .dryRun: "waiting"
            case .operator, .protected: "bad"
            case .absent, .serviceUser: ""
            }
        return One.RemovalRow(
            organization: HarmlessText.text(removal.organizationName ?? ""),
            organizationID: removal.organizationID?.text ?? "",
            user: removal.userID?.text ?? "",
            key: removal.key,
            outcome: removal.outcome == .retrying && removal.attempts == 0
                ? "planned" : removal.outcome.rawValue.replacing("_", with: " "),
            pill: pill,
            status: removal.httpStatus.map(String.init) ?? "",
            attempts: String(removal.attempts),
            detail: HarmlessText.text(removal.detail ?? "")
        )
    }

    private static func facts(_ presentation: CasePresentation) -> [Fact] {
        let shown = presentation.shown
        var facts = [
            Fact("Case", shown.id.text),
            Fact("Addresses", shown.emails.map(\.text).joined(separator: ", ")),
            Fact("Told by", shown.sender),
            Fact("Asked by", shown.askedBy),
            Fact("Approved by", shown.approval.map { "\($0.by), \(TimeText.text($0.at))" }),
            Fact("Received", TimeText.text(shown.receivedAt)),
            Fact("Effective", shown.effectiveAt.map(TimeText.text)),
            Fact("Finished", shown.finishedAt.map(TimeText.text)),
            Fact("Next try", shown.state.isOpen ? shown.dueAt.map(TimeText.text) : nil),
        ]
        facts += presentation.invitations.map { Fact("Invited", WatchPresentation.text($0)) }
        if let watch = presentation.watch {
            facts.append(Fact("Back in", watch.back.map(WatchPresentation.text).joined(separator: ", ")))
            facts.append(Fact("Looked for until", watch.dueAt == nil ? watch.endedBecause : nil))
            facts.append(Fact("Next look by", watch.dueAt.map(TimeText.text)))
        }
        return facts.compactMap(\.self)
    }
}
