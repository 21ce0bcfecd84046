import HTTPListener
import Mustache
import Presentation

/// Makes pages of templates and of what they show.
struct PageRenderer: Sendable {
    private let library: MustacheLibrary
    private let isDryRun: Bool

    /// A page around what one of the templates shows.
    private struct Layout {
        struct Link {
            let path: String
            let name: String
            let isHere: Bool
        }

        struct Person {
            let name: String
            let role: String
            let csrf: String
            let pages: [Link]
        }

        let title: String
        let body: String
        let person: Person?
        let isDryRun: Bool
        let isLive: Bool
        /// Whether signing out is ours.
        let canSignOut: Bool
        let notice: String?
        let style = Asset.style.address
        let script = Asset.script.address
        let icon = Asset.icon.address
    }

    private static let pages = [
        ("/", "Overview"), ("/cases", "People"), ("/deliveries", "Deliveries"), ("/limits", "Limits"),
        ("/audit", "Audit"),
    ]

    private static let templates: [(name: String, bytes: [UInt8])] = [
        ("layout", PackageResources.layout_mustache), ("signin", PackageResources.signin_mustache),
        ("error", PackageResources.error_mustache), ("overview", PackageResources.overview_mustache),
        ("cases", PackageResources.cases_mustache), ("case", PackageResources.case_mustache),
        ("deliveries", PackageResources.deliveries_mustache), ("delivery", PackageResources.delivery_mustache),
        ("limits", PackageResources.limits_mustache), ("audit", PackageResources.audit_mustache),
    ]

    /// - Throws: `MustacheTemplate.ParserError`.
    init(isDryRun: Bool) throws {
        var library = MustacheLibrary()
        for (name, bytes) in Self.templates {
            try library.register(String(decoding: bytes, as: UTF8.self), named: name)
        }
        self.library = library
        self.isDryRun = isDryRun
    }

    /// A page for somebody who is signed in.
    ///
    /// - Parameters:
    ///   - model: what the template shows.
    ///   - here: the path in the navigation that the page belongs to.
    ///   - isLive: whether the page is read again from time to time.
    func page(
        _ template: String,
        _ model: Any,
        title: String,
        for request: ConsoleRequest,
        here: String,
        isLive: Bool = false
    ) -> Response {
        let notice = request.query["done"].flatMap(DoneNotice.init(rawValue:))?.text
        return page(template, model, title: title, caller: request.caller, here: here, isLive: isLive, notice: notice)
    }

    /// An error as people read it.
    func response(_ error: ConsoleError, for caller: Caller?, headers: [HeaderField] = []) -> Response {
        struct Model {
            let heading: String
            let message: String
        }
        let heading =
            switch error.status {
            case 400: "This request cannot be read"
            case 403: "You may not do this"
            case 404: "There is nothing here"
            case 409: "This cannot be done now"
            case 429: "Too many tries"
            case 503: "The store is out of reach"
            default: "Something went wrong"
            }
        var headers = headers
        if error.status == 503 { headers.append(HeaderField("Retry-After", String(Response.defaultRetryAfter))) }
        return page(
            "error",
            Model(heading: heading, message: HarmlessText.text(error.message)),
            title: heading,
            caller: caller,
            status: error.status,
            headers: headers
        )
    }

    /// The page that asks for a token.
    func signIn(next: String, problem: String? = nil, status: Int = 200) -> Response {
        struct Model {
            let next: String
            let problem: String?
        }
        return page("signin", Model(next: next, problem: problem), title: "Sign in", caller: nil, status: status)
    }

    /// 303: what a form comes to, so that loading the page anew does nothing again.
    func redirect(to path: String, headers: [HeaderField] = []) -> Response {
        Response(status: 303, headers: Self.headers + [HeaderField("Location", path)] + headers)
    }

    private func page(
        _ template: String,
        _ model: Any,
        title: String,
        caller: Caller?,
        here: String? = nil,
        isLive: Bool = false,
        notice: String? = nil,
        status: Int = 200,
        headers: [HeaderField] = []
    ) -> Response {
        var person: Layout.Person?
        if let owner = caller?.person {
            person = Layout.Person(
                name: HarmlessText.text(owner.name),
                role: owner.role.rawValue,
                csrf: caller?.csrf ?? "",
                pages: Self.pages.map { Layout.Link(path: $0.0, name: $0.1, isHere: $0.0 == here) }
            )
        }
        let layout = Layout(
            title: title,
            body: library.render(model, withTemplate: template) ?? "",
            person: person,
            isDryRun: isDryRun,
            isLive: isLive,
            canSignOut: caller.map { if case .session = $0 { true } else { false } } ?? false,
            notice: notice
        )
        return Response(
            status: status,
            headers: Self.headers + [HeaderField("Content-Type", "text/html; charset=utf-8")] + headers,
            body: Array((library.render(layout, withTemplate: "layout") ?? "").utf8)
        )
    }

    /// Nothing from elsewhere, nothing inside of somebody else's page, nothing kept.
    private static let headers =
        Response.protectiveHeaders + [
            HeaderField(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
                    + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
            ),
            HeaderField("X-Frame-Options", "DENY"),
            HeaderField("Referrer-Policy", "same-origin"),
            HeaderField("Cross-Origin-Opener-Policy", "same-origin"),
            HeaderField("Cross-Origin-Resource-Policy", "same-origin"),
        ]
}

/// What a page says after something was done: a word in its address, so that nobody else's text can stand there.
enum DoneNotice: String {
    case approved, refused, retried, cancelled, resolved, raised, ended
    case readAgain = "read_again"

    var text: String {
        switch self {
        case .approved: "Approved. The daemon is at it."
        case .refused: "Refused. Nobody was removed."
        case .retried: "It is tried again now."
        case .cancelled: "Cancelled. What was removed stays removed."
        case .resolved: "Resolved."
        case .readAgain: "It is read again."
        case .raised: "The limits are raised."
        case .ended: "The override is over."
        }
    }
}
