import Offboarding

/// The one email in what somebody typed. Pure.
enum ChatEmail {
    struct Problem: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// The longest text that is looked at, in bytes.
    static let longest = 4096

    static func read(_ text: String, from tool: ChatRule.Tool) -> Result<EmailAddress, Problem> {
        guard text.utf8.count <= longest else { return .failure(Problem(description: "the text is too long")) }
        let plain =
            switch tool {
            case .slack: text
            case .teams: HTMLText.decoded(HTMLText.withoutTags(HTMLText.without("at", in: text)))
            }
        let words = plain.split { $0.isWhitespace }
        guard words.count == 1, let word = words.first else {
            return .failure(Problem(description: "the text is not exactly one email"))
        }
        guard let written = tool == .slack ? withoutLink(String(word)) : String(word),
            !written.contains(where: { "<>|".contains($0) })
        else { return .failure(Problem(description: "the text holds a link that is no single email")) }
        do throws(UnusableEmail) {
            return .success(try EmailAddress(written))
        } catch {
            return .failure(Problem(description: error.rawValue))
        }
    }

    /// Slack writes an address as `<mailto:a@example.com|a@example.com>` where it escapes what is typed; `nil` where its
    /// two halves differ, since the person saw one of them only.
    private static func withoutLink(_ word: String) -> String? {
        guard word.hasPrefix("<mailto:"), word.hasSuffix(">") else { return HTMLText.decoded(word) }
        let halves = word.dropFirst("<mailto:".count).dropLast().split(separator: "|", omittingEmptySubsequences: false)
        guard let address = halves.first, halves.count <= 2,
            halves.allSatisfy({ String($0).hasSameBytes(as: String(address)) })
        else { return nil }
        return HTMLText.decoded(String(address))
    }
}
