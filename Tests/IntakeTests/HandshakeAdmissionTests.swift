import Foundation
import HTTPListener
import Testing

@testable import Intake

@Suite("What the head of a handshake allows")
struct HandshakeAdmissionTests {
    private let challenge = ("x-okta-verification-challenge", "abc")

    @Test("Okta's GET is let in without a signature; without its header, or for another sender, GET is 405")
    func get() throws {
        let okta = try IntakeFixture(", handshake: okta")
        #expect(try okta.status(okta.head("GET", "/hooks/hr", [challenge])) == nil)
        #expect(try okta.status(okta.head("GET", "/hooks/hr")) == 405)
        #expect(try okta.status(okta.head("HEAD", "/hooks/hr", [challenge])) == 405)
        #expect(try okta.status(okta.head("GET", "/hooks/other", [challenge])) == 404)
        #expect(try okta.status(okta.head("POST", "/hooks/hr", [challenge])) == 401)
        for handshake in ["none", "slack", "microsoft-graph", "zoom", "gusto", "hibob", "google-workspace", "github"] {
            let other = try IntakeFixture(", handshake: \(handshake)")
            #expect(try other.status(other.head("GET", "/hooks/hr", [challenge])) == 405)
        }
    }

    @Test("the source range holds for handshakes, and a repeated challenge is 400")
    func range() throws {
        let okta = try IntakeFixture(", handshake: okta, allow_from: [192.0.2.0/24]")
        #expect(try okta.status(okta.head("GET", "/hooks/hr", [challenge], from: "198.51.100.1")) == 403)
        #expect(try okta.status(okta.head("GET", "/hooks/hr", [], from: "198.51.100.1")) == 405)
        #expect(try okta.status(okta.head("GET", "/hooks/hr", [challenge, challenge])) == 400)
    }

    @Test("a POST without a signature is read only where it could be a question that is answered to anybody")
    func unsigned() throws {
        let gusto = try IntakeFixture(", handshake: gusto")
        #expect(try gusto.status(gusto.head("POST", "/hooks/hr", [("content-length", "40")])) == nil)
        #expect(try gusto.status(gusto.head("POST", "/hooks/hr", [("content-length", "4097")])) == 401)
        #expect(try gusto.status(gusto.head("POST", "/hooks/hr", [("transfer-encoding", "chunked")])) == 401)
        #expect(try gusto.status(gusto.head("POST", "/hooks/hr")) == 401)
        let graph = try IntakeFixture(", handshake: microsoft-graph")
        func post(_ query: String?, _ headers: [(String, String)] = []) throws -> Int? {
            try graph.status(graph.head("POST", "/hooks/hr", headers, query: query))
        }
        #expect(try post("validationToken=a") == nil)
        #expect(try post("validationToken=a", [("content-length", "0")]) == nil)
        #expect(try post("validationToken=a", [("content-length", "5")]) == 401)
        #expect(try post("other=a") == 401)
        #expect(try post(nil) == 401)
        for handshake in ["none", "okta", "slack", "zoom", "google-workspace", "github"] {
            let other = try IntakeFixture(", handshake: \(handshake)")
            #expect(try other.status(other.head("POST", "/hooks/hr", [("content-length", "40")])) == 401)
        }
    }
}

@Suite("Header names that stand for one another")
struct AlternativeHeaderTests {
    private let signed = [
        ("webhook-id", "msg_1"), ("webhook-timestamp", "1795536000"), ("webhook-signature", "v1,AAAA"),
    ]

    @Test("two names of one list with one value are fine; with two values they are 400, whichever came first")
    func alternatives() throws {
        let intake = try IntakeFixture()
        func status(_ headers: [(String, String)]) throws -> Int? {
            try intake.status(intake.head("POST", "/hooks/hr", headers))
        }
        for (name, value) in signed {
            let other = name.replacingOccurrences(of: "webhook", with: "svix")
            #expect(try status(signed + [(other, value)]) == nil)
            #expect(try status(signed + [(other, value + "0")]) == 400)
            #expect(try status([(other, value + "0")] + signed) == 400)
            #expect(try status([(other, "")] + signed) == 400)
            #expect(try status(signed + [(other, value), (other, value)]) == 400)
        }
    }

    @Test("a name with underscores stands beside the one with hyphens")
    func underscores() throws {
        let signature = "signature: {header: [X-Gusto-Signature, X_Gusto_Signature], content: \"{body}\"}"
        let intake = try IntakeFixture(", \(signature), id: {path: \"$.uuid\"}")
        func status(_ headers: [(String, String)]) throws -> Int? {
            try intake.status(intake.head("POST", "/hooks/hr", headers))
        }
        #expect(try status([("x_gusto_signature", "aa")]) == nil)
        #expect(try status([("x-gusto-signature", "aa")]) == nil)
        #expect(try status([("x-gusto-signature", "aa"), ("x_gusto_signature", "aa")]) == nil)
        #expect(try status([("x-gusto-signature", "aa"), ("x_gusto_signature", "bb")]) == 400)
        #expect(try status([("x_gusto_signature", "aa"), ("x_gusto_signature", "aa")]) == 400)
        #expect(try status([]) == 401)
    }
}

@Suite("Tokens that a handshake brings")
struct TokenFolderTests {
    private let now = Date(timeIntervalSince1970: 1_795_536_000)

    @Test("a token is written once, for its owner's eyes only; ten are kept, and no more")
    func keeping() async throws {
        let folder = try TemporaryFolder()
        let tokens = TokenFolder(folder.path)
        let path = "\(folder.path)/gusto-hr.token"
        #expect(try await tokens.keep("first", as: "gusto-hr", at: now) == .kept(path))
        #expect(try await tokens.keep("first", as: "gusto-hr", at: now) == .known)
        for number in 2...TokenFolder.mostTokens {
            #expect(try await tokens.keep("token\(number)", as: "gusto-hr", at: now) == .kept(path))
        }
        #expect(try await tokens.keep("late", as: "gusto-hr", at: now) == .full)
        #expect(try await tokens.keep("first", as: "gusto-hr", at: now) == .known)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == TokenFolder.mostTokens)
        #expect(lines.first == "2026-11-24T16:00:00Z first")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test("a file that others could read, a link and a missing folder take none, and the error does not tell the token")
    func refusals() async throws {
        let folder = try TemporaryFolder()
        let open = "\(folder.path)/open.token"
        #expect(FileManager.default.createFile(atPath: open, contents: nil, attributes: [.posixPermissions: 0o644]))
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/link.token", withDestinationPath: open)
        for (place, name) in [(folder.path, "open"), (folder.path, "link"), (folder.path + "/missing", "x")] {
            let problem = await #expect(throws: TokenFolder.Problem.self) {
                try await TokenFolder(place).keep("hunter2", as: name, at: now)
            }
            #expect(problem?.description.contains("hunter2") == false)
        }
        #expect(try Data(contentsOf: URL(filePath: open)).isEmpty)
    }
}

/// A folder that goes with its last reference.
private final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "intake-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record("\(path) is left over") }
    }
}
