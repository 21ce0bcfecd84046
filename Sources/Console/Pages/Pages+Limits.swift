import Foundation
import HTTPListener
import Offboarding
import Presentation

/// How much of the limits is used, and who raised them.
extension Pages {
    var limitRoutes: [Route] {
        [
            Route(.page, "GET", "/limits", showLimits),
            Route(.page, "POST", "/limits/raise", role: .operator, raise),
            Route(.page, "POST", "/limits/{}/end", role: .operator) { request in
                _ = try await limits.end(LimitOverrideID(request.parameter), by: request.person.name)
                return renderer.redirect(to: "/limits?done=\(DoneNotice.ended.rawValue)")
            },
        ]
    }

    private struct Model {
        struct Usage {
            let sender: String
            let window: String
            let people: String
            let most: String
            let used: String
            let left: String
        }

        struct Override {
            let id: String
            let people: String
            let sender: String
            let until: String
            let by: String
            let reason: String
            let state: String
            let pill: String
            let canEnd: Bool
        }

        let percent: String
        let usages: [Usage]
        let overrides: [Override]
        let hasOverrides: Bool
        let mayDecide: Bool
        let csrf: String
    }

    private func showLimits(_ request: ConsoleRequest) async throws -> Response {
        let presentation = LimitPresentation(standing: try await limits.show())
        let standing = presentation.standing
        let model = Model(
            percent: String(Int((standing.fractionOfOrganization * 100).rounded())),
            usages: standing.usages.map { usage in
                Model.Usage(
                    sender: usage.sender ?? "all",
                    window: usage.limit.windowText,
                    people: usage.people == usage.limit.people
                        ? String(usage.people) : "\(usage.people), raised from \(usage.limit.people)",
                    most: String(max(1, usage.people)),
                    used: String(usage.used),
                    left: String(usage.left)
                )
            },
            overrides: standing.overrides.map { override in
                let isInForce = override.isInForce(at: standing.at)
                return Model.Override(
                    id: override.id.text,
                    people: String(override.people),
                    sender: override.sender ?? "all",
                    until: TimeText.text(override.until),
                    by: HarmlessText.text(override.by),
                    reason: HarmlessText.text(override.reason),
                    state: HarmlessText.text(presentation.state(override)),
                    pill: isInForce ? "bad" : "",
                    canEnd: isInForce && request.mayDecide
                )
            },
            hasOverrides: !standing.overrides.isEmpty,
            mayDecide: request.mayDecide,
            csrf: request.caller.csrf
        )
        return renderer.page("limits", model, title: "Limits", for: request, here: "/limits")
    }

    private func raise(_ request: ConsoleRequest) async throws -> Response {
        let form = try request.form
        guard let people = form["people"].flatMap({ Int($0) }), let hours = form["hours"].flatMap({ Int($0) }),
            hours > 0, hours <= 24 * 7
        else { throw ConsoleError.badRequest("People and hours must be whole numbers; at most 168 hours.") }
        _ = try await limits.raise(
            to: people,
            for: TimeInterval(hours) * 3600,
            because: form["reason"] ?? "",
            sender: nil,
            by: request.person.name
        )
        return renderer.redirect(to: "/limits?done=\(DoneNotice.raised.rawValue)")
    }
}
