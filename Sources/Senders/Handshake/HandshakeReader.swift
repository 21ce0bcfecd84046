import WebhookSignature

/// Looks for one question in one request.
struct HandshakeReader {
    let method: String
    let query: String?
    let body: [UInt8]

    /// What to answer to a step; `nil` where it is not asked.
    ///
    /// - Parameter headers: the values of the header whose name, without case, is the one given in lower case.
    func reply(to step: HandshakeStep, headers: (String) -> HeaderValues) -> HandshakeReply? {
        switch step.question {
        case .get(let header):
            guard method == "GET" else { return nil }
            let values = headers(header)
            guard let value = values.first else { return nil }
            // A value that was no UTF-8 has been repaired: it is not the one that was sent.
            guard values.count == 1, value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return .malformed }
            return Self.reply(with: value, to: step)
        case .query(let parameter):
            return queryReply(parameter, to: step)
        case .header(let name, let text, let members):
            guard method == "POST", headers(name).only == text else { return nil }
            guard members.isEmpty || hasMembers(members, in: json) else { return nil }
            return Self.reply(with: nil, to: step)
        case .json(let members, let path):
            guard method == "POST", let json, hasMembers(members, in: json) else { return nil }
            guard case .string(let value)? = Self.value(at: path, in: json) else { return .malformed }
            return Self.reply(with: value, to: step)
        case .form(let field, let text):
            guard method == "POST", case .string(let value)? = form(body)?[field] else { return nil }
            return Self.areSame(value, text) ? Self.reply(with: nil, to: step) : nil
        case .text(let text):
            return method == "POST" && isText(text) ? Self.reply(with: nil, to: step) : nil
        }
    }

    private func queryReply(_ parameter: String, to step: HandshakeStep) -> HandshakeReply? {
        guard method == "POST", body.isEmpty, let query, query.contains(parameter) else { return nil }
        // What cannot be read holds the parameter all the same, perhaps twice.
        guard let form = form(Array(query.utf8)) else { return .malformed }
        guard case .string(let value)? = form[parameter] else { return nil }
        return Self.reply(with: value, to: step)
    }

    private static func reply(with value: String?, to step: HandshakeStep) -> HandshakeReply {
        let value = value ?? ""
        switch step.answer {
        case .empty: return .empty
        case .json(let name):
            guard isPlain(value, upTo: step.longestValue) else { return .malformed }
            return .json("{\(JSONText.quoted(name)):\(JSONText.quoted(value))}")
        case .text:
            return isPlain(value, upTo: step.longestValue) ? .text(value) : .malformed
        case .code(let valueName, let codeName):
            // Of these characters nothing can be made that a sender signs as a request, so the code is no signature.
            guard isToken(value, upTo: step.longestValue) else { return .malformed }
            return .code(valueName: valueName, value: value, codeName: codeName)
        case .keep:
            let isVisible = value.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            return isVisible && isPlain(value, upTo: step.longestValue) ? .keep(token: value) : .malformed
        }
    }

    private var json: JSONValue? {
        // The first byte tells most bodies that are no object without reading them.
        guard body.first(where: { !Self.isBlank($0) }) == UInt8(ascii: "{") else { return nil }
        do { return try JSONValue(parsing: body) } catch { return nil }
    }

    private func form(_ bytes: [UInt8]) -> JSONValue? {
        do { return try FormBody.value(of: bytes, json: nil) } catch { return nil }
    }

    private func hasMembers(_ members: [HandshakeStep.Member], in json: JSONValue?) -> Bool {
        guard let json else { return false }
        return members.allSatisfy { member in
            guard case .string(let text)? = Self.value(at: member.path, in: json) else { return false }
            return member.text.map { Self.areSame($0, text) } ?? true
        }
    }

    private func isText(_ text: String) -> Bool {
        let trimmed = body.drop(while: Self.isBlank).reversed().drop(while: Self.isBlank).reversed()
        if trimmed.elementsEqual(text.utf8) { return true }
        // A JSON text or an object with it is a little longer than the text itself.
        guard trimmed.first == UInt8(ascii: "\"") || trimmed.first == UInt8(ascii: "{") else { return false }
        do {
            switch try JSONValue(parsing: body) {
            case .string(let value): return Self.areSame(value, text)
            case .object(let members) where members.count == 1 && Self.areSame(members[0].name, "text"):
                guard case .string(let value) = members[0].value else { return false }
                return Self.areSame(value, text)
            default: return false
            }
        } catch { return false }
    }

    private static func value(at path: [String], in json: JSONValue) -> JSONValue? {
        path.reduce(Optional(json)) { value, name in value?[name] }
    }

    /// Whether a value may be echoed: not empty, not too long, nothing that a terminal or a browser would obey.
    private static func isPlain(_ value: String, upTo longest: Int) -> Bool {
        (1...longest).contains(value.utf8.count)
            && value.unicodeScalars.allSatisfy { scalar in
                scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)
                    && !(0x2028...0x2029).contains(scalar.value)
            }
    }

    private static func isToken(_ value: String, upTo longest: Int) -> Bool {
        (1...longest).contains(value.utf8.count)
            && value.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || "-_=+/".utf8.contains(byte)
            }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func areSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
}
