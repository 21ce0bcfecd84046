public import Offboarding
import StrictYAML

extension Sender {
    /// What reads this sender's deliveries.
    public var deliveryInterpreter: any DeliveryInterpreter {
        if let chat { return ChatInterpreter(chat) }
        return interpreter
    }

    /// `chat_tool`, `chat_request` and `chat` of a sender; `nil` where it is no chat tool.
    static func chatRule(_ mapping: YAMLMapping, events: EventRule?) -> ChatRule? {
        let tool = mapping.choice("chat_tool", of: ChatRule.Tool.self)
        guard mapping.has("chat_tool") else {
            for key in ["chat", "chat_request"] where mapping.has(key) {
                mapping.report("is for chat tools only", at: key, hint: "write chat_tool, or name its preset")
            }
            return nil
        }
        let places = mapping.mapping("chat_request", .required).flatMap(places)
        let permission = mapping.mapping("chat").flatMap { Self.permission($0, tool) }
        guard let tool, let places, let events else { return nil }
        if case .path = events.type {} else { mapping.report("must be a path for a chat tool", at: "events.type") }
        return ChatRule(tool: tool, places: places, permission: permission, events: events)
    }

    private static func places(_ mapping: YAMLMapping) -> ChatRule.Places? {
        let text = paths("text", in: mapping, .required)
        let user = paths("user", in: mapping, .required)
        let team = paths("team", in: mapping)
        let replyTo = paths("reply_to", in: mapping)
        let action = paths("action", in: mapping)
        let value = paths("value", in: mapping)
        guard let text, let user else { return nil }
        return ChatRule.Places(
            text: text,
            user: user,
            team: team ?? [],
            replyTo: replyTo ?? [],
            action: action ?? [],
            value: value ?? []
        )
    }

    private static func permission(_ mapping: YAMLMapping, _ tool: ChatRule.Tool?) -> ChatRule.Permission? {
        // A secret of Slack's signs for every workspace that has the app; one of Teams' belongs to one team.
        let teams = mapping.strings("teams", tool == .slack ? .required : .optional)
        let users = mapping.strings("users", .required)
        let hosts = mapping.strings("response_hosts") ?? ChatRule.defaultResponseHosts
        if teams?.isEmpty == true { mapping.report("must name at least one team", at: "teams") }
        if users?.isEmpty == true { mapping.report("must name at least one user", at: "users") }
        for host in hosts where !isHost(host) {
            mapping.report("\(host) is no host's name", at: "response_hosts", hint: "such as hooks.slack.com")
        }
        guard let users, teams != nil || tool != .slack else { return nil }
        return ChatRule.Permission(teams: teams, users: users, responseHosts: hosts.map { $0.lowercased() })
    }

    private static func isHost(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E: true
                default: false
                }
            }
    }
}
