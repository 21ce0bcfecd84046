public import Foundation

/// Verifies requests of one sender: a scheme, its timestamp and id, and the secrets that may have signed.
///
/// Safe to call from several threads at once; it holds no state that changes.
public final class SignatureVerifier: Sendable {
    /// The most signatures tried in one header. Rotation needs two, an unknown version beside each makes four; what
    /// sends more is out to cost time.
    public static let mostSignatures = 32
    /// The most signatures tried where each costs a check with a public key, which takes ten times as long as a HMAC.
    public static let mostPublicKeySignatures = 4
    /// The longest signature, timestamp or id header in bytes: 32 signatures of SHA-512 in base64 fit.
    public static let longestHeader = 4096

    public let scheme: SignatureScheme
    public let timestamp: TimestampRule?
    public let id: IDRule?
    let keys: [Key]
    /// Names of headers in lower case, as they are asked for.
    private let signatureHeaders: [String]
    private let timestampHeaders: [String]
    private let idHeaders: [String]
    private let elementReader: SignatureElementReader
    private let forbiddenInID: [UInt8]
    private let signsTimestamp: Bool
    private let signsID: Bool
    /// Whether the timestamp stands beside the signature, in one header.
    private let hasKeyedTimestamp: Bool

    struct Key: Sendable {
        let name: String?
        let method: Method

        enum Method: Sendable {
            case hmac(MessageAuthenticator)
            case publicKey(PublicKey)
        }
    }

    /// Joins a scheme with its secrets.
    ///
    /// - Throws: ``SignatureError`` when there is no secret, when the scheme signs an id or a timestamp and no rule says
    ///   where to find it, or when OpenSSL refuses the algorithm.
    public init(
        scheme: SignatureScheme,
        timestamp: TimestampRule? = nil,
        id: IDRule? = nil,
        secrets: [Secret]
    ) throws(SignatureError) {
        guard !secrets.isEmpty else { throw SignatureError(operation: "finding a secret") }
        guard !scheme.headers.isEmpty else { throw SignatureError(operation: "finding the signature's header") }
        if scheme.content.signsTimestamp, timestamp == nil {
            throw SignatureError(operation: "finding the signed timestamp")
        }
        if scheme.content.signsID, id?.headers.isEmpty ?? true {
            throw SignatureError(operation: "finding the signed id")
        }
        if scheme.layout == .keyed, scheme.keys == nil {
            throw SignatureError(operation: "finding the signature's key")
        }
        self.scheme = scheme
        self.timestamp = timestamp
        self.id = id
        signatureHeaders = scheme.headers.map { $0.lowercased() }
        timestampHeaders = timestamp?.headers.map { $0.lowercased() } ?? []
        idHeaders = id?.headers.map { $0.lowercased() } ?? []
        elementReader = SignatureElementReader(scheme)
        forbiddenInID = scheme.content.bytesForbiddenInID
        signsTimestamp = scheme.content.signsTimestamp
        signsID = scheme.content.signsID
        hasKeyedTimestamp = scheme.layout == .keyed && scheme.keys?.timestamp != nil
        var keys: [Key] = []
        for secret in secrets {
            keys.append(
                Key(
                    name: secret.name,
                    method: scheme.algorithm == .ed25519
                        ? .publicKey(try PublicKey(secret))
                        : .hmac(
                            try MessageAuthenticator(
                                digest: scheme.algorithm.rawValue.uppercased(),
                                length: scheme.algorithm.length,
                                secret: secret
                            )
                        )
                )
            )
        }
        self.keys = keys
    }

    /// Verifies one request over its raw body, before anything is parsed.
    ///
    /// - Parameters:
    ///   - headers: the values of the header whose name, without case, is the one given in lower case; empty where there
    ///     is none.
    ///   - body: the body as it arrived.
    ///   - now: the time against which the timestamp is judged.
    public func verify(headers: (String) -> HeaderValues, body: [UInt8], now: Date) -> Verification {
        do {
            return .verified(try judge(headers: headers, body: body, now: now))
        } catch {
            return .refused(error)
        }
    }

