import StrictYAML

/// The section `events` of a sender.
extension Sender {
    static func eventRule(_ mapping: YAMLMapping) -> EventRule? {
        let format = mapping.choice("format", of: EventRule.Format.self) ?? .json
        let formJSON = mapping.string("form_json")
        if formJSON != nil, format != .form { mapping.report("needs format: form", at: "form_json") }
        let each = path("each", in: mapping) ?? .event
        let type = path("type", in: mapping, .required)
        let departed = mapping.scalars("departed", .required)
        let reinstated = mapping.scalars("reinstated") ?? []
        if departed?.isEmpty == true { mapping.report("must name at least one type", at: "departed") }
        for both in departed ?? [] where reinstated.contains(both) {
            mapping.report("\(both) is in departed too", at: "reinstated")
        }
        let when = (mapping.mappings("when") ?? []).compactMap { condition -> EventRule.Condition? in
            let path = path("path", in: condition, .required)
            let equals = condition.scalars("equals", .required)
            if equals?.isEmpty == true { condition.report("must name at least one value", at: "equals") }
            guard let path, let equals else { return nil }
            return EventRule.Condition(path: path, equals: equals)
        }
        let email = paths("email", in: mapping, .required)
        let aliases = paths("aliases", in: mapping)
        let effectiveAt = path("effective_at", in: mapping)
        let occurredAt = path("occurred_at", in: mapping)
        guard let type, let departed, let email else { return nil }
        return EventRule(
            format: format,
            formJSON: formJSON,
            each: each,
            type: type,
            departed: departed,
            reinstated: reinstated,
            when: when,
            email: email,
            aliases: aliases ?? [],
            effectiveAt: effectiveAt,
            occurredAt: occurredAt
        )
    }
}
