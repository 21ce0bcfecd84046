import WebhookSignature

/// One thing that may be different from what the configuration says, to be tried out alone or beside another.
struct SignatureDeviation {
    /// Two deviations of one kind contradict one another.
    enum Kind: Equatable {
        case body, secret, encoding, algorithm, preset, header
    }

    let kind: Kind
    /// What is said where it verifies.
    let finding: String
    /// Changes an attempt; `nil` where it does not apply to it.
    let apply: (SignatureAttempt) -> SignatureAttempt?

    /// All that are worth a try, the likeliest first.
    static func all(for attempt: SignatureAttempt) -> [SignatureDeviation] {
        headers(attempt) + secrets(attempt) + presets(attempt) + encodings(attempt) + bodies(attempt)
            + algorithms(attempt)
    }

    private static func changing(
        _ kind: Kind,
        _ finding: String,
        _ change: @escaping (inout SignatureAttempt) -> Void
    ) -> SignatureDeviation {
        SignatureDeviation(kind: kind, finding: finding) { attempt in
            var changed = attempt
            change(&changed)
            return changed
        }
    }

    // MARK: What was sent

    private static func bodies(_ attempt: SignatureAttempt) -> [SignatureDeviation] {
        BodyVariants.all(of: attempt.request.body).map { variant in
            changing(.body, "the body was re-encoded after it was signed: it verifies \(variant.description)") {
                $0.request.body = variant.body
            }
        }
    }

    private static func headers(_ attempt: SignatureAttempt) -> [SignatureDeviation] {
        var deviations: [SignatureDeviation] = []
        let expected = attempt.scheme.headers + (attempt.timestamp?.headers ?? []) + (attempt.id?.headers ?? [])
        let renamed = attempt.request.headers.compactMap { header -> (from: String, to: String)? in
            let plain = withDashes(header.name)
            guard let name = expected.first(where: { withDashes($0) == plain }),
                name.lowercased() != header.name.lowercased()
            else { return nil }
            return (header.name, name)
        }
        if !renamed.isEmpty {
            let names = renamed.map { "\($0.from) instead of \($0.to)" }.joined(separator: ", ")
            let finding = "a header's name is written with - for _ or _ for -: \(names); name it in the configuration"
            deviations.append(
                changing(.header, finding) { changed in
                    for index in changed.request.headers.indices {
                        let name = changed.request.headers[index].name
                        guard let better = renamed.first(where: { $0.from == name }) else { continue }
                        changed.request.headers[index].name = better.to
                    }
                }
            )
        }
        let known = Set(attempt.scheme.headers.map { $0.lowercased() })
        for header in attempt.request.headers where !known.contains(header.name.lowercased()) {
            let finding = "the signature is in the header \(header.name): name it in signature.header"
            deviations.append(changing(.header, finding) { $0.scheme.headers = [header.name] })
        }
        return deviations
    }

    private static func withDashes(_ name: String) -> String {
        String(name.lowercased().map { $0 == "_" ? "-" : $0 })
    }

    // MARK: How the secret is read

    private static func secrets(_ attempt: SignatureAttempt) -> [SignatureDeviation] {
        guard case .encoding(let configured) = attempt.secretForm else { return [] }
        var deviations = Secret.Encoding.allCases.filter { $0 != configured }.map { encoding in
            changing(.secret, finding(encoding, insteadOf: configured, attempt)) {
                $0.secretForm = .encoding(encoding)
            }
        }
        deviations.append(
            changing(.secret, "the secret is text without its whsec_ in front: leave that out of the secret") {
                $0.secretForm = .textWithoutMarker
            }
        )
        deviations.append(
            changing(.secret, "the sender signs with a line's end behind the secret: enter it there without one") {
                $0.secretForm = .textWithNewline
            }
        )
        return deviations
    }

