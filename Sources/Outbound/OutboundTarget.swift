import Foundation

/// Where a request goes: a URL that was checked, and the addresses that its host may have.
///
/// Printing it shows the host and nothing behind it: paths of webhooks are often secrets.
public struct OutboundTarget: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// Why a text cannot be used as a URL. Holds none of it.
    public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// The longest URL in bytes.
    public static let longest = 4096

    /// Without brackets, in lower case.
    public let host: String
    public let allowance: AddressAllowance
    /// The whole of it; never show it.
    let url: String

    public var description: String { host }
    public var debugDescription: String { host }
    public var customMirror: Mirror { Mirror(self, children: ["host": host]) }

    /// Checks a URL: `https`, or `http` where the host is loopback or private networks are allowed; no user, no fragment.
    ///
    /// - Parameters:
    ///   - allowance: which addresses the host may have; they are checked at every request.
    ///   - hosts: the only hosts that it may name, in lower case; `nil` for any, where the URL is the operator's own.
    /// - Throws: ``Problem``.
    public init(
        _ text: String,
        allowing allowance: AddressAllowance,
        hosts: [String]? = nil
    ) throws(Problem) {
        guard text.utf8.count <= Self.longest, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            var parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased()
        else { throw Problem(description: "is not a URL") }
        guard scheme == "https" || scheme == "http" else { throw Problem(description: "must begin with https://") }
        guard parts.user == nil, parts.password == nil else {
            throw Problem(description: "must not hold a user or a password")
        }
        guard parts.fragment == nil else { throw Problem(description: "must not have a part behind a #") }
        guard let written = parts.host?.lowercased(), Self.isPlain(Self.withoutBrackets(written)) else {
            throw Problem(description: "has no usable host")
        }
        let host = Self.withoutBrackets(written)
        if let port = parts.port, !(1...65_535).contains(port) { throw Problem(description: "has no usable port") }
        if let hosts, !hosts.contains(host) { throw Problem(description: "leads to a host that is not allowed") }
        guard scheme == "https" || allowance == .privateNetworks || Self.isLoopback(host) else {
            throw Problem(description: "must begin with https://, since the host is not this machine")
        }
        if let address = NetworkAddress(host), !allowance.allows(address) {
            throw Problem(description: "leads to an address that is not allowed")
        }
        // In the form in which the client finds the address that was checked for it.
        parts.host = written
        guard let url = parts.string else { throw Problem(description: "is not a URL") }
        self.host = host
        self.allowance = allowance
        self.url = url
    }

    /// Whether a URL names this machine outright, by a loopback address or as `localhost`.
    public static func namesThisMachine(_ text: String) -> Bool {
        URLComponents(string: text)?.host.map { isLoopback(withoutBrackets($0).lowercased()) } ?? false
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || NetworkAddress(host)?.reach == .loopback
    }

    private static func withoutBrackets(_ host: String) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }

    private static func isPlain(_ host: String) -> Bool {
        !host.isEmpty && host.utf8.count <= 253
            && host.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5F: true
                default: false
                }
            }
    }
}
