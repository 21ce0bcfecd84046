import Foundation
import HTTPListener

/// `GET /login`, `POST /login`, `POST /logout`.
struct SignIn: Sendable {
    let ring: TokenRing
    let sessions: Sessions
    let `guard`: SignInGuard
    let pages: PageRenderer

    func route(_ head: RequestHead) -> Routing {
        switch head.method {
        case "GET": .answer(pages.signIn(next: Self.next(FormFields(head.query ?? "")?["next"])))
        case "POST": .endpoint(SignInEndpoint(self))
        default: .answer(.methodNotAllowed(allow: ["GET", "POST"]))
        }
    }

    /// Ends the session that the request came with.
    func signOut(_ request: ConsoleRequest) throws -> Response {
        if case .session(_, let id) = request.caller { try sessions.end(id) }
        return pages.redirect(to: "/login", headers: [Self.cookie("", head: request.head, lasts: 0)])
    }

    fileprivate func signIn(_ request: Request) throws -> Response {
        guard Self.isFromHere(request.head) else { throw ConsoleError.notMeant }
        guard let text = String(validating: request.body, as: UTF8.self), let form = FormFields(text),
            let presented = form["token"]
        else { throw ConsoleError.badRequest("the form has no token") }
        let next = Self.next(form["next"])
        guard let token = try ring.token(presented.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            `guard`.failed(request.head.client)
            return pages.signIn(next: next, problem: "This token is not one of ours.", status: 401)
        }
        let (id, _) = try sessions.begin(token)
        return pages.redirect(
            to: next,
            headers: [Self.cookie(id, head: request.head, lasts: Int(Sessions.longest))]
        )
    }

    /// A page of ours to go to; a path of this console and nothing else.
    private static func next(_ wanted: String?) -> String {
        guard let wanted, wanted.hasPrefix("/"), wanted.utf8.count <= 2048,
            !wanted.hasPrefix("//"), !wanted.hasPrefix("/\\"),
            wanted.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
        else { return "/" }
        return wanted
    }

    /// Whether a browser says that the form was another site's: somebody could be signed in as somebody else by it.
    private static func isFromHere(_ head: RequestHead) -> Bool {
        guard let site = head.headers.first("sec-fetch-site") else { return true }
        return site == "same-origin" || site == "none"
    }

    private static func cookie(_ id: String, head: RequestHead, lasts seconds: Int) -> HeaderField {
        // A proxy that speaks TLS says so; in the clear a browser would not send a cookie that is marked so.
        let isSecure = head.headers.first("x-forwarded-proto")?.lowercased() == "https"
        let attributes = "Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
        return HeaderField("Set-Cookie", "\(CallerFinder.cookie)=\(id); \(attributes)")
    }
}

/// Takes tokens.
private final class SignInEndpoint: Endpoint {
    private let signIn: SignIn

    init(_ signIn: SignIn) { self.signIn = signIn }

    func admit(_ head: RequestHead) -> Response? {
        guard let seconds = signIn.guard.wait(head.client) else { return nil }
        let error = ConsoleError(
            status: 429,
            word: "too_many_tries",
            message: "Too many tokens were wrong. Wait \(seconds) seconds."
        )
        return signIn.pages.response(error, for: nil, headers: [HeaderField("Retry-After", String(seconds))])
    }

    func handle(_ request: Request, _ responder: Responder) {
        do {
            responder.respond(try signIn.signIn(request))
        } catch {
            responder.respond(signIn.pages.response(ConsoleError(error), for: nil))
        }
    }
}
