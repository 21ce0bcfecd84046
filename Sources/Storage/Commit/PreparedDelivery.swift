internal import Offboarding

/// A delivery made ready for its row on its caller's thread, so that the one writer has less to do.
///
/// A class, because it is handed from list to list on its way to the writer.
final class PreparedDelivery: Sendable {
    let id: DeliveryID
    let sender: String
    let receivedAt: Int64
    let rememberedSince: Int64
    /// Empty where only the digest tells deliveries apart.
    let signedID: [UInt8]
    let bodyDigest: [UInt8]
    let secretName: String?
    let state: String
    let reason: String?
    /// As ``HeaderText`` writes them.
    let headers: [UInt8]
    let body: [UInt8]
    /// The bytes that are hidden in ``entry``'s commitment to the body's digest.
    let salt: [UInt8]
    /// Its entry in the audit chain; `nil` where it is only to be recognized.
    let entry: AuditDraft?

    /// A repetition by digest alone is news again after this long (rule 14), in milliseconds.
    static let repetitionAge: Int64 = 86_400_000
    /// How many random bytes hide a body's digest: more than anybody tries.
    private static let saltLength = 16

    init(_ incoming: IncomingDelivery, _ audit: AuditParts) throws {
        let delivery = incoming.delivery
        id = delivery.id
        sender = delivery.sender
        receivedAt = delivery.receivedAt.milliseconds
        rememberedSince = incoming.rememberedSince.milliseconds
        signedID = delivery.replayKey.storedID
        bodyDigest = delivery.replayKey.bodyDigest
        secretName = delivery.secretName
        state = delivery.state.rawValue
        reason = delivery.reason
        headers = HeaderText.encode(delivery.headers)
        body = delivery.body
        guard !incoming.onlyIfKnown else {
            salt = []
            entry = nil
            return
        }
        salt = AuditSalt.random(Self.saltLength)
        entry = .accepted(delivery, contents: try audit.sha256(salt + bodyDigest))
    }
}

extension ReplayKey {
    /// The signed id as it is kept: empty stands for none, because a signed id is never empty.
    var storedID: [UInt8] { Array((signedID ?? "").utf8) }
}
