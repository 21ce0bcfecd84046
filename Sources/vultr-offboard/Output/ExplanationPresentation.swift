import Offboarding
import Presentation
import Senders

/// What the daemon would do with a captured request, ready to be shown.
struct ExplanationPresentation: Sendable {
    let sender: String
    let explanation: Explanation

    /// For people, on their own terminal: the emails are those of the request.
    func text(colours: Bool) -> String {
        let width = explanation.steps.map(\.name.count).max() ?? 0
        var lines = explanation.steps.map { step in
            let label = (step.name + ":").padding(to: width + 2)
            let text = HarmlessText.text(step.text)
            return (colours ? Colour.faint.paint(label) : label) + (colours ? step.colour?.paint(text) ?? text : text)
        }
        if let interpretation = explanation.interpretation {
            lines.append("")
            lines += Self.lines(interpretation).map(HarmlessText.text)
        }
        if !explanation.causes.isEmpty {
            lines += [""] + explanation.causes.map { "why: " + HarmlessText.text($0) }
        } else if explanation.status == 401 {
            lines.append("")
            lines.append("Nothing that was tried makes it verify: see that secret and body are as the sender has them.")
        }
        return lines.joined(separator: "\n")
    }

    private static func lines(_ interpretation: Interpretation) -> [String] {
        var lines = interpretation.departures.map { departure in
            var line = "\(departure.email.text) \(departure.kind == .departed ? "has left" : "is back")"
            if !departure.aliases.isEmpty {
                line += ", also known as \(departure.aliases.map(\.text).joined(separator: ", "))"
            }
            if let effectiveAt = departure.effectiveAt { line += ", effective \(TimeText.text(effectiveAt))" }
            if let occurredAt = departure.occurredAt { line += ", happened \(TimeText.text(occurredAt))" }
            return line
        }
        lines += interpretation.lookups.map { "somebody with the id \($0.id), whose email would be looked up" }
        lines += interpretation.unresolved.map { "unresolved, a person would be asked: \($0)" }
        if let request = interpretation.chat { lines.append(line(request)) }
        if let ignored = interpretation.ignored { lines.append("ignored: \(ignored)") }
        return lines
    }

    private static func line(_ request: ChatRequest) -> String {
        switch request.wish {
        case .remove(let email): "\(request.requester) asks to remove \(email.text), to be held until it is approved"
        case .approve(let id, let digest): "\(request.requester) approves case \(id) with the plan \(digest)"
        case .refuse(let id): "\(request.requester) refuses case \(id)"
        case .nothing(let reason, _): "ignored: \(reason)"
        }
    }

    var json: JSONOutput {
        let read = explanation.interpretation
        return .object([
            ("sender", .text(sender)),
            ("accepted", .boolean(explanation.isAccepted)),
            ("status", .integer(explanation.status)),
            (
                "steps",
                .list(
                    explanation.steps.map { step in
                        .object([
                            ("step", .text(step.name)), ("result", .text(step.mark.rawValue)),
                            ("text", .text(step.text)),
                        ])
                    }
                )
            ),
            ("causes", .list(explanation.causes.map(JSONOutput.text))),
            ("departures", .list((read?.departures ?? []).map(Self.json))),
            ("lookups", .list((read?.lookups ?? []).map { .text($0.id) })),
            ("unresolved", .list((read?.unresolved ?? []).map(JSONOutput.text))),
            ("ignored", .optional(read?.ignored)),
            ("chat", .optional(read?.chat.map(Self.line))),
        ])
    }

    private static func json(_ departure: Departure) -> JSONOutput {
        .object([
            ("kind", .text(departure.kind.rawValue)),
            ("email", .text(departure.email.text)),
            ("aliases", .list(departure.aliases.map { .text($0.text) })),
            ("effective_at", .optional(departure.effectiveAt)),
            ("occurred_at", .optional(departure.occurredAt)),
        ])
    }
}

extension Explanation.Step {
    fileprivate var colour: Colour? {
        switch mark {
        case .good: .good
        case .bad: .bad
        case .neutral: nil
        }
    }
}
