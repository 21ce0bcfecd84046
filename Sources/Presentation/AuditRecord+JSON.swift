package import Offboarding

extension AuditRecord {
    /// An entry as the API gives it: its members by their own names, and its hash in lower-case hex.
    package var json: JSONOutput {
        .object([
            ("sequence", .integer(Int(sequence))),
            ("at", .text(at)),
            ("kind", .text(kind)),
            ("actor", .text(actor)),
            ("case", .optional(caseID?.text)),
            ("delivery", .optional(delivery?.text)),
            ("subject", .list(subject.map(JSONOutput.text))),
            ("facts", JSONOutput(.object(facts))),
            ("hash", .text(HexText.text(hash))),
        ])
    }
}

extension JSONOutput {
    /// A value of an entry, members in the order of their names.
    init(_ value: AuditValue) {
        switch value {
        case .text(let text): self = .text(text)
        case .number(let number): self = .integer(Int(number))
        case .boolean(let value): self = .boolean(value)
        case .list(let items): self = .list(items.map(JSONOutput.init))
        case .object(let members):
            self = .object(members.sorted { $0.key < $1.key }.map { ($0.key, JSONOutput($0.value)) })
        }
    }
}
