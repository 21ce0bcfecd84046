import Foundation

/// Where Vultr is: a scheme, a host and perhaps a port, checked once; and how a path is put behind it.
struct BaseURL: Sendable, Equatable {
    /// The longest id that is put into a path. Vultr's are 36 bytes; a longer path is refused by servers anyway.
    static let longestIdentifier = 256

    /// Scheme, host, port and `/v2`, without a slash at the end.
    let root: String

    /// - Throws: ``VultrConnectionError`` for anything but `https://HOST[:PORT]` with an optional `/` or `/v2` behind it;
    ///   `http` is allowed for loopback hosts only, because the key goes with every request.
    init(_ text: String) throws(VultrConnectionError) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased() else {
            throw VultrConnectionError(.unusableURL, "vultr.url is not a URL")
        }
        guard scheme == "https" || scheme == "http" else {
            throw VultrConnectionError(.unusableURL, "vultr.url must begin with https://")
        }
        guard parts.user == nil, parts.password == nil else {
            throw VultrConnectionError(.unusableURL, "vultr.url must not hold a user or a password")
        }
        guard parts.query == nil, parts.fragment == nil, ["", "/", "/v2", "/v2/"].contains(parts.percentEncodedPath)
        else {
            throw VultrConnectionError(.unusableURL, "vultr.url must end with its host, port or /v2")
        }
        guard let host = parts.host.map(Self.withoutBrackets), Self.isPlain(host) else {
            throw VultrConnectionError(.unusableURL, "vultr.url has no usable host")
        }
        guard scheme == "https" || Self.isLoopback(host) else {
            throw VultrConnectionError(
                .plainHTTP,
                "vultr.url must begin with https://: the key goes with every request; http:// is for loopback only"
            )
        }
        let shown = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        root = "\(scheme)://\(shown)\(parts.port.map { ":\($0)" } ?? "")/v2"
    }

    /// A text as one path segment or one query value: everything but letters, digits and `-._~` is percent-encoded,
    /// `+`, `/` and `=` among it (RFC 3986, section 2.3).
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// An id as one path segment, or `nil` where it could lead to another path than the one meant: empty, dots only, too
    /// long, or with a slash, a question mark, a number sign or a control character.
    static func segment(_ identifier: String) -> String? {
        guard !identifier.isEmpty, identifier.utf8.count <= longestIdentifier else { return nil }
        guard !identifier.utf8.allSatisfy({ $0 == UInt8(ascii: ".") }) else { return nil }
        for scalar in identifier.unicodeScalars {
            if scalar == "/" || scalar == "\\" || scalar == "?" || scalar == "#" { return nil }
            if scalar.properties.generalCategory == .control { return nil }
        }
        return encoded(identifier)
    }

    private static func withoutBrackets(_ host: String) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }

    private static func isPlain(_ host: String) -> Bool {
        !host.isEmpty
            && host.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5F: true
                default: false
                }
            }
    }

    private static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }
}
