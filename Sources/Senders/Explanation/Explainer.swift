public import Foundation
import Offboarding
public import StrictYAML
import WebhookSignature

/// Says what the daemon would do with a captured request of one sender.
///
/// The verdict is the ``Authenticator``'s and the ``Interpreter``'s own; what is said around it only describes.
public struct Explainer: Sendable {
    let sender: Sender
    let authenticator: Authenticator
    let secrets: [SignatureAttempt.NamedSecret]
    let credential: SecretValue?

    /// - Parameters:
    ///   - authenticator: made of the same sender, its key set read where it has one.
    ///   - environment: where the secrets are, as for the authenticator.
    /// - Throws: `SecretReference.Problem`.
    public init(
        _ sender: Sender,
        authenticator: Authenticator,
        environment: [String: String],
        relativeTo directory: String
    ) throws(SecretReference.Problem) {
        self.sender = sender
        self.authenticator = authenticator
        var secrets: [SignatureAttempt.NamedSecret] = []
        for (reference, name) in zip(sender.secrets, sender.secretNames) {
            let value = try reference.resolve(environment: environment, relativeTo: directory)
            secrets.append(SignatureAttempt.NamedSecret(name: name, text: value.text))
        }
        self.secrets = secrets
        credential = try sender.credential?.value.resolve(environment: environment, relativeTo: directory)
    }

    /// Explains a request as if it arrived at a time.
    ///
    /// - Parameter mostBytes: the longest body that the listener takes.
    public func explain(_ request: CapturedRequest, at now: Date, mostBytes: Int) -> Explanation {
        var explanation = Explanation()
        describeArrival(of: request, mostBytes: mostBytes, in: &explanation)
        guard explanation.isAccepted else { return explanation }
        describeSignature(of: request, at: now, in: &explanation)
        judge(request, at: now, in: &explanation)
        return explanation
    }

    /// What is looked at before anything is verified.
    private func describeArrival(of request: CapturedRequest, mostBytes: Int, in explanation: inout Explanation) {
        let path = "/hooks/\(sender.name)"
        if let line = request.requestLine {
            let isOurs = request.path == path
            explanation.add(
                "request",
                "\(line.method) \(request.path ?? "")"
                    + (isOurs ? "" : "; it is explained as if it had come to \(path), other paths are answered 404")
            )
        }
        explanation.add(
            "source",
            sender.allowFrom.isEmpty
                ? "any address may send"
                : "only \(sender.allowFrom.joined(separator: ", ")) may send, others are answered 403; "
                    + "a capture does not say where it came from"
        )
        let repeated = sender.guardedHeaderGroups.filter { group in
            let values = group.map(request.values(of:))
            return values.contains { $0.count > 1 } || Set(values.joined()).count > 1
        }
        if let group = repeated.first {
            explanation.add("headers", "\(group[0]) comes more than once, which could be read in two ways", .bad)
            explanation.status = 400
        } else if request.body.count > mostBytes {
            explanation.add("body", "\(request.body.count) bytes, and listen.max_body_bytes is \(mostBytes)", .bad)
            explanation.status = 413
        }
    }

    private func judge(_ request: CapturedRequest, at now: Date, in explanation: inout Explanation) {
        let method = request.requestLine?.method ?? "POST"
        if method != "POST" {
            guard let reply = reply(to: request, method: method, isVerified: false) else {
                explanation.add("answer", "405: only POST and the handshake's GET are taken", .bad)
                explanation.status = 405
                return
            }
            return answer(reply, in: &explanation)
        }
        switch authenticator.authenticate(headers: request.headerValues, body: request.body, now: now) {
        case .refused(let cause):
            if let reply = reply(to: request, method: method, isVerified: false) {
                return answer(reply, in: &explanation)
            }
            explanation.status = cause == .internalFailure || cause == .keysUnavailable ? 503 : 401
            explanation.add("verification", "refused: \(cause.rawValue)", .bad)
            explanation.causes = causes(of: cause, request, at: now)
            explanation.add("answer", "\(explanation.status), as for every cause", .bad)
        case .verified(let verified):
            accept(request, verified, at: now, in: &explanation)
        }
    }

    private func accept(
        _ request: CapturedRequest,
        _ verified: VerifiedRequest,
        at now: Date,
        in explanation: inout Explanation
    ) {
        let by = verified.secretName.map { "secret \($0)" } ?? sender.vouchers.joined(separator: ", ")
        explanation.add("verification", "verified by \(by)", .good)
        if case .stale(let skew) = verified.staleness {
            explanation.status = 401
            explanation.causes =
                ClockDiagnosis(sender: sender, skew: skew, timestamp: verified.timestamp, now: now)
                .findings
            explanation.add(
                "answer",
                "401: the timestamp is too far from \(TimestampText.text(now)); only a repetition of a known delivery "
                    + "would be answered 200",
                .bad
            )
        } else if let reply = reply(to: request, method: "POST", isVerified: true) {
            return answer(reply, in: &explanation)
        } else {
            explanation.status = sender.response.status
            explanation.add("answer", "\(sender.response.status), once it is stored", .good)
        }
        explanation.add(
            "repetitions",
            verified.signedID == nil
                ? "told by the body's digest" : "told by the signed id, together with the body's digest"
        )
        interpret(request, in: &explanation)
    }

    private func interpret(_ request: CapturedRequest, in explanation: inout Explanation) {
        let headers = request.headers.map { Delivery.Header(name: $0.name.lowercased(), value: $0.value) }
        if let chat = sender.chat {
            explanation.interpretation = ChatInterpreter(chat).interpret(body: request.body)
        } else {
            explanation.interpretation = sender.interpreter.interpret(body: request.body, headers: headers)
        }
    }

    private func reply(to request: CapturedRequest, method: String, isVerified: Bool) -> HandshakeReply? {
        HandshakeRule(sender.handshake)?.reply(
            method: method,
            query: request.query,
            headers: request.headerValues,
            body: request.body,
            isVerified: isVerified
        )
    }

    private func answer(_ reply: HandshakeReply, in explanation: inout Explanation) {
        guard reply != .malformed else {
            explanation.status = 400
            explanation.add("answer", "400: a handshake that is asked in a way that is not answered", .bad)
            return
        }
        explanation.status = 200
        explanation.add("answer", "200: it is the handshake of this sender, and no delivery", .good)
    }
}
