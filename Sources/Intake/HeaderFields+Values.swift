import HTTPListener
import WebhookSignature

extension HeaderFields {
    /// What a verifier asks for.
    func values(_ name: String) -> HeaderValues {
        let (first, count) = look(up: name)
        return HeaderValues(first: first, count: count)
    }
}
