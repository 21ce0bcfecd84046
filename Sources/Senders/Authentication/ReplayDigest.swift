import SignedTokens
public import WebhookSignature

/// The digest that tells repetitions of a delivery without a signed id: of the body and, where headers decide what the
/// body means, of these too. Google's `update` and `delete` of one user may have the same body; taken for repetitions of
/// one another, the deletion would be lost.
///
/// Only where nothing signs the body: headers beside a signature are anybody's to change, and must not make a repetition
/// look new, still less one of a delivery that said something else.
public struct ReplayDigest: Sendable {
    /// In lower case, sorted.
    private let headers: [String]

    public init(_ sender: Sender) {
        var names: Set<String> = []
        let isSigned = sender.signature != nil || sender.token?.signsBody == true
        for place in isSigned ? [] : [sender.events.type] + sender.events.when.map(\.place) {
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
        // No name and no value holds a zero byte, so that different headers are never written alike.
        let written = headers.flatMap { name in values(name).map { "\(name)\0\($0)\0" } }
        return written.isEmpty ? digest : try SHA256.digest(of: digest + written.flatMap(\.utf8))
    }
}
