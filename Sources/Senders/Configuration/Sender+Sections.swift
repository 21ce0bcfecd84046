import StrictYAML
import WebhookSignature

/// The sections of a sender, each read on its own; problems are reported, and a section with any is `nil`.
extension Sender {
    static func scheme(_ mapping: YAMLMapping) -> SignatureScheme? {
        let headers = mapping.oneOrMore("header", .required)
        let algorithm = mapping.choice("algorithm", of: SignatureScheme.Algorithm.self, .required)
        let allowsSHA1 = mapping.boolean("allow_sha1") ?? false
        if algorithm == .sha1, !allowsSHA1 {
            mapping.report(
                "is too weak to be used by accident",
                at: "algorithm",
                hint: "write allow_sha1: true beside it"
            )
        }
        let encoding = mapping.choice("encoding", of: SignatureScheme.Encoding.self, .required)
        let prefix = mapping.string("prefix", allowingEmpty: true) ?? ""
        let content = mapping.string("content", .required).flatMap { text -> ContentTemplate? in
            do { return try ContentTemplate(text) } catch {
                mapping.report("\(error)", at: "content")
                return nil
            }
        }
        let layout = mapping.choice("layout", of: SignatureScheme.Layout.self) ?? .plain
        let separator = mapping.string("separator") ?? " "
        let keys = mapping.mapping("keys").flatMap { keys in
            let timestamp = keys.string("timestamp")
            return keys.string("signature", .required).map {
                SignatureScheme.Keys(timestamp: timestamp, signature: $0)
            }
        }
        if layout == .keyed, !mapping.has("keys") { mapping.report("is missing, and the layout is keyed", at: "keys") }
        let secretEncoding = mapping.choice("secret_encoding", of: Secret.Encoding.self) ?? .utf8
        guard let headers, let algorithm, let encoding, let content else { return nil }
        return SignatureScheme(
            headers: headers,
            algorithm: algorithm,
            encoding: encoding,
            prefix: prefix,
            content: content,
            layout: layout,
            separator: separator,
            keys: keys,
            secretEncoding: secretEncoding
        )
    }

    static func timestampRule(_ mapping: YAMLMapping, signature: SignatureScheme?) -> TimestampRule? {
        let headers = mapping.oneOrMore("header")
        let unit = mapping.choice("unit", of: TimestampRule.Unit.self) ?? .seconds
        let tolerance = mapping.duration("tolerance", in: .seconds(1)...(.seconds(86_400))) ?? .seconds(300)
        let isKeyed = signature?.layout == .keyed && signature?.keys?.timestamp != nil
        if headers == nil, !mapping.has("header"), signature != nil, !isKeyed {
            mapping.report("is missing", at: "header")
        }
        return TimestampRule(headers: headers ?? [], unit: unit, tolerance: tolerance)
    }

    static func idSource(_ mapping: YAMLMapping) -> IDSource? {
        let headers = mapping.oneOrMore("header")
        let path = path("path", in: mapping)
        switch (headers, path) {
        case (let headers?, nil): return .header(headers)
        case (nil, let path?): return .path(path)
        default:
            mapping.report("must have either header or path")
            return nil
        }
    }

    static func credentialRule(_ mapping: YAMLMapping) -> CredentialRule? {
        let header = mapping.string("header")
        let path = path("path", in: mapping)
        if let path, let problem = BodyCredential.problem(with: path) { mapping.report(problem, at: "path") }
        let value = mapping.secret("value", .required)
        let place: CredentialRule.Place
        switch (header, path) {
        case (let header?, nil): place = .header(header)
        case (nil, let path?): place = .path(path)
        default:
            mapping.report("must have either header or path")
            return nil
        }
        return value.map { CredentialRule(place: place, value: $0) }
    }

    static func response(_ mapping: YAMLMapping) -> Response {
        let status = mapping.integer("status", in: 200...299) ?? 202
        let body = mapping.choice("body", of: Response.Body.self) ?? .json
        // RFC 9110, sections 15.3.5 and 15.3.6: these carry no content.
        if status == 204 || status == 205, body == .json {
            mapping.report("must not be \(status) with a body", at: "status", hint: "write body: empty")
        }
        return Response(status: status, body: body)
    }

    static func path(_ key: String, in mapping: YAMLMapping, _ need: YAMLMapping.Need = .optional) -> JSONPath? {
        mapping.string(key, need).flatMap { read($0, at: key, in: mapping) }
    }

    static func paths(
        _ key: String,
        in mapping: YAMLMapping,
        _ need: YAMLMapping.Need = .optional
    ) -> [JSONPath]? {
        mapping.oneOrMore(key, need).map { texts in texts.compactMap { read($0, at: key, in: mapping) } }
    }

    private static func read(_ text: String, at key: String, in mapping: YAMLMapping) -> JSONPath? {
        do { return try JSONPath(text) } catch {
            mapping.report("\(text) \(error)", at: key)
            return nil
        }
    }
}
