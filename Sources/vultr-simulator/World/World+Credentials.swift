/// People's API keys and the sessions of roles that they assumed. Neither shape is documented: the rows hold more than is
/// needed, secrets among it.
extension World {
    func apiKeys(of user: String, _ key: APIKey) -> Answer {
        withCredentials(of: user, key) { person in
            let rows = person.apiKeys.map { id in
                JSON.object([
                    ("id", .string(id)), ("name", .string("laptop")), ("api_key", .string("secret-of-\(id)")),
                    ("date_expire", .null),
                ])
            }
            return Self.list("api_keys", rows)
        }
    }

    mutating func endAPIKey(_ id: String, of user: String, _ key: APIKey) -> (answer: Answer, applied: Bool) {
        guard key.mayEndCredentials else { return (Refused.forbidden.answer, false) }
        guard let ordinal = personOrdinals[user], isVisible(ordinal, to: key),
            let index = people[ordinal].apiKeys.firstIndex(of: id)
        else { return (.failure(404, "API key not found."), false) }
        people[ordinal].apiKeys.remove(at: index)
        return (.noContent, true)
    }

    func sessions(of user: String, _ key: APIKey) -> Answer {
        withCredentials(of: user, key) { person in
            let rows = person.sessions.map { token in
                JSON.object([
                    ("session_token", .string(token)), ("role_id", .string("r-1")),
                    ("assumed_at", .string("2026-11-24T16:00:00+00:00")),
                ])
            }
            return Self.list("sessions", rows)
        }
    }

    mutating func endSession(_ token: String, _ key: APIKey) -> (answer: Answer, applied: Bool) {
        guard key.mayEndCredentials else { return (Refused.forbidden.answer, false) }
        for ordinal in people.indices where isVisible(ordinal, to: key) {
            guard let index = people[ordinal].sessions.firstIndex(of: token) else { continue }
            people[ordinal].sessions.remove(at: index)
            return (.noContent, true)
        }
        // Errors of real services repeat what they were asked for.
        return (.failure(404, "Assumed role \(token) not found."), false)
    }

    private func withCredentials(of user: String, _ key: APIKey, _ answer: (Person) -> Answer) -> Answer {
        guard key.mayListCredentials else { return Refused.forbidden.answer }
        guard let ordinal = personOrdinals[user], isVisible(ordinal, to: key) else {
            return .failure(404, "Invalid user")
        }
        return answer(people[ordinal])
    }

    private static func list(_ name: String, _ rows: [JSON]) -> Answer {
        let links = JSON.object([("next", .string("")), ("prev", .string(""))])
        return .json(
            200,
            .object([(name, .array(rows)), ("meta", .object([("total", .integer(rows.count)), ("links", links)]))])
        )
    }
}
