/// How people ask for departures in a chat, and who may, as data. Holds no secret.
public struct ChatRule: Sendable {
    /// The form in which a chat tool is answered.
    public enum Tool: String, Sendable, CaseIterable {
        /// Answers to Slack's slash commands and buttons, and messages afterwards.
        case slack
        /// The answer to an outgoing webhook of Microsoft Teams; nothing can be said afterwards.
        case teams
    }

    /// Where a request says what (`chat_request`). The first path with a hit counts; of teams any.
    public struct Places: Sendable {
        public let text: [JSONPath]
        public let user: [JSONPath]
        public let team: [JSONPath]
        /// Where the chat takes messages about the request.
        public let replyTo: [JSONPath]
        /// Which button was pressed.
        public let action: [JSONPath]
        /// What the button carried.
        public let value: [JSONPath]
    }

    /// Who may ask (`chat` of the configuration).
    public struct Permission: Sendable, Equatable {
        /// `nil` where the secret that signs belongs to one team anyway.
        public let teams: [String]?
        public let users: [String]
        /// The only hosts that messages go to, in lower case.
        public let responseHosts: [String]
    }

    /// Slack's own.
    public static let defaultResponseHosts = ["hooks.slack.com"]

    public let tool: Tool
    public let places: Places
    /// `nil` where nobody may ask.
    public let permission: Permission?
    let events: EventRule

    /// What one request says, read after it was verified.
    public func read(_ body: [UInt8]) -> ChatReading {
        guard let permission else { return .nothing("nobody may ask here: the sender has no chat") }
        let document: JSONValue
        do {
            document =
                events.format == .form
                ? try FormBody.value(of: body, json: events.formJSON) : try JSONValue(parsing: body)
        } catch { return .nothing("the body cannot be read: \(error)") }
        let found = ChatFields(document: document)
        let replyTo = found.text(places.replyTo)
        let requester = requester(found)
        if let action = found.text(places.action).flatMap(ChatAction.init(rawValue:)) {
            guard allows(found, permission) else { return .stranger(requester, replyTo: replyTo, isPress: true) }
            guard let value = found.text(places.value), let press = ChatPress(action, value: value) else {
                return .nothing("a button that is none of ours was pressed")
            }
            return .press(requester, replyTo: replyTo, press)
        }
        guard isAsking(document) else { return .nothing("it asks for nothing") }
        guard allows(found, permission) else { return .stranger(requester, replyTo: replyTo, isPress: false) }
        switch ChatEmail.read(found.text(places.text) ?? "", from: tool) {
        case .success(let email): return .removal(requester, replyTo: replyTo, email)
        case .failure(let problem): return .unclear(requester, problem.description)
        }
    }

    private func isAsking(_ document: JSONValue) -> Bool {
        guard case .path(let path) = events.type else { return false }
        let types = path.values(in: document, body: document).filter { !$0.isNull }
        guard types.count == 1, let type = types[0].scalarText else { return false }
        return events.departed.contains { $0.hasSameBytes(as: type) }
    }

    private func allows(_ found: ChatFields, _ permission: Permission) -> Bool {
        guard let user = found.text(places.user), permission.users.contains(where: { $0.hasSameBytes(as: user) }) else {
            return false
        }
        guard let teams = permission.teams else { return true }
        return found.texts(places.team).contains { team in teams.contains { $0.hasSameBytes(as: team) } }
    }

    /// Who asks, in a form that can be kept and logged: what is no plain id is left out.
    private func requester(_ found: ChatFields) -> String {
        let ids = [found.texts(places.team).first, found.text(places.user)].compactMap { $0 }.map { id in
            let isPlain = (1...128).contains(id.utf8.count) && id.utf8.allSatisfy(Self.isPlain)
            return isPlain ? id : "?"
        }
        return "\(tool.rawValue):" + ids.joined(separator: "/")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5F: true
        default: false
        }
    }
}

/// The fields of one request.
private struct ChatFields {
    let document: JSONValue

    /// The text of the first path with a hit; `nil` where it hits several.
    func text(_ paths: [JSONPath]) -> String? {
        for path in paths {
            let texts = texts([path])
            if !texts.isEmpty { return texts.count == 1 ? texts[0] : nil }
        }
        return nil
    }

    /// The texts of all paths.
    func texts(_ paths: [JSONPath]) -> [String] {
        paths.flatMap { $0.values(in: document, body: document) }.compactMap { value in
            guard case .string(let text) = value else { return nil }
            return text
        }
    }
}
