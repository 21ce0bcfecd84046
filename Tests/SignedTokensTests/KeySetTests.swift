import Foundation
import JWTKit
import Senders
import SignedTokens
import Testing

@Suite("Key sets")
struct KeySetTests {
    private func document(_ json: String) throws(KeySetDocument.Problem) -> KeySetDocument {
        try KeySetDocument(Array(json.utf8), json: TokenValue.strict)
    }

    private let okp = #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#

    @Test(
        "what is no key set, or holds no public key for signatures, is refused",
        arguments: [
            "", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[]}"#, #"{"keys":[],"keys":[]}"#,
            #"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#,
            #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA","use":"enc"}]}"#,
            #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA","key_ops":["sign"]}]}"#,
            #"{"keys":[{"kty":"OKP","crv":"X25519","x":"AA"}]}"#,
            #"{"keys":[{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}]}"#,
        ]
    )
    func unusable(json: String) {
        #expect(throws: KeySetDocument.Problem.self) { try document(json) }
    }

    @Test("a document may have 64 keys and no more, and 256 KB")
    func bounds() throws {
        func many(_ count: Int) -> String {
            "{\"keys\":[\(Array(repeating: okp, count: count).joined(separator: ","))]}"
        }
        _ = try document(many(64))
        #expect(throws: KeySetDocument.Problem.self) { try document(many(65)) }
        let padding = String(repeating: " ", count: KeySetDocument.longest)
        #expect(throws: KeySetDocument.Problem.self) { try document(many(1) + padding) }
    }

    @Test("keys that fit no pinned algorithm, are too short or no point of their curve leave nothing to verify with")
    func unfit() async throws {
        let set = try document("{\"keys\":[\(okp)]}")
        _ = try await KeySet(set, algorithms: [.edDSA])
        await #expect(throws: KeySetDocument.Problem.self) { try await KeySet(set, algorithms: [.rs256, .es256]) }
        let short = try document(#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#)
        await #expect(throws: KeySetDocument.Problem.self) { try await KeySet(short, algorithms: [.rs256]) }
        let coordinate = String(repeating: "A", count: 43)
        let noPoint = #"{"keys":[{"kty":"EC","crv":"P-256","x":"\#(coordinate)","y":"\#(coordinate)"}]}"#
        await #expect(throws: KeySetDocument.Problem.self) {
            try await KeySet(try document(noPoint), algorithms: [.es256])
        }
    }

    @Test("an unknown key asks for a new fetch, once a minute; a failure is tried again sooner and keeps the keys")
    func renewal() async throws {
        let keys = RenewedKeySet(
            location: .url("https://idp.example.com/keys"),
            algorithms: [.edDSA],
            json: TokenValue.strict
        )
        let start = Date(timeIntervalSince1970: 1_795_536_000)
        func after(_ seconds: Double) -> Date { start.addingTimeInterval(seconds) }
        #expect(keys.keySet() == nil)
        #expect(keys.isDue(at: start))
        let bytes = Array("{\"keys\":[\(okp)]}".utf8)
        try await keys.renew(with: bytes, at: start)
        #expect(keys.keySet() != nil)
        #expect(!keys.isDue(at: after(3599)))
        #expect(keys.isDue(at: after(3600)))

        #expect(keys.noteUnknownKey(at: after(10)))
        #expect(keys.noteUnknownKey(at: after(11)))
        #expect(keys.isDue(at: after(11)))
        try await keys.renew(with: bytes, at: after(12))
        #expect(!keys.noteUnknownKey(at: after(69)))
        #expect(!keys.isDue(at: after(69)))
        #expect(keys.noteUnknownKey(at: after(70)))

        keys.renewalFailed(at: after(71))
        #expect(!keys.isDue(at: after(75)))
        #expect(keys.isDue(at: after(76)))
        await #expect(throws: KeySetDocument.Problem.self) {
            try await keys.renew(with: Array("{}".utf8), at: after(76))
        }
        #expect(!keys.isDue(at: after(85)))
        #expect(keys.isDue(at: after(86)))
        #expect(keys.keySet() != nil)
    }

    @Test("a file that has not changed says at once that a key is unknown; a changed one is read again")
    func file() async throws {
        let path = NSTemporaryDirectory() + "keys-\(UUID().uuidString).json"
        defer { unlink(path) }
        try Data("{\"keys\":[\(okp)]}".utf8).write(to: URL(filePath: path))
        let keys = RenewedKeySet(location: .file(path), algorithms: [.edDSA], json: TokenValue.strict)
        let start = Date(timeIntervalSince1970: 1_795_536_000)
        try await keys.renewFromFile(at: start)
        #expect(!keys.noteUnknownKey(at: start))
        #expect(!keys.isDue(at: start.addingTimeInterval(59)))
        #expect(keys.isDue(at: start.addingTimeInterval(60)))
        try Data("{\"keys\":[\(okp), \(okp)]}".utf8).write(to: URL(filePath: path))
        #expect(!keys.noteUnknownKey(at: start.addingTimeInterval(30)))
        #expect(keys.noteUnknownKey(at: start.addingTimeInterval(61)))
        #expect(keys.isDue(at: start.addingTimeInterval(30)))
        unlink(path)
        await #expect(throws: KeySetDocument.Problem.self) {
            try await keys.renewFromFile(at: start.addingTimeInterval(62))
        }
        #expect(keys.keySet() != nil)
    }
}
