/// One question by which a sender learns whether we are there, and how it is answered, as data.
///
/// The kinds of questions and answers are a closed set: a sender's handshake is a list of steps made of them.
public struct HandshakeStep: Sendable, Equatable {
    /// Who is answered.
    public enum Trust: Sendable {
        /// Anybody: the answer tells nothing but that we are there.
        case anybody
        /// Who has signed the request, or brought the credential, just now.
        case verified
    }

    /// A member of the body's JSON that tells the question from a delivery.
    public struct Member: Sendable, Equatable {
        /// The names that lead to it from the outermost object.
        public let path: [String]
        /// What it must be; `nil` for any text.
        public let text: String?

        public init(_ path: String..., is text: String? = nil) {
            self.path = path
            self.text = text
        }
    }

    /// What tells the question from everything else, and where the value stands that the answer needs.
    public enum Question: Sendable, Equatable {
        /// A `GET` with this header, given in lower case; the value is the header's.
        case get(header: String)
        /// A `POST` without a body whose query has this parameter; the value is the parameter's, decoded.
        case query(parameter: String)
        /// A `POST` whose header, given in lower case, has this text, and whose body has these members.
        case header(String, text: String, members: [Member])
        /// A `POST` of JSON with these members; the value is the text at a path.
        case json(members: [Member], value: [String])
        /// A `POST` of a form whose field has this text.
        case form(field: String, text: String)
        /// A `POST` of this text: as it is, as a JSON text, or as the only member `text` of an object.
        case text(String)
    }

    /// What is answered, always with status 200.
    public enum Answer: Sendable, Equatable {
        /// Nothing.
        case empty
        /// The value under a name in a JSON object.
        case json(name: String)
        /// The value as plain text.
        case text
        /// The value under a name, and its HMAC in hex under the secret that signed the request, in a JSON object.
        case code(value: String, code: String)
        /// Nothing; the value is a token that is kept for the operator.
        case keep
    }

    public let trust: Trust
    public let question: Question
    public let answer: Answer
    /// The longest value in bytes of UTF-8; a longer one is refused.
    public let longestValue: Int

    public init(_ trust: Trust, _ question: Question, _ answer: Answer, longestValue: Int = 0) {
        self.trust = trust
        self.question = question
        self.answer = answer
        self.longestValue = longestValue
    }
}
