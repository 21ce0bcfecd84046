import Foundation
import Testing
import WebhookSignature

@Suite("Published vectors")
struct VectorTests {
    @Test("every HMAC vector of fixtures/signatures.json ends as it says")
    func vectors() throws {
        var verified = 0
        var refused = 0
        for vector in try Vectors.read() {
            guard let rules = try Scheme.rules(for: vector), let body = vector.bytes else { continue }
            let secret = try Secret(text: vector.secret, encoding: rules.scheme.secretEncoding)
            let verification = try rules.verifier(secrets: [secret]).verify(
                headers: vector.values(of:),
                body: body,
                now: Date(timeIntervalSince1970: vector.clock ?? 1_764_000_000)
            )
            let isAccepted =
                if case .verified(let request) = verification { request.staleness == .fresh } else { false }
            // The upper-case GitHub vector may end either way; here hex is lower case only.
            #expect(isAccepted == (vector.expect == "accept"), "\(vector.id): \(verification)")
            if isAccepted { verified += 1 } else { refused += 1 }
        }
        #expect(verified == 25)
        #expect(refused == 9)
    }

    @Test("what the verifier signs, it verifies, in every scheme of the vectors")
    func roundTrip() throws {
        let now = Date(timeIntervalSince1970: 1_764_000_000)
        var seen: Set<String> = []
        for vector in try Vectors.read() where seen.insert(vector.scheme).inserted {
            guard let rules = try Scheme.rules(for: vector), let body = vector.bytes else { continue }
            let secret = try Secret(name: "one", text: vector.secret, encoding: rules.scheme.secretEncoding)
            let verifier = try rules.verifier(secrets: [secret])
            let headers = try verifier.sign(body: body, id: "evt_1", timestamp: now)
            let verification = verifier.verify(headers: headers.values(of:), body: body, now: now)
            guard case .verified(let request) = verification else {
                Issue.record("\(vector.scheme): \(verification)")
                continue
            }
            #expect(request.secretName == "one")
            #expect(request.signedID == (rules.scheme.content.signsID ? "evt_1" : nil))
            let other = verifier.verify(headers: headers.values(of:), body: body + [32], now: now)
            #expect(other == .refused(.wrongSignature))
        }
        #expect(seen.count >= 16)
    }
}

extension [(name: String, value: String)] {
    func values(of name: String) -> [String] { filter { $0.name.lowercased() == name.lowercased() }.map(\.value) }
}
