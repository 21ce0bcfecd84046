import Foundation

/// The mail server that takes what we send and brings it further: `smtp://HOST[:PORT]`.
///
/// Without TLS and without a password, so that it must be this machine or, where that is written down, one in the same
/// network. To send further is its work.
public struct MailRelay: Sendable, Equatable {
    /// Why a text cannot be used as one.
    public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// What is used where nothing is configured.
    public static let usual = "smtp://127.0.0.1:25"
    private static let usualPort = 25

    /// Without brackets, in lower case.
    public let host: String
    public let port: Int
    let allowance: AddressAllowance

    /// - Parameter allowPrivate: whether it may be in a private network, else it is this machine.
    public init(_ text: String, allowPrivate: Bool) throws(Problem) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let parts = URLComponents(string: text) else {
            throw Problem(description: "is not a URL")
        }
        guard parts.scheme?.lowercased() == "smtp" else {
            throw Problem(description: "must begin with smtp://: a relay near by, which brings it further")
        }
        guard parts.user == nil, parts.password == nil else {
            throw Problem(description: "must not hold a user or a password")
        }
        guard parts.path.isEmpty || parts.path == "/", parts.query == nil, parts.fragment == nil else {
            throw Problem(description: "must hold a host and a port alone")
        }
        guard let written = parts.host?.lowercased(), !written.isEmpty else {
            throw Problem(description: "has no usable host")
        }
        let port = parts.port ?? Self.usualPort
        guard (1...65_535).contains(port) else { throw Problem(description: "has no usable port") }
        host = written.hasPrefix("[") && written.hasSuffix("]") ? String(written.dropFirst().dropLast()) : written
        self.port = port
        allowance = allowPrivate ? .nearBy : .thisMachine
        if let address = NetworkAddress(host), !allowance.allows(address) {
            throw Problem(
                description: "leads to an address that is not allowed; allow_private: true is for your own network"
            )
        }
    }
}

extension AddressAllowance {
    /// This machine.
    static let thisMachine = AddressAllowance(reaches: [.loopback])
    /// This machine and private networks.
    static let nearBy = AddressAllowance(reaches: [.loopback, .private])
}
