import Foundation
import HTTPListener
import WebhookSignature

/// Who sends a request.
enum Caller: Sendable {
    /// Whose token came with it.
    case bearer(Operator)
    /// Who is signed in; a request that changes something must carry the session's CSRF token.
    case session(Sessions.Session, id: String)
    /// Whom a reverse proxy vouches for.
    case proxied(Operator, csrf: String)
    case nobody

    var person: Operator? {
        switch self {
        case .bearer(let person): person
        case .session(let session, _): session.token.owner
        case .proxied(let person, _): person
        case .nobody: nil
        }
    }

    /// What the forms of a page carry; a bearer's need nothing.
    var csrf: String {
        switch self {
        case .session(let session, _): session.csrf
        case .proxied(_, let csrf): csrf
        case .bearer, .nobody: ""
        }
    }

    /// Whether what a request carries shows that it was meant: a page of somebody else's can make a browser send the
    /// cookie, and knows no CSRF token. A bearer token no browser sends by itself.
    func isMeant(_ presented: String?) -> Bool {
        switch self {
        case .bearer: true
        case .session, .proxied:
            presented.map { ConstantTime.equal(Array($0.utf8), Array(csrf.utf8)) } ?? false
        case .nobody: false
        }
    }
}

/// Finds out who sends a request.
struct CallerFinder: Sendable {
    let ring: TokenRing
    let sessions: Sessions
    /// `nil` where no proxy is believed.
    let proxy: ProxyUsers?

    static let cookie = "offboard_session"

    /// - Throws: `SignatureError`.
    func caller(_ head: RequestHead) throws -> Caller {
        if let proxy {
            guard let user = proxy.user(head) else { return .nobody }
            return .proxied(user, csrf: try proxy.csrf(of: user))
        }
        let (authorization, count) = head.headers.look(up: "authorization")
        if let authorization {
            // Of two it is not known which is meant.
            guard count == 1, let presented = Self.bearer(authorization), let token = try ring.token(presented) else {
                return .nobody
            }
            return .bearer(token.owner)
        }
        guard let id = Self.cookie(head), let session = try sessions.session(id), ring.holds(session.token) else {
            return .nobody
        }
        return .session(session, id: id)
    }

    private static func bearer(_ authorization: String) -> String? {
        let parts = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].trimmingCharacters(in: .whitespaces)
    }

    /// The session's id; `nil` where there is none, or where there are two.
    private static func cookie(_ head: RequestHead) -> String? {
        let found = head.headers.all("cookie").flatMap { $0.split(separator: ";") }.compactMap { part -> String? in
            let pair = part.trimmingCharacters(in: .whitespaces).split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            return pair.count == 2 && pair[0] == cookie ? String(pair[1]) : nil
        }
        return found.count == 1 ? found[0] : nil
    }
}
