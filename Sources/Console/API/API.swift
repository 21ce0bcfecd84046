import Foundation
import HTTPListener
import Offboarding
import Presentation

/// The JSON API, in the words of the command line. `Assets/openapi.json` describes it.
struct API: Sendable {
    private let parts: ConsoleParts
    private let cases: CaseDesk
    private let deliveries: DeliveryDesk
    private let limits: LimitDesk

    init(_ parts: ConsoleParts) {
        self.parts = parts
        cases = CaseDesk(store: parts.store, time: parts.time, policy: parts.policy)
        deliveries = DeliveryDesk(store: parts.store, time: parts.time, policy: parts.policy)
        limits = LimitDesk(store: parts.store, time: parts.time, policy: parts.policy)
    }

    var routes: [Route] {
        [
            Route(.api, "GET", "/api/v1/me", me),
            Route(.api, "GET", "/api/v1/cases", listCases),
            Route(.api, "GET", "/api/v1/cases/{}", showCase),
            Route(.api, "POST", "/api/v1/cases/{}/approve", role: .operator, approve),
            Route(.api, "POST", "/api/v1/cases/{}/refuse", role: .operator, refuse),
            Route(.api, "POST", "/api/v1/cases/{}/retry", role: .operator, retry),
            Route(.api, "POST", "/api/v1/cases/{}/cancel", role: .operator, cancel),
            Route(.api, "GET", "/api/v1/deliveries", listDeliveries),
            Route(.api, "GET", "/api/v1/deliveries/{}", showDelivery),
            Route(.api, "POST", "/api/v1/deliveries/{}/resolve", role: .operator, resolve),
            Route(.api, "POST", "/api/v1/deliveries/{}/retry", role: .operator, retryDelivery),
            Route(.api, "GET", "/api/v1/audit", listAudit),
            Route(.api, "GET", "/api/v1/senders", listSenders),
            Route(.api, "GET", "/api/v1/keys", listKeys),
            Route(.api, "GET", "/api/v1/limits", showLimits),
            Route(.api, "POST", "/api/v1/limits/raise", role: .operator, raiseLimits),
            Route(.api, "POST", "/api/v1/limits/{}/end", role: .operator, endOverride),
        ]
    }

    private func me(_ request: ConsoleRequest) throws -> Response {
        try request.noQuery()
        return .json(
            .object([("name", .text(request.person.name)), ("role", .text(request.person.role.rawValue))])
        )
    }

    // MARK: - Cases

    private func listCases(_ request: ConsoleRequest) async throws -> Response {
        let page = try PageRequest(request.query, filters: ["email", "state", "result"], idPrefix: "c_")
        var filter = CaseFilter(after: page.cursor.map { CaseID($0) })
        filter.states = try page.choice("state", of: CaseState.self).map { [$0] }
        filter.result = try page.choice("result", of: Case.Result.self)
        if let email = request.query["email"], !email.isEmpty {
            // No case is about an address that cannot be compared.
            guard let address = try? EmailAddress(email) else { return Self.list([], next: nil) }
            filter.email = address
        }
        // One more says whether there is a next page.
        filter.limit = page.limit + 1
        let wanted = filter
        let found = try await parts.store.read { session in
            try session.cases(matching: wanted).prefix(page.limit + 1).map { try CasePresentation($0, in: session) }
        }
        return Self.list(found.prefix(page.limit).map(\.json), next: page.next(found.map(\.shown.id.text)))
    }

    private func showCase(_ request: ConsoleRequest) async throws -> Response {
        try request.noQuery()
        return try await answer(CaseID(request.parameter))
    }

    private func answer(_ id: CaseID) async throws -> Response {
        .json(try await parts.store.read { try CasePresentation(id, in: $0) }.json)
    }

