public import WebhookSignature

/// The digest that tells repetitions of a delivery without a signed id: of the body and, where headers decide what the
/// body means, of these too. Google's `update` and `delete` of one user may have the same body; taken for repetitions of
/// one another, the deletion would be lost.
public struct ReplayDigest: Sendable {
    /// In lower case, sorted.
    private let headers: [String]

    public init(_ rule: EventRule) {
        var names: Set<String> = []
        for place in [rule.type] + rule.when.map(\.place) {
            if case .header(let name) = place { names.insert(name) }
        }
        headers = names.sorted()
    }

    /// - Parameters:
    ///   - body: the body as it arrived.
    ///   - headers: the values of the header whose name, without case, is the one given in lower case.
    /// - Throws: ``SignatureError`` when OpenSSL fails.
    public func callAsFunction(
        body: [UInt8],
        headers values: (String) -> [String]
    ) throws(SignatureError) -> [UInt8] {
        let digest = try SHA256.digest(of: body)
        guard !headers.isEmpty else { return digest }
        let written = headers.map { name in "\(name): \(values(name).joined(separator: ", "))\n" }.joined()
        return try SHA256.digest(of: digest + Array(written.utf8))
    }
}
