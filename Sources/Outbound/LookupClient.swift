import Foundation
public import Offboarding
public import Senders

/// Asks senders' own services for the emails of people (design section 5a, `lookup`).
public struct LookupClient: PersonLookup {
    /// Reads a secret as it is now; throws what says where it was looked for, never what was there.
    public typealias SecretReader = @Sendable (_ reference: LookupRule.Header) throws -> String

    private let client: OutboundClient
    private let rules: [String: LookupRule]
    private let secret: SecretReader

    /// - Parameter rules: by the sender's name.
    public init(client: OutboundClient, rules: [String: LookupRule], secret: @escaping SecretReader) {
        self.client = client
        self.rules = rules
        self.secret = secret
    }

    public var senders: [String] { rules.keys.sorted() }

    /// Why a rule's URL cannot be used as it is written; `nil` where it can.
    public static func problem(of rule: LookupRule) -> String? {
        guard let url = rule.url(for: "1") else { return "must hold {id}" }
        do {
            _ = try OutboundTarget(url, allowing: allowance(rule))
            return nil
        } catch {
            return error.description
        }
    }

    public func email(of id: String, sender: String) async throws(LookupTrouble) -> EmailAddress {
        guard let rule = rules[sender] else {
            throw LookupTrouble("the sender has no lookup any more", passes: false)
        }
        guard let url = rule.url(for: id) else {
            throw LookupTrouble("the person's id cannot be a part of a path", passes: false)
        }
        let answer = try await ask(rule, url)
        switch answer.status {
        case 200..<300:
            switch rule.answer(in: answer.body) {
            case .email(let email): return email
            case .unusable(let reason): throw LookupTrouble("lookup: \(reason)", passes: false)
            }
        case 404, 410: throw LookupTrouble("lookup: nobody has this id (\(answer.status))", passes: false)
        case 300..<400:
            throw LookupTrouble("lookup: redirected (\(answer.status)), which is not followed", passes: true)
        default: throw LookupTrouble("lookup: answered with \(answer.status)", passes: true)
        }
    }

    private func ask(_ rule: LookupRule, _ url: String) async throws(LookupTrouble) -> OutboundAnswer {
        var headers = [(name: "Accept", value: "application/json")]
        for header in rule.headers {
            headers.removeAll { $0.name.lowercased() == header.name.lowercased() }
            headers.append((header.name, try value(of: header)))
        }
        do {
            let target = try OutboundTarget(url, allowing: Self.allowance(rule))
            return try await client.send(OutboundRequest(.get, target, headers: headers))
        } catch let error as OutboundError {
            // An answer that is too large will not shrink by asking again.
            throw LookupTrouble("lookup: \(error)", passes: error.code != .tooLarge)
        } catch {
            throw LookupTrouble("lookup: the URL cannot be used", passes: true)
        }
    }

    private func value(of header: LookupRule.Header) throws(LookupTrouble) -> String {
        let value: String
        do { value = try secret(header) } catch { throw LookupTrouble("lookup: \(error)", passes: true) }
        // HTTP could not carry it, and the client that says so would show it.
        guard value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw LookupTrouble("lookup: a header's secret holds a character that no header has", passes: true)
        }
        return value
    }

    private static func allowance(_ rule: LookupRule) -> AddressAllowance {
        rule.allowPrivate ? .privateNetworks : .global
    }
}
