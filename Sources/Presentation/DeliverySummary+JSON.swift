package import Offboarding

extension DeliverySummary {
    /// One object of `deliveries --json` (design, section 8).
    package var json: JSONOutput {
        .object([
            ("id", .text(id.text)),
            ("sender", .text(sender)),
            ("received_at", .optional(receivedAt)),
            ("state", .text(state.rawValue)),
            ("cases", .list(cases.map { .text($0.text) })),
        ])
    }
}
