import CoreMetrics
public import Foundation
public import HTTPListener
public import Logging
public import Offboarding
public import Senders
import WebhookSignature

/// Takes the webhooks of one sender.
///
/// A class, because every request under way holds on to it.
public final class WebhookEndpoint: Endpoint {
    public let name: String

    private let authenticator: Authenticator
    private let guardedHeaders: [[String]]
    /// Headers that are never kept.
    private let secretHeaders: [String]
    private let allowFrom: [AddressRange]
    private let response: Sender.Response
    private let replayDigest: ReplayDigest
    private let chat: ChatRule?
    private let handshake: HandshakeAnswers?
    private let replayMemory: TimeInterval
    private let store: any Store
    private let time: any TimeSource
    private let refusals: RefusalLog
    private let instruments: IntakeInstruments
    private let logger: Logger

    /// - Parameters:
    ///   - replayMemory: how long a delivery is remembered where its sender does not say, in seconds: as long as cases are
    ///     kept.
    ///   - tokens: where tokens are kept that a handshake brings; without it such a handshake is answered 503.
    ///   - instruments: those of this sender; without them nothing is counted.
    /// - Throws: `AddressRange.ParseError` where `allow_from` holds no range.
    public init(
        sender: Sender,
        authenticator: Authenticator,
        store: any Store,
        replayMemory: TimeInterval,
        time: any TimeSource,
        tokens: TokenFolder? = nil,
        instruments: IntakeInstruments? = nil,
        logger: Logger
    ) throws {
        name = sender.name
        self.authenticator = authenticator
        guardedHeaders = Array(Set(sender.guardedHeaderGroups))
        var secretHeaders: Set<String> = ["authorization", "proxy-authorization", "cookie"]
        secretHeaders.formUnion(sender.secretHeaders)
        self.secretHeaders = Array(secretHeaders)
        allowFrom = try sender.allowFrom.map { try AddressRange($0) }
        response = sender.response
        replayDigest = ReplayDigest(sender)
        chat = sender.chat
        self.replayMemory = sender.replayMemory.map { $0 / .seconds(1) } ?? replayMemory
        self.store = store
        self.time = time
        let instruments = instruments ?? IntakeInstruments(sender: sender.name)
        self.instruments = instruments
        refusals = RefusalLog(
            sender: sender.name,
            instruments: instruments,
            logger: logger,
            watch: RefusalWatch(sender: sender.name, store: store, logger: logger)
        )
        self.logger = logger
        handshake = HandshakeAnswers(
            sender,
            authenticator: authenticator,
            tokens: tokens,
            refusals: refusals,
            instruments: instruments,
            logger: logger
        )
    }

    /// Whether an address may send; one that may not is counted.
    func allows(_ address: IPAddress) -> Bool {
        if allowFrom.isEmpty || allowFrom.contains(address: address) { return true }
        refusals.refused(because: .forbiddenSource, at: time.now())
        return false
    }

    /// Whether it takes requests of a method: `POST`, and the `GET` of its handshake.
    func takes(_ head: RequestHead) -> Bool {
        if head.method == "POST" { return true }
        guard head.method == "GET", let handshake else { return false }
        return handshake.rule.isAskedByGet(headers: { head.headers.values($0) })
    }

    public func admit(_ head: RequestHead) -> Response? {
        if guardedHeaders.contains(where: head.headers.isAmbiguous) {
            refusals.refused(because: .authentication(.repeatedHeader), at: time.now())
            return .badRequest
        }
        if head.method == "GET" { return nil }
        if authenticator.isMissing(among: { head.headers.contains($0) }), handshake?.mayAsk(head) != true {
            refusals.refused(because: .authentication(.missingSignature), at: time.now())
            return .unauthorized
        }
        return nil
    }