    private func judge(
        headers: (String) -> HeaderValues,
        body: [UInt8],
        now: Date
    ) throws(RefusalCause) -> VerifiedRequest {
        guard let header = try value(of: signatureHeaders, in: headers) else { throw .missingSignature }
        let elements = try elementReader.read(header)
        let sent = try timestampText(elements: elements, headers: headers)
        var sentAt: Date?
        if let sent { sentAt = try date(sent) }
        let signedID = try idText(headers: headers)
        let pieces = signedPieces(id: signedID ?? "", timestamp: sent ?? "", body: body)
        for key in keys {
            guard try key.signed(pieces, with: elements.signatures) else { continue }
            return VerifiedRequest(
                secretName: key.name,
                signedID: signedID,
                timestamp: sentAt,
                staleness: staleness(of: sentAt, now: now)
            )
        }
        throw .wrongSignature
    }

    /// Whether no header is there that could hold the signature.
    ///
    /// - Parameter isThere: whether there is a header whose name, without case, is the one given in lower case.
    public func isMissing(among isThere: (String) -> Bool) -> Bool {
        !signatureHeaders.contains(where: isThere)
    }

    /// The value of the first header that is present.
    private func value(of names: [String], in headers: (String) -> HeaderValues) throws(RefusalCause) -> String? {
        for name in names {
            let values = headers(name)
            guard let value = values.first else { continue }
            guard values.count == 1 else { throw .repeatedHeader }
            guard value.utf8.count <= Self.longestHeader else { throw .headerTooLong }
            return value
        }
        return nil
    }

    private func timestampText(
        elements: SignatureElements,
        headers: (String) -> HeaderValues
    ) throws(RefusalCause) -> String? {
        // A timestamp outside the signed content proves nothing: whoever replays a request can change it.
        guard signsTimestamp else { return nil }
        // A timestamp beside the signature wins over a header, so that both sides speak of the same copy.
        let text = hasKeyedTimestamp ? elements.timestamp : try value(of: timestampHeaders, in: headers)
        guard let text else { throw .missingTimestamp }
        return text
    }

    private func date(_ text: String) throws(RefusalCause) -> Date {
        // 16 digits hold every millisecond until the year 300,000, and never overflow.
        guard (1...16).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int64(text)
        else { throw .malformedTimestamp }
        return Date(timeIntervalSince1970: timestamp?.unit == .milliseconds ? Double(number) / 1000 : Double(number))
    }

    private func idText(headers: (String) -> HeaderValues) throws(RefusalCause) -> String? {
        guard signsID else { return nil }
        guard let text = try value(of: idHeaders, in: headers) else { throw .missingID }
        guard isUsable(id: text) else { throw .malformedID }
        return text
    }

    /// Whether an id can be told from what it is joined with.
    func isUsable(id: String) -> Bool {
        (1...IDRule.longest).contains(id.utf8.count) && !id.utf8.contains(where: forbiddenInID.contains)
    }

    func signedPieces(id: String, timestamp: String, body: [UInt8]) -> some Sequence<MessageAuthenticator.Piece> {
        scheme.content.pieces.lazy.map { piece in
            switch piece {
            case .literal(let text): .text(text)
            case .timestamp: .text(timestamp)
            case .id: .text(id)
            case .body: .bytes(body)
            }
        }
    }

    private func staleness(of date: Date?, now: Date) -> VerifiedRequest.Staleness {
        guard let date, let timestamp else { return .fresh }
        let skew = now.timeIntervalSince(date)
        return abs(skew) <= timestamp.tolerance / .seconds(1) ? .fresh : .stale(skew: skew)
    }
}

extension SignatureVerifier.Key {
    /// Whether one of the signatures is this key's over the pieces.
    fileprivate func signed(
        _ pieces: some Sequence<MessageAuthenticator.Piece>,
        with signatures: [[UInt8]]
    ) throws(RefusalCause) -> Bool {
        switch method {
        case .hmac(let authenticator):
            do { return try authenticator.signed(pieces, with: signatures) } catch { throw .internalFailure }
        case .publicKey(let key):
            guard signatures.count <= SignatureVerifier.mostPublicKeySignatures else { throw .tooManySignatures }
            do { return try key.signed(pieces, with: signatures) } catch { throw .internalFailure }
        }
    }
}

extension RefusalCause: Error {}
