import Offboarding

/// What a chat tool is answered at once, before anything is looked up. Pure.
public enum ChatAnswer: Sendable, Equatable {
    /// 200 with this JSON.
    case json(String)
    /// 200 without a body: a chat shows nothing of an answer to a button.
    case empty

    static let stranger = "Sorry, you may not ask for this here. Nothing was done."

    /// - Returns: `nil` where the sender's own answer is right.
    public init?(to reading: ChatReading, by tool: ChatRule.Tool) {
        switch reading {
        case .nothing: return nil
        case .press, .stranger(_, _, isPress: true): self = .empty
        case .stranger: self = Self.text(Self.stranger, tool)
        case .unclear: self = Self.text(Self.help(tool), tool)
        case .removal(_, _, let email): self = Self.text(Self.lookingUp(ChatText.escaped(email.text), tool), tool)
        }
    }

    private static func help(_ tool: ChatRule.Tool) -> String {
        let example =
            switch tool {
            case .slack: "/offboard alice@example.com"
            case .teams: "@Offboard alice@example.com"
            }
        return "Please write exactly one email address, such as `\(example)`. Nothing was done."
    }

    private static func lookingUp(_ email: String, _ tool: ChatRule.Tool) -> String {
        switch tool {
        case .slack: "Looking up \(email) …"
        case .teams:
            "Looking up \(email). Nobody is removed yet: a case is opened and held until somebody approves it. "
                + "See `vultr-offboard cases --state held`, then `vultr-offboard approve CASE`."
        }
    }

    private static func text(_ text: String, _ tool: ChatRule.Tool) -> ChatAnswer {
        let quoted = JSONText.quoted(text)
        return switch tool {
        // Nobody else sees it.
        case .slack: .json("{\"response_type\":\"ephemeral\",\"text\":\(quoted)}")
        case .teams: .json("{\"type\":\"message\",\"text\":\(quoted)}")
        }
    }
}

/// Text for a chat.
public enum ChatText {
    /// Escapes the three characters that mean something to Slack, so that no text can make a link or call everybody; a
    /// backtick would end what is shown as code.
    public static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "`": escaped += "'"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
