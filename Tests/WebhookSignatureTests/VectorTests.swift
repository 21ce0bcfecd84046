import Foundation
import Testing
import WebhookSignature

@Suite("Published vectors")
struct VectorTests {
    @Test("every vector of fixtures/signatures.json ends as it says, and no mutation of one is accepted")
    func vectors() throws {
        var asTheySay = 0
        var tried = 0
        var refused = 0
        var withoutBody: [String] = []
        for vector in try Vectors.read() {
            guard vector.expect != "unknown" else {
                withoutBody.append(vector.id)
                continue
            }
            let trial = try Trial(vector)
            tried += 1
            // The upper-case GitHub vector may end either way; here hex is lower case only.
            let isAsItSays = trial.isAccepted() == (vector.expect == "accept")
            #expect(isAsItSays, "\(vector.id)")
            if isAsItSays { asTheySay += 1 }
            guard vector.expect == "accept" else { continue }
            for mutation in try Mutation.all(of: trial) {
                let isAccepted = mutation.trial.isAccepted()
                #expect(!isAccepted, "\(vector.id): \(mutation.what)")
                if !isAccepted { refused += 1 }
            }
        }
        #expect(withoutBody == ["teams-docs-incomplete-1"])
        #expect(tried == 36)
        #expect(refused > 400)
        print("Signature vectors: \(asTheySay) of \(tried), \(refused) mutations refused")
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
    func values(of name: String) -> HeaderValues {
        HeaderValues(filter { $0.name.lowercased() == name.lowercased() }.map(\.value))
    }
}