    private static func finding(
        _ encoding: Secret.Encoding,
        insteadOf configured: Secret.Encoding,
        _ attempt: SignatureAttempt
    ) -> String {
        let remedy = "set signature.secret_encoding: \(encoding.rawValue)"
        let hasMarker = attempt.secrets.contains { $0.text.hasPrefix("whsec_") }
        switch (configured, encoding) {
        case (_, .utf8) where hasMarker: return "the secret is used as text, its whsec_ kept: \(remedy)"
        case (.utf8, _): return "this secret is \(name(encoding)), used as text: \(remedy)"
        case (_, .utf8): return "this secret is text, used as \(name(configured)): \(remedy)"
        default: return "this secret is \(name(encoding)), used as \(name(configured)): \(remedy)"
        }
    }

    private static func name(_ encoding: Secret.Encoding) -> String {
        switch encoding {
        case .utf8: "text"
        case .whsec: "base64 behind whsec_"
        case .base64, .base64url, .hex: encoding.rawValue
        }
    }

    // MARK: How the signature is written

    private static func encodings(_ attempt: SignatureAttempt) -> [SignatureDeviation] {
        let scheme = attempt.scheme
        var deviations: [SignatureDeviation] = []
        for encoding in SignatureScheme.Encoding.allCases {
            for prefix in [scheme.prefix, "", "sha256=", "v1=", "v0=", "v1,", "HMAC "]
            where encoding != scheme.encoding || prefix != scheme.prefix {
                let words = prefix.isEmpty ? "no prefix" : "prefix \(prefix)"
                let prefixed = prefix == scheme.prefix ? "" : ", with \(words)"
                deviations.append(
                    changing(.encoding, "the signature is written as \(encoding.rawValue)\(prefixed)") {
                        $0.scheme.encoding = encoding
                        $0.scheme.prefix = prefix
                    }
                )
            }
        }
        if scheme.encoding == .hex {
            deviations.append(
                changing(.encoding, "the signature is written in upper-case hex, and must be lower case") { changed in
                    let names = Set(changed.scheme.headers.map { $0.lowercased() })
                    for index in changed.request.headers.indices
                    where names.contains(changed.request.headers[index].name.lowercased()) {
                        changed.request.headers[index].value = changed.request.headers[index].value.lowercased()
                    }
                }
            )
        }
        return deviations
    }

    private static func algorithms(_ attempt: SignatureAttempt) -> [SignatureDeviation] {
        [SignatureScheme.Algorithm.sha256, .sha512, .sha1].filter { $0 != attempt.scheme.algorithm }.map { algorithm in
            changing(.algorithm, "the signature is by \(algorithm.rawValue): set signature.algorithm") {
                $0.scheme.algorithm = algorithm
            }
        }
    }

    // MARK: What is signed

    /// The presets' schemes, whole, and their contents within the sender's own scheme.
    private static func presets(_ attempt: SignatureAttempt) -> [SignatureDeviation] {
        var deviations: [SignatureDeviation] = []
        var contents: [ContentTemplate] = [attempt.scheme.content]
        for preset in PresetScheme.all {
            let finding = "it is signed as the preset \(preset.name) has it: name preset: \(preset.name)"
            deviations.append(
                changing(.preset, finding) { changed in
                    changed.scheme = preset.scheme
                    changed.timestamp = preset.timestamp
                    changed.id = preset.id
                    changed.secretForm = .encoding(preset.scheme.secretEncoding)
                }
            )
            guard !contents.contains(preset.scheme.content) else { continue }
            contents.append(preset.scheme.content)
            let signed = "what is signed is \(preset.scheme.content), as the preset \(preset.name) has it: "
            deviations.append(
                changing(.preset, signed + "set signature.content") { changed in
                    changed.scheme.content = preset.scheme.content
                    changed.timestamp = changed.timestamp ?? preset.timestamp
                    changed.id = changed.id ?? preset.id
                }
            )
        }
        return deviations
    }
}
