import Foundation
import StrictYAML

extension Sender {
    /// Headers that a lookup's rule cannot set: they say where a request ends, or where it goes.
    private static let reservedHeaders: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect",
    ]

    /// The `lookup` section. Whether its host may be asked is found out by whoever asks.
    static func lookupRule(_ mapping: YAMLMapping) -> LookupRule? {
        let url = mapping.string("url", .required)
        let isUsable = url.map { holdsID($0, mapping) } ?? false
        let id = path("id", in: mapping, .required)
        let headers = mapping.mapping("header").map(headers) ?? []
        let email = paths("email", in: mapping, .required)
        let allowPrivate = mapping.boolean("allow_private") ?? false
        guard let url, isUsable, let id, let email else { return nil }
        return LookupRule(url: url, id: id, headers: headers, email: email, allowPrivate: allowPrivate)
    }

    /// Whether the id has one place in the URL, and that in its path.
    private static func holdsID(_ url: String, _ mapping: YAMLMapping) -> Bool {
        let pieces = url.components(separatedBy: LookupRule.placeholder)
        guard pieces.count == 2 else {
            mapping.report("must hold {id} once", at: "url", hint: "such as https://api.example.com/people/{id}")
            return false
        }
        let beforePath = pieces[0].range(of: "://").map { pieces[0][$0.upperBound...] } ?? ""
        guard beforePath.contains("/"), !beforePath.contains("?"), !beforePath.contains("#") else {
            mapping.report("must hold {id} in its path", at: "url", hint: "such as https://api.example.com/people/{id}")
            return false
        }
        return true
    }

    private static func headers(_ mapping: YAMLMapping) -> [LookupRule.Header] {
        mapping.keys.compactMap { name in
            let isToken = name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
            guard isToken, !name.isEmpty, !reservedHeaders.contains(name.lowercased()) else {
                _ = mapping.has(name)
                mapping.report("is no header that can be set", at: name)
                return nil
            }
            return mapping.secret(name).map { LookupRule.Header(name: name, value: $0) }
        }
    }
}