    public func handle(_ request: Request, _ responder: Responder) {
        let now = time.now()
        let headers = request.head.headers
        if request.head.method == "GET" {
            if handshake?.answer(request, isVerified: false, now: now, responder) != true {
                responder.respond(.badRequest)
            }
            return
        }
        let verification = authenticator.authenticate(
            headers: { headers.values($0) },
            body: request.body,
            now: now
        )
        switch verification {
        case .refused(.internalFailure):
            instruments.unavailable.increment()
            logger.error("a signature could not be computed", metadata: ["sender": "\(name)"])
            responder.respond(.unavailable())
        case .refused(.keysUnavailable):
            refusals.refused(because: .authentication(.keysUnavailable), at: now)
            responder.respond(.unavailable())
        case .refused(let cause):
            if handshake?.answer(request, isVerified: false, now: now, responder) == true { return }
            refusals.refused(because: .authentication(cause), at: now)
            responder.respond(.unauthorized)
        case .verified(let verified):
            if let sent = verified.timestamp { instruments.skew.set(now.timeIntervalSince(sent)) }
            if let handshake, verified.staleness == .fresh,
                handshake.answer(request, isVerified: true, now: now, responder)
            {
                return
            }
            append(request, verified, now: now, responder)
        }
    }

    private func append(_ request: Request, _ verified: VerifiedRequest, now: Date, _ responder: Responder) {
        let digest: [UInt8]
        do {
            digest = try replayDigest(body: request.body) { request.head.headers.all($0) }
        } catch {
            instruments.unavailable.increment()
            logger.error("a digest could not be computed", metadata: ["sender": "\(name)", "error": "\(error)"])
            responder.respond(.unavailable())
            return
        }
        let skew: Double? = if case .stale(let seconds) = verified.staleness { seconds } else { nil }
        let delivery = Delivery(
            id: .make(at: now),
            sender: name,
            receivedAt: now,
            headers: kept(request.head.headers),
            body: request.body,
            replayKey: ReplayKey(signedID: verified.signedID, bodyDigest: digest),
            secretName: verified.secretName
        )
        let incoming = IncomingDelivery(
            delivery: delivery,
            rememberedSince: now.addingTimeInterval(-replayMemory),
            onlyIfKnown: skew != nil
        )
        let chatAnswer = chat.flatMap { ChatAnswer(to: $0.read(request.body), by: $0.tool) }
        store.append(incoming) { [self] result in
            responder.respond(answer(to: result, chatAnswer, skew: skew, now: now))
        }
    }

    /// - Parameter chatAnswer: what a person in a chat is shown once the delivery is stored.
    private func answer(
        to result: Result<AppendOutcome, StoreError>,
        _ chatAnswer: ChatAnswer?,
        skew: Double?,
        now: Date
    ) -> Response {
        switch result {
        case .success(.accepted(let id, let reusedID)):
            instruments.accepted.increment()
            instruments.lastDelivery.set(now.timeIntervalSince1970)
            refusals.watch?.accepted(at: now)
            if reusedID {
                logger.warning(
                    "a signed id came again with another body",
                    metadata: ["sender": "\(name)", "delivery": "\(id)"]
                )
            }
            return chatAnswer.map(answer) ?? answer(status: response.status, "accepted", id)
        case .success(.duplicate(let first)):
            instruments.duplicate.increment()
            instruments.lastDelivery.set(now.timeIntervalSince1970)
            refusals.watch?.accepted(at: now)
            return chatAnswer.map(answer) ?? answer(status: 200, "duplicate", first)
        case .success(.unknown):
            refusals.watch?.skewed(by: skew ?? 0, at: now)
            refusals.refused(
                because: .staleTimestamp,
                details: ["skew_seconds": String(Int((skew ?? 0).rounded()))],
                at: now
            )
            return .unauthorized
        case .failure(let error):
            instruments.unavailable.increment()
            logger.error(
                "a delivery could not be stored",
                metadata: ["sender": "\(name)", "code": "\(error.code.rawValue)", "error": "\(error)"]
            )
            return .unavailable()
        }
    }

    private func answer(_ chatAnswer: ChatAnswer) -> Response {
        switch chatAnswer {
        case .json(let text): .json(status: 200, text)
        case .empty: .empty(status: 200)
        }
    }

    private func answer(status: Int, _ word: String, _ id: DeliveryID) -> Response {
        switch response.body {
        case .json: .json(status: status, #"{"status":"\#(word)","delivery":"\#(id.text)"}"#)
        case .empty: .empty(status: status)
        }
    }

    private func kept(_ headers: HeaderFields) -> [Delivery.Header] {
        headers.compactMap { field in
            secretHeaders.contains(field.name) ? nil : Delivery.Header(name: field.name, value: field.value)
        }
    }
}
