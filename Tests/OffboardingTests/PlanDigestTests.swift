import Synchronization
import Testing

@testable import Offboarding

@Suite("The plan's digest (rule 17)")
struct PlanDigestTests {
    private final class Seen: Sendable {
        let text = Mutex("")
    }

    private func canonical(_ email: String, _ memberships: [Membership]) throws -> String {
        let seen = Seen()
        _ = try Plan.digest(email: try EmailAddress(email), memberships: memberships) { bytes in
            seen.text.withLock { $0 = String(decoding: bytes, as: UTF8.self) }
            return bytes
        }
        return seen.text.withLock { $0 }
    }

    @Test("it covers the email and the sorted memberships in canonical JSON")
    func canonicalJSON() throws {
        let memberships = [
            Samples.membership("o2", "u1"), Samples.membership("o1", "u2"), Samples.membership("o1", "u1"),
        ]
        #expect(
            try canonical("Avery.Stone@example.com", memberships)
                == #"{"email":"avery.stone@example.com","memberships":[["o1","u1"],["o1","u2"],["o2","u1"]]}"#
        )
        #expect(try canonical("a@b", []) == #"{"email":"a@b","memberships":[]}"#)
    }

    @Test("strings are escaped as RFC 8785 says")
    func escapes() throws {
        var json = CanonicalJSON()
        json.write("\"\\\u{8}\u{C}\n\r\t\u{1}\u{1F}é/\u{7F}")
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001fé/\u{7F}\""
        )
    }

    @Test("it is lower-case hex of what the hash gives")
    func hex() throws {
        let email = try EmailAddress("a@b")
        #expect(try Plan.digest(email: email, memberships: [], sha256: { _ in [0x00, 0xAB, 0xFF] }) == "00abff")
    }
}
