import StrictYAML

/// The section `events` of a sender.
extension Sender {
    static func eventRule(_ mapping: YAMLMapping, sendsEmail: Bool = true) -> EventRule? {
        let format = mapping.choice("format", of: EventRule.Format.self) ?? .json
        let formJSON = mapping.string("form_json")
        if formJSON != nil, format != .form { mapping.report("needs format: form", at: "form_json") }
        let nestedJSON = paths("nested_json", in: mapping) ?? []
        if nestedJSON.count > EventRule.mostNestedJSON {
            mapping.report("holds more than \(EventRule.mostNestedJSON) paths", at: "nested_json")
        }
        let each = path("each", in: mapping) ?? .event
        let type = type(in: mapping)
        let departed = mapping.scalars("departed", .required)
        let reinstated = mapping.scalars("reinstated") ?? []
        if departed?.isEmpty == true { mapping.report("must name at least one type", at: "departed") }
        for both in departed ?? [] where reinstated.contains(both) {
            mapping.report("\(both) is in departed too", at: "reinstated")
        }
        let when = (mapping.mappings("when") ?? []).compactMap(condition)
        let email = sendsEmail || mapping.has("email") ? paths("email", in: mapping, .required) : []
        let aliases = paths("aliases", in: mapping)
        let never = paths("never", in: mapping)
        let effectiveAt = path("effective_at", in: mapping)
        let occurredAt = path("occurred_at", in: mapping)
        let timeUnit = mapping.choice("time_unit", of: EventRule.TimeUnit.self)
        if timeUnit != nil, !mapping.has("effective_at"), !mapping.has("occurred_at") {
            mapping.report("has no time to count: there is neither effective_at nor occurred_at", at: "time_unit")
        }
        guard let type, let departed, let email else { return nil }
        return EventRule(
            format: format,
            formJSON: formJSON,
            nestedJSON: nestedJSON,
            each: each,
            type: type,
            departed: departed,
            reinstated: reinstated,
            when: when,
            email: email,
            aliases: aliases ?? [],
            never: never ?? [],
            effectiveAt: effectiveAt,
            occurredAt: occurredAt,
            timeUnit: timeUnit
        )
    }

    /// A path, `{header: NAME}` or `{names_of: PATH}`.
    private static func type(in mapping: YAMLMapping) -> EventRule.Place? {
        guard let node = mapping.node("type", .required) else { return nil }
        guard case .mapping = node.value, let place = mapping.mapping("type") else {
            return path("type", in: mapping).map(EventRule.Place.path)
        }
        let header = place.string("header")
        let names = path("names_of", in: place)
        switch (header, names) {
        case (let header?, nil): return .header(header.lowercased())
        case (nil, let names?): return .namesOf(names)
        default:
            place.report("must have either header or names_of")
            return nil
        }
    }

    private static func condition(_ mapping: YAMLMapping) -> EventRule.Condition? {
        let path = path("path", in: mapping)
        let header = mapping.string("header")
        let equals = values("equals", in: mapping)
        let notEquals = values("not_equals", in: mapping)
        let place: EventRule.Place? =
            switch (path, header) {
            case (let path?, nil): .path(path)
            case (nil, let header?): .header(header.lowercased())
            default: nil
            }
        if mapping.has("path") == mapping.has("header") { mapping.report("must have either path or header") }
        let comparison: EventRule.Condition.Comparison? =
            switch (equals, notEquals) {
            case (let equals?, nil): .equals(equals)
            case (nil, let notEquals?): .notEquals(notEquals)
            default: nil
            }
        if mapping.has("equals") == mapping.has("not_equals") {
            mapping.report("must have either equals or not_equals")
        }
        guard let place, let comparison else { return nil }
        return EventRule.Condition(place: place, comparison: comparison)
    }

    private static func values(_ key: String, in mapping: YAMLMapping) -> [String]? {
        let values = mapping.scalars(key)
        if values?.isEmpty == true { mapping.report("must name at least one value", at: key) }
        return values
    }
}
