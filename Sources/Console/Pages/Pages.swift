import Foundation
import HTTPListener
import Offboarding
import Presentation

/// What people see and do in a browser. Everything works without a script.
struct Pages: Sendable {
    let parts: ConsoleParts
    let renderer: PageRenderer
    let cases: CaseDesk
    let deliveries: DeliveryDesk
    let limits: LimitDesk
    let chain: ChainWatch

    init(_ parts: ConsoleParts, renderer: PageRenderer) {
        self.parts = parts
        self.renderer = renderer
        cases = CaseDesk(store: parts.store, time: parts.time, policy: parts.policy)
        deliveries = DeliveryDesk(store: parts.store, time: parts.time, policy: parts.policy)
        limits = LimitDesk(store: parts.store, time: parts.time, policy: parts.policy)
        chain = ChainWatch(store: parts.store, sha256: parts.sha256, signed: parts.signed)
    }

    var routes: [Route] {
        [Route(.page, "GET", "/", overview)] + caseRoutes + deliveryRoutes + limitRoutes + auditRoutes
    }

    /// Rows of one page of a list.
    static let rows = 50

    /// What a select offers, the chosen one marked; everything first.
    static func choices(_ words: [String], chosen: String?, all: String) -> [Choice] {
        [Choice(value: "", name: all, isChosen: chosen == nil)]
            + words.map { Choice(value: $0, name: $0.replacing("_", with: " "), isChosen: $0 == chosen) }
    }

    struct Choice {
        let value: String
        let name: String
        let isChosen: Bool
    }

    struct Fact {
        let name: String
        let value: String

        /// `nil` where there is nothing to say.
        init?(_ name: String, _ value: String?) {
            guard let value, !value.isEmpty else { return nil }
            self.name = name
            self.value = HarmlessText.text(value)
        }
    }

    /// The address of the next page of a list.
    static func older(_ path: String, _ query: [(name: String, value: String?)]) -> String {
        let pairs = query.compactMap { name, value in value.map { "\(name)=\(FormFields.encoded($0))" } }
        return "\(path)?\(pairs.joined(separator: "&"))"
    }
}

extension CaseState {
    /// For people.
    var name: String { rawValue }
}

extension Case {
    /// How long it is since access was to end.
    func age(at now: Date) -> TimeInterval { max(0, now.timeIntervalSince(max(receivedAt, effectiveAt ?? receivedAt))) }
}

extension ConsoleRequest {
    /// A word of the query out of some; `nil` where there is none, or one that is none of them.
    func choice<Choice: RawRepresentable<String>>(_ name: String, of type: Choice.Type) -> Choice? {
        query[name].flatMap(Choice.init(rawValue:))
    }

    /// Whether whoever asks may decide.
    var mayDecide: Bool { person.may(.operator) }
}
