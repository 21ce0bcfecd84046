import Foundation
import HTTPListener
import WebhookSignature

/// Who may, of those whom a reverse proxy has let in. The proxy says in a header who it is; that is believed on a socket
/// which nobody but the proxy can reach.
public struct ProxyUsers: Sendable {
    /// In lower case.
    private let header: String
    private let operators: Set<String>
    private let viewers: Set<String>
    /// What the CSRF tokens are made of.
    private let key: String

    /// Stands for anybody whom the proxy lets in.
    public static let anybody = "*"
    /// No name is longer, in bytes.
    private static let longest = 256

    /// - Parameter header: where the proxy writes the name.
    public init(header: String, operators: [String], viewers: [String]) {
        self.header = header.lowercased()
        self.operators = Set(operators)
        self.viewers = Set(viewers)
        key = RandomText.make()
    }

    /// Who sends a request; `nil` where the proxy does not say it, says it twice, or where they may nothing here.
    func user(_ head: RequestHead) -> Operator? {
        let (name, count) = head.headers.look(up: header)
        guard let name, count == 1, !name.isEmpty, name.utf8.count <= Self.longest else { return nil }
        if operators.contains(name) || operators.contains(Self.anybody) { return Operator(name: name, role: .operator) }
        if viewers.contains(name) || viewers.contains(Self.anybody) { return Operator(name: name, role: .viewer) }
        return nil
    }

    /// What the forms of a user's pages carry.
    ///
    /// - Throws: `SignatureError`.
    func csrf(of user: Operator) throws -> String {
        // The inner digest has a fixed length, so that no name continues another's.
        let inner = try SHA256.hexDigest(of: Array((key + user.name).utf8))
        return try SHA256.hexDigest(of: Array((key + inner).utf8))
    }
}
