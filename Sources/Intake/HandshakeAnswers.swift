import CoreMetrics
import Foundation
import HTTPListener
import Logging
import Senders

/// Turns what a sender's handshake is to be answered into an answer. Nothing of a handshake is stored as a delivery.
final class HandshakeAnswers: Sendable {
    let rule: HandshakeRule
    private let sender: String
    private let handshake: Sender.Handshake
    private let authenticator: Authenticator
    private let tokens: TokenFolder?
    private let refusals: RefusalLog
    private let instruments: IntakeInstruments
    private let logger: Logger

    /// - Returns: `nil` for a sender without a handshake.
    init?(
        _ sender: Sender,
        authenticator: Authenticator,
        tokens: TokenFolder?,
        refusals: RefusalLog,
        instruments: IntakeInstruments,
        logger: Logger
    ) {
        guard let rule = HandshakeRule(sender.handshake) else { return nil }
        self.rule = rule
        self.sender = sender.name
        handshake = sender.handshake
        self.authenticator = authenticator
        self.tokens = tokens
        self.refusals = refusals
        self.instruments = instruments
        self.logger = logger
    }

    /// Whether a request that nothing vouches for may be read on, because it could be a question that is answered to
    /// anybody. Its framing was found sound.
    func mayAsk(_ head: RequestHead) -> Bool {
        let isChunked = head.headers.first("transfer-encoding") != nil
        let length = head.headers.first("content-length").map { Int($0) } ?? 0
        return rule.mayBeAskedByAnybody(query: head.query, length: isChunked ? nil : length)
    }

    /// Answers a question.
    ///
    /// - Returns: whether it was one; where it was not, nothing has happened.
    func answer(_ request: Request, isVerified: Bool, now: Date, _ responder: Responder) -> Bool {
        let reply = rule.reply(
            method: request.head.method,
            query: request.head.query,
            headers: { request.head.headers.values($0) },
            body: request.body,
            isVerified: isVerified
        )
        switch reply {
        case nil:
            return false
        case .empty:
            answer(.empty(status: 200), responder)
        case .json(let text):
            answer(.json(status: 200, text), responder)
        case .text(let text):
            answer(.text(text), responder)
        case .code(let valueName, let value, let codeName):
            responder.respond(code(of: value, valueName, codeName, request, now: now))
        case .keep(let token):
            keep(token, at: now, responder)
        case .malformed:
            refusals.refused(because: .malformedHandshake, at: now)
            responder.respond(.badRequest)
        }
        return true
    }

    private func answer(_ response: Response, _ responder: Responder) {
        instruments.handshake.increment()
        responder.respond(response)
    }

    private func code(
        of value: String,
        _ valueName: String,
        _ codeName: String,
        _ request: Request,
        now: Date
    ) -> Response {
        let headers = request.head.headers
        do {
            let code = try authenticator.code(
                of: value,
                answering: { headers.values($0) },
                body: request.body,
                now: now
            )
            guard let code else {
                instruments.refused.increment()
                return .unauthorized
            }
            instruments.handshake.increment()
            return .json(
                status: 200,
                HandshakeReply.json(valueName: valueName, value: value, codeName: codeName, code: code)
            )
        } catch {
            instruments.unavailable.increment()
            logger.error("a handshake's code could not be computed", metadata: ["sender": "\(sender)"])
            return .unavailable()
        }
    }

    /// Writes the token away from this thread, which serves other connections, too.
    private func keep(_ token: String, at now: Date, _ responder: Responder) {
        guard let tokens else {
            refusals.refused(because: .noPlaceForTokens, at: now)
            responder.respond(.unavailable())
            return
        }
        Task {
            do {
                switch try await tokens.keep(token, as: "\(handshake.rawValue)-\(sender)", at: now) {
                case .kept(let path):
                    logger.warning(
                        "a verification token came, which anybody can send: use it once the sender has confirmed it",
                        metadata: ["sender": "\(sender)", "file": "\(path)"]
                    )
                    answer(.empty(status: 200), responder)
                case .known:
                    answer(.empty(status: 200), responder)
                case .full:
                    refusals.refused(because: .tooManyVerificationTokens, at: now)
                    responder.respond(.unavailable())
                }
            } catch {
                instruments.unavailable.increment()
                logger.error(
                    "a verification token could not be kept",
                    metadata: ["sender": "\(sender)", "error": "\(error)"]
                )
                responder.respond(.unavailable())
            }
        }
    }
}
