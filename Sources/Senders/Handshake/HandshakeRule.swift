public import WebhookSignature

/// Tells a sender's handshake from its deliveries, and what to answer. Pure: it holds no secret and stores nothing.
public struct HandshakeRule: Sendable {
    /// The longest body in bytes that is looked at; a longer one is a delivery.
    public static let longestBody = 4096

    public let steps: [HandshakeStep]

    /// - Returns: `nil` for a sender without a handshake.
    public init?(_ handshake: Sender.Handshake) {
        guard handshake != .none else { return nil }
        steps = handshake.steps
    }

    /// Headers that must come at most once, in lower case.
    public var guardedHeaders: [String] {
        steps.compactMap { step in
            switch step.question {
            case .get(let header), .header(let header, _, _): header
            case .query, .json, .form, .text: nil
            }
        }
    }

    /// Whether a `GET` is a question of this sender's.
    ///
    /// - Parameter headers: the values of the header whose name, without case, is the one given in lower case.
    public func isAskedByGet(headers: (String) -> HeaderValues) -> Bool {
        steps.contains { step in
            if case .get(let header) = step.question { !headers(header).isEmpty } else { false }
        }
    }

    /// Whether a `POST` without a signature could be a question that is answered to anybody, so that its body, if any,
    /// is worth reading.
    ///
    /// - Parameters:
    ///   - query: what follows the `?` of the target.
    ///   - length: the announced length of the body in bytes; `nil` where it is chunked, which no question is.
    public func mayBeAskedByAnybody(query: String?, length: Int?) -> Bool {
        guard let length, length <= Self.longestBody else { return false }
        return steps.contains { step in
            guard step.trust == .anybody else { return false }
            switch step.question {
            case .query(let parameter): return length == 0 && query?.contains(parameter) == true
            case .json, .form, .text: return length > 0
            case .get, .header: return false
            }
        }
    }

    /// What to answer; `nil` where the request asks nothing of this sender's handshake, and so is a delivery.
    ///
    /// - Parameters:
    ///   - method: `GET` or `POST`.
    ///   - query: what follows the `?` of the target.
    ///   - headers: the values of the header whose name, without case, is the one given in lower case.
    ///   - body: the body as it arrived.
    ///   - isVerified: whether the signature or the credential is right, and the timestamp fresh. Of a request without
    ///     them only the steps for anybody are looked at.
    public func reply(
        method: String,
        query: String?,
        headers: (String) -> HeaderValues,
        body: [UInt8],
        isVerified: Bool
    ) -> HandshakeReply? {
        guard body.count <= Self.longestBody else { return nil }
        let reader = HandshakeReader(method: method, query: query, body: body)
        for step in steps where isVerified || step.trust == .anybody {
            if let reply = reader.reply(to: step, headers: headers) { return reply }
        }
        return nil
    }
}

/// What a question is answered.
public enum HandshakeReply: Sendable, Equatable {
    /// 200 without a body.
    case empty
    /// 200 with this JSON.
    case json(String)
    /// 200 with this plain text.
    case text(String)
    /// 200 with JSON that ``json(valueName:value:codeName:code:)`` makes of the value's HMAC under the secret that
    /// signed the request.
    case code(valueName: String, value: String, codeName: String)
    /// 200 without a body, once the token is kept for the operator. It must not be logged.
    case keep(token: String)
    /// 400: the question is asked in a way that is not answered. Nothing of it is echoed.
    case malformed

    /// The JSON of an answer that proves the possession of the secret.
    public static func json(valueName: String, value: String, codeName: String, code: String) -> String {
        "{\(JSONText.quoted(valueName)):\(JSONText.quoted(value)),\(JSONText.quoted(codeName)):\(JSONText.quoted(code))}"
    }
}
