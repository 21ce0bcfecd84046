import Foundation
import HTTPListener
import Offboarding
import Presentation

/// Deliveries: what came, what became of it, and why.
extension Pages {
    var deliveryRoutes: [Route] {
        [
            Route(.page, "GET", "/deliveries", listDeliveries),
            Route(.page, "GET", "/deliveries/{}", showDelivery),
            Route(.page, "POST", "/deliveries/{}/resolve", role: .operator, resolve),
            Route(.page, "POST", "/deliveries/{}/retry", role: .operator) { request in
                try await deliveries.retry(DeliveryID(request.parameter), by: request.person.name)
                return done(.readAgain, request)
            },
        ]
    }

    private func done(_ notice: DoneNotice, _ request: ConsoleRequest) -> Response {
        renderer.redirect(to: "/deliveries/\(request.parameter)?done=\(notice.rawValue)")
    }

    private func resolve(_ request: ConsoleRequest) async throws -> Response {
        let email: EmailAddress
        do {
            email = try EmailAddress((request.form["email"] ?? "").trimmingCharacters(in: .whitespaces))
        } catch let error as UnusableEmail {
            throw ConsoleError.badRequest("The email is not usable: \(error). Go back and write it anew.")
        }
        let id = DeliveryID(request.parameter)
        let resolution = try await deliveries.resolve(id, email, by: request.person.name)
        guard resolution.remaining == nil, let only = resolution.cases.first, resolution.cases.count == 1 else {
            return done(.resolved, request)
        }
        return renderer.redirect(to: "/cases/\(only)?done=\(DoneNotice.resolved.rawValue)")
    }

    private struct CaseLink {
        let id: String
        let email: String
        let state: String
        let stateName: String

        init(_ shown: Case) {
            id = shown.id.text
            email = HarmlessText.text(shown.email.text)
            state = shown.state.rawValue
            stateName = shown.state.name
        }
    }

    // MARK: - All of them

    private struct List {
        struct Row {
            let id: String
            let received: String
            let sender: String
            let state: String
            let pill: String
            let reason: String
            let cases: [CaseLink]
        }

        let states: [Choice]
        let deliveries: [Row]
        let hasDeliveries: Bool
        let older: String?
    }

    private func listDeliveries(_ request: ConsoleRequest) async throws -> Response {
        let state = request.choice("state", of: Delivery.State.self)
        let filter = DeliveryFilter(
            state: state,
            limit: Self.rows + 1,
            after: request.query["cursor"].map { DeliveryID($0) }
        )
        let found = try await parts.store.read { session in
            try session.deliveries(matching: filter).map { delivery in
                (delivery: delivery, cases: try delivery.cases.prefix(Self.fewCases).compactMap(session.case))
            }
        }
        let model = List(
            states: Self.choices(Delivery.State.allCases.map(\.rawValue), chosen: state?.rawValue, all: "any state"),
            deliveries: found.prefix(Self.rows).map { delivery, cases in
                List.Row(
                    id: delivery.id.text,
                    received: TimeText.text(delivery.receivedAt),
                    sender: delivery.sender,
                    state: delivery.state.rawValue,
                    pill: Self.pill(delivery.state),
                    reason: HarmlessText.text(delivery.reason ?? ""),
                    cases: cases.map(CaseLink.init)
                )
            },
            hasDeliveries: !found.isEmpty,
            older: found.count > Self.rows
                ? Self.older(
                    "/deliveries",
                    [("state", state?.rawValue), ("cursor", found[Self.rows - 1].delivery.id.text)]
                ) : nil
        )
        return renderer.page("deliveries", model, title: "Deliveries", for: request, here: "/deliveries", isLive: true)
    }

    /// Of a delivery about hundreds a list shows some.
    private static let fewCases = 10

    private static func pill(_ state: Delivery.State) -> String {
        switch state {
        case .accepted: "queued"
        case .interpreted: "good"
        case .ignored: ""
        case .unresolved, .quarantined: "bad"
        }
    }

    // MARK: - One of them

    private struct One {
        let id: String
        let sender: String
        let state: String
        let pill: String
        let reason: String?
        let mayDecide: Bool
        let csrf: String
        let canResolve: Bool
        let canRetry: Bool
        let facts: [Fact]
        let hasCases: Bool
        let cases: [CaseLink]
        let body: String?
        let bodyNote: String?
    }

    /// Longer bodies are shown to here.
    private static let longestBody = 65_536

    private func showDelivery(_ request: ConsoleRequest) async throws -> Response {
        let id = DeliveryID(request.parameter)
        let found = try await parts.store.read { session in
            try session.delivery(id).map { delivery in
                (delivery: delivery, cases: try session.cases(of: id).compactMap(session.case))
            }
        }
        guard let (delivery, cases) = found else { throw DeliveryDeskError.unknownDelivery(id) }
        let (body, note) = Self.body(delivery, mayDecide: request.mayDecide)
        let model = One(
            id: id.text,
            sender: delivery.sender,
            state: delivery.state.rawValue,
            pill: Self.pill(delivery.state),
            reason: delivery.reason.map(HarmlessText.text),
            mayDecide: request.mayDecide,
            csrf: request.caller.csrf,
            canResolve: delivery.state == .unresolved || delivery.state == .quarantined,
            canRetry: delivery.state == .quarantined,
            facts: [
                Fact("Delivery", id.text), Fact("Received", TimeText.text(delivery.receivedAt)),
                Fact("Sender", delivery.sender), Fact("Verified by secret", delivery.secretName),
                Fact("Signed id", delivery.replayKey.signedID),
                Fact("SHA-256 of the body", HexText.text(delivery.replayKey.bodyDigest)),
            ].compactMap(\.self),
            hasCases: !cases.isEmpty,
            cases: cases.prefix(PageRequest.usual).map(CaseLink.init),
            body: body,
            bodyNote: note
        )
        return renderer.page("delivery", model, title: "Delivery", for: request, here: "/deliveries")
    }

    /// Bodies may hold more about people than their departure: whoever only looks has no need of them.
    private static func body(_ delivery: Delivery, mayDecide: Bool) -> (body: String?, note: String?) {
        guard mayDecide else { return (nil, "Its body is shown to operators.") }
        guard delivery.isBodyKept else { return (nil, "Its body is kept no longer (retention.bodies).") }
        let lines = String(decoding: delivery.body.prefix(longestBody), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { HarmlessText.text(String($0)) }
        let rest = delivery.body.count > longestBody ? "It goes on: \(delivery.body.count) bytes in all." : nil
        return (lines.joined(separator: "\n"), rest)
    }
}
