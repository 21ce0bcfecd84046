import Foundation
import HTTPListener
import Offboarding
import Presentation

/// Who left and still has access, at a glance.
extension Pages {
    private struct Overview {
        struct Open {
            let id: String
            let email: String
            let state: String
            let stateName: String
            let age: String
            let reason: String
            let sender: String
        }

        struct Waiting {
            let id: String
            let sender: String
            let state: String
            let received: String
            let reason: String
        }

        struct Sender {
            let name: String
            let preset: String
            let mode: String
            let last: String
        }

        struct Key {
            struct Organization {
                let id: String
                let name: String
                let isCovered: Bool
            }

            let name: String
            let state: String
            let pill: String
            let summary: String
            let problem: String?
            let hasOrganizations: Bool
            let organizationCount: String
            let organizations: [Organization]
        }

        let headline: String
        let subline: String
        let open: [Open]
        let hasOpen: Bool
        let moreOpen: String?
        let hasWaiting: Bool
        let waiting: [Waiting]
        let numbers: [Fact]
        let charts: [String]
        let senders: [Sender]
        let keys: [Key]
    }

    /// What one reading of the store gives.
    private struct Found: Sendable {
        let open: [Case]
        let waiting: [DeliverySummary]
        let report: OffboardingReport
        let lastEvents: [Date?]
    }

    /// Rows of each list here; the rest is a click away.
    private static let few = 20
    private static let days: TimeInterval = 30

    func overview(_ request: ConsoleRequest) async throws -> Response {
        let now = parts.time.now()
        let senders = parts.senders
        let found = try await parts.store.read { session in
            let open = try session.cases(
                matching: CaseFilter(states: Set(CaseState.allCases.filter(\.isOpen)), limit: PageRequest.most)
            )
            return Found(
                open: open.filter { $0.restraint != .test },
                waiting: try [Delivery.State.unresolved, .quarantined].flatMap { state in
                    try session.deliveries(matching: DeliveryFilter(state: state, limit: Self.few))
                },
                report: try OffboardingReport(
                    from: now.addingTimeInterval(-Self.days * 86_400),
                    to: nil,
                    sender: nil,
                    newest: Self.mostInChart,
                    in: session
                ),
                lastEvents: try senders.map { try session.secretUses(of: $0.name).map(\.lastUsedAt).max() }
            )
        }
        let instant = parts.time.instant()
        let keys = await parts.keys().map { KeyHealth($0, at: now, instant: instant) }
        // Whose departure is not in effect yet may still be in.
        let gone = found.open.filter { $0.state != .scheduled }
        let needs = gone.count { $0.state == .held || $0.state == .attention }
        let model = Overview(
            headline: Self.headline(gone.count),
            subline: Self.subline(needs: needs, scheduled: found.open.count - gone.count, waiting: found.waiting.count),
            open: gone.sorted { Self.urgency($0) < Self.urgency($1) }.prefix(Self.few).map { Self.row($0, at: now) },
            hasOpen: !gone.isEmpty,
            moreOpen: gone.count > Self.few ? String(gone.count) : nil,
            hasWaiting: !found.waiting.isEmpty,
            waiting: found.waiting.prefix(Self.few).map { delivery in
                Overview.Waiting(
                    id: delivery.id.text,
                    sender: delivery.sender,
                    state: delivery.state.rawValue,
                    received: TimeText.text(delivery.receivedAt),
                    reason: HarmlessText.text(delivery.reason ?? "")
                )
            },
            numbers: Self.numbers(found.report),
            charts: [
                RevocationChart(found.report.rows.compactMap(\.secondsToRevoke)).svg,
                DepartureChart(found.report.rows.map { ($0.shown.receivedAt, $0.outcome) }).svgIfAny,
            ].compactMap(\.self),
            senders: zip(senders, found.lastEvents).map { sender, last in
                Overview.Sender(
                    name: sender.name,
                    preset: sender.preset ?? "own rules",
                    mode: sender.mode.rawValue.replacing("_", with: " "),
                    last: last.map { "\(OffboardingReport.duration(now.timeIntervalSince($0))) ago" } ?? "never"
                )
            },
            keys: keys.map { Self.key($0, at: now) }
        )
        return renderer.page("overview", model, title: model.headline, for: request, here: "/", isLive: true)
    }

    /// More cases are not drawn: the page stays quick, whatever happened.
    private static let mostInChart = 2000

    private static func headline(_ count: Int) -> String {
        switch count {
        case 0: "Nobody who left still has access"
        case 1: "1 person who left may still have access"
        default: "\(count) people who left may still have access"
        }
    }

    private static func subline(needs: Int, scheduled: Int, waiting: Int) -> String {
        var parts: [String] = []
        if needs > 0 { parts.append("\(needs) \(needs == 1 ? "needs" : "need") a decision or a person") }
        if waiting == 1 { parts.append("1 delivery does not say who left or cannot be read") }
        if waiting > 1 { parts.append("\(waiting) deliveries do not say who left or cannot be read") }
        if scheduled > 0 { parts.append("\(scheduled) will leave later") }
        return parts.isEmpty ? "Nothing waits for a person." : parts.joined(separator: ", ") + "."
    }

    /// Who needs a person first, then who waits longest.
    private static func urgency(_ open: Case) -> (Int, Date) {
        let rank =
            switch open.state {
            case .attention: 0
            case .held: 1
            case .retrying: 2
            default: 3
            }
        return (rank, open.receivedAt)
    }

    private static func row(_ open: Case, at now: Date) -> Overview.Open {
        Overview.Open(
            id: open.id.text,
            email: HarmlessText.text(open.email.text),
            state: open.state.rawValue,
            stateName: open.state.name,
            age: OffboardingReport.duration(open.age(at: now)),
            reason: HarmlessText.text(open.reason ?? ""),
            sender: open.sender
        )
    }

    private static func numbers(_ report: OffboardingReport) -> [Fact] {
        var facts = [Fact("departures", String(report.rows.count))]
        facts += report.counts.filter { $0.count > 0 }.map { Fact($0.outcome.name, String($0.count)) }
        for (name, part) in [("median time to revoke", 0.5), ("95 % within", 0.95), ("slowest", 1)] {
            facts.append(Fact(name, report.secondsToRevoke(ofPart: part).map(OffboardingReport.duration)))
        }
        return facts.compactMap(\.self)
    }

    private static func key(_ key: KeyHealth, at now: Date) -> Overview.Key {
        let pill =
            switch key.state {
            case .good: "good"
            case .unproven: "waiting"
            case .failing: "bad"
            case .unread: ""
            }
        let read = key.readAt.map { "read \(OffboardingReport.duration(now.timeIntervalSince($0))) ago" }
        let summary = [read, key.readAt == nil ? nil : "\(key.users) users"].compactMap(\.self)
        return Overview.Key(
            name: key.name,
            state: key.state.rawValue,
            pill: pill,
            summary: summary.isEmpty ? "not read since the daemon began" : summary.joined(separator: ", "),
            problem: key.problem.map(HarmlessText.text),
            hasOrganizations: !key.organizations.isEmpty,
            organizationCount: key.organizations.count == 1
                ? "1 organization" : "\(key.organizations.count) organizations",
            organizations: key.organizations.map { one in
                Overview.Key.Organization(id: one.id, name: HarmlessText.text(one.name), isCovered: one.isCovered)
            }
        )
    }
}

extension DepartureChart {
    /// The chart; nothing where there is nothing to draw.
    fileprivate var svgIfAny: String? { bars.isEmpty ? nil : svg }
}
