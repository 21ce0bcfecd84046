import HTTPListener
import Offboarding
import Presentation

/// Why a request is not answered as asked: a status, a word for programs, and a sentence for people.
struct ConsoleError: Error {
    let status: Int
    let word: String
    let message: String

    static func badRequest(_ message: String) -> ConsoleError {
        ConsoleError(status: 400, word: "bad_request", message: message)
    }

    static func notFound(_ message: String) -> ConsoleError {
        ConsoleError(status: 404, word: "not_found", message: message)
    }

    static func conflict(_ message: String) -> ConsoleError {
        ConsoleError(status: 409, word: "conflict", message: message)
    }

    static let unauthorized = ConsoleError(
        status: 401,
        word: "unauthorized",
        message: "sign in, or send Authorization: Bearer TOKEN"
    )

    static let notYours = ConsoleError(
        status: 403,
        word: "forbidden",
        message: "your token lets you look; deciding needs the role operator"
    )

    static let notLetIn = ConsoleError(
        status: 403,
        word: "forbidden",
        message: "the proxy in front of the console does not say who you are, or you may nothing here (console.proxy)"
    )

    static let notMeant = ConsoleError(
        status: 403,
        word: "forbidden",
        message: "the request carries no CSRF token of your session; load the page anew"
    )

    /// What an error of the domain comes to.
    init(_ error: any Error) {
        switch error {
        case let error as ConsoleError: self = error
        case let error as CaseDeskError:
            if case .unknownCase = error { self = .notFound("\(error)") } else { self = .conflict("\(error)") }
        case let error as DeliveryDeskError:
            if case .unknownDelivery = error { self = .notFound("\(error)") } else { self = .conflict("\(error)") }
        case let error as LimitDeskError:
            switch error {
            case .unknown: self = .notFound("\(error)")
            case .over, .raisesNothing, .noLimits: self = .conflict("\(error)")
            case .tooLong, .noReason: self = .badRequest("\(error)")
            }
        case let error as StoreError:
            self.init(status: 503, word: "unavailable", message: "the store: \(error)")
        default:
            self.init(status: 500, word: "internal", message: "this could not be answered; the log says why")
        }
    }

    init(status: Int, word: String, message: String) {
        self.status = status
        self.word = word
        self.message = message
    }

    /// As programs read it.
    var response: Response {
        let body = JSONOutput.object([("error", .text(word)), ("message", .text(message))]).compact
        var headers: [HeaderField] = []
        if status == 401 { headers.append(HeaderField("WWW-Authenticate", "Bearer")) }
        if status == 503 { headers.append(HeaderField("Retry-After", String(Response.defaultRetryAfter))) }
        return .json(status: status, body, headers: headers)
    }
}