    private func approve(_ request: ConsoleRequest) async throws -> Response {
        struct Body: Decodable { let digest: String }
        let id = CaseID(request.parameter)
        let body = try request.json(Body.self, members: ["digest"], example: #"{"digest": "…"}"#)
        let refusals = try await cases.approve([(id: id, digest: body.digest)], by: request.person.name)
        if let refusal = refusals.first { throw refusal.error }
        return try await answer(id)
    }

    private func refuse(_ request: ConsoleRequest) async throws -> Response {
        try request.noBody()
        let id = CaseID(request.parameter)
        let refusals = try await cases.refuse([id], by: request.person.name)
        if let refusal = refusals.first { throw refusal.error }
        return try await answer(id)
    }

    private func retry(_ request: ConsoleRequest) async throws -> Response {
        try request.noBody()
        let id = CaseID(request.parameter)
        try await cases.retry(id, by: request.person.name)
        return try await answer(id)
    }

    private func cancel(_ request: ConsoleRequest) async throws -> Response {
        try request.noBody()
        let id = CaseID(request.parameter)
        try await cases.cancel(id, by: request.person.name)
        return try await answer(id)
    }

    // MARK: - Deliveries

    private func listDeliveries(_ request: ConsoleRequest) async throws -> Response {
        let page = try PageRequest(request.query, filters: ["state"], idPrefix: "d_")
        let filter = DeliveryFilter(
            state: try page.choice("state", of: Delivery.State.self),
            limit: page.limit + 1,
            after: page.cursor.map { DeliveryID($0) }
        )
        let found = try await parts.store.read { try $0.deliveries(matching: filter) }
        return Self.list(found.prefix(page.limit).map(\.json), next: page.next(found.map(\.id.text)))
    }

    private func showDelivery(_ request: ConsoleRequest) async throws -> Response {
        try request.noQuery()
        return try await answer(DeliveryID(request.parameter))
    }

    private func answer(_ id: DeliveryID) async throws -> Response {
        let found = try await parts.store.read { session in
            try session.delivery(id).map { DeliverySummary($0, cases: try session.cases(of: id)) }
        }
        guard let found else { throw DeliveryDeskError.unknownDelivery(id) }
        return .json(found.json)
    }

    private func resolve(_ request: ConsoleRequest) async throws -> Response {
        struct Body: Decodable { let email: String }
        let body = try request.json(Body.self, members: ["email"], example: #"{"email": "avery.stone@example.com"}"#)
        let email: EmailAddress
        do throws(UnusableEmail) {
            email = try EmailAddress(body.email)
        } catch {
            throw ConsoleError.badRequest("the email is not usable: \(error)")
        }
        let id = DeliveryID(request.parameter)
        _ = try await deliveries.resolve(id, email, by: request.person.name)
        return try await answer(id)
    }

    private func retryDelivery(_ request: ConsoleRequest) async throws -> Response {
        try request.noBody()
        let id = DeliveryID(request.parameter)
        try await deliveries.retry(id, by: request.person.name)
        return try await answer(id)
    }

    // MARK: - Audit

    private func listAudit(_ request: ConsoleRequest) async throws -> Response {
        let page = try PageRequest(request.query, filters: ["case"], numberedFrom: 1)
        let id = request.query["case"].flatMap { $0.isEmpty ? nil : CaseID($0) }
        let entries = try await parts.store.read { session in
            try session.newestAuditEntries(of: id, below: page.sequence, limit: page.limit + 1)
        }
        return Self.list(
            try entries.prefix(page.limit).map { try AuditRecord($0).json },
            next: page.next(entries.map { String($0.sequence) })
        )
    }

    // MARK: - What is configured

    private func listSenders(_ request: ConsoleRequest) async throws -> Response {
        try request.noQuery()
        let senders = parts.senders
        let last = try await parts.store.read { session in
            try senders.map { try session.secretUses(of: $0.name).map(\.lastUsedAt).max() }
        }
        return Self.list(
            zip(senders, last).map { sender, last in
                .object([
                    ("name", .text(sender.name)), ("preset", .optional(sender.preset)),
                    ("mode", .text(sender.mode.rawValue)), ("last_delivery", .optional(last)),
                ])
            },
            next: nil
        )
    }

    private func listKeys(_ request: ConsoleRequest) async throws -> Response {
        try request.noQuery()
        let now = parts.time.now()
        let instant = parts.time.instant()
        return Self.list(
            await parts.keys().map { KeyHealth($0, at: now, instant: instant).json },
            next: nil
        )
    }

    private func showLimits(_ request: ConsoleRequest) async throws -> Response {
        try request.noQuery()
        return .json(LimitPresentation(standing: try await limits.show()).json)
    }

    private func raiseLimits(_ request: ConsoleRequest) async throws -> Response {
        struct Body: Decodable {
            let people: Int
            let seconds: Int
            let reason: String
            let sender: String?
        }
        let body = try request.json(
            Body.self,
            members: ["people", "seconds", "reason", "sender"],
            example: #"{"people": 200, "seconds": 7200, "reason": "…"}"#
        )
        guard (1...Self.mostPeople).contains(body.people) else {
            throw ConsoleError.badRequest("people must be a whole number from 1 to \(Self.mostPeople)")
        }
        if let sender = body.sender, !parts.senders.contains(where: { $0.name == sender }) {
            throw ConsoleError.notFound("there is no sender of this name")
        }
        let raised = try await limits.raise(
            to: body.people,
            for: TimeInterval(body.seconds),
            because: body.reason,
            sender: body.sender,
            by: request.person.name
        )
        return .json(LimitPresentation.json(raised, at: parts.time.now()))
    }

    /// More people than any organization has.
    private static let mostPeople = 1_000_000

    private func endOverride(_ request: ConsoleRequest) async throws -> Response {
        try request.noBody()
        let ended = try await limits.end(LimitOverrideID(request.parameter), by: request.person.name)
        return .json(LimitPresentation.json(ended, at: parts.time.now()))
    }

    private static func list(_ items: [JSONOutput], next: String?) -> Response {
        .json(.object([("items", .list(items)), ("next", .optional(next))]))
    }
}

extension Response {
    /// 200 with a value.
    fileprivate static func json(_ value: JSONOutput) -> Response { .json(status: 200, value.compact) }
}
