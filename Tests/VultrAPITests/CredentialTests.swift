import Offboarding
import Testing

@testable import VultrAPI

@Suite("API keys and role sessions")
struct CredentialTests {
    private static let user = UserID("u-1")
    private static let token = "a/b+c=..%2F"

    @Test("their lists are read whatever stands beside an id or a token, by any of the names that they may have")
    func lists() async throws {
        for (name, row) in [
            ("api_keys", #"{"id":"k-1","api_key":"sesame","name":null}"#), ("apikeys", #"{"uuid":"k-1"}"#),
            ("keys", #"{"id":"k-1","labels":{}}"#),
        ] {
            let body = #"{"\#(name)":[\#(row)],"meta":{"total":1,"links":{"next":"","prev":""}}}"#
            try await Bench.run(.always(.json(body))) { bench in
                let listing = try await bench.client.apiKeys(of: Self.user)
                #expect(listing.rows.map(\.handle) == ["k-1"])
                #expect(listing.isProven)
                #expect(bench.server.requests.map(\.path) == ["/v2/users/u-1/apikeys"])
            }
        }
        let sessions = #"{"sessions":[{"session_token":"\#(Self.token)","role_id":"r"}]}"#
        try await Bench.run(.always(.json(sessions))) { bench in
            let listing = try await bench.client.roleSessions(of: Self.user)
            #expect(listing.rows.map(\.handle) == [Self.token])
            #expect(!listing.isProven, "it has no total")
        }
    }

    @Test("a token is one path segment whatever it holds, and dots alone are refused")
    func paths() async throws {
        try await Bench.run(.always(.answer("204 No Content"))) { bench in
            try await bench.client.endRoleSession(Credential(handle: Self.token))
            try await bench.client.endAPIKey(Credential(handle: "k-1"), of: Self.user)
            #expect(
                bench.server.requests.map(\.path) == [
                    "/v2/assumed-roles/a%2Fb%2Bc%3D..%252F", "/v2/users/u-1/apikeys/k-1",
                ]
            )
            for handle in ["", ".", ".."] {
                let error = try await failure { try await bench.client.endRoleSession(Credential(handle: handle)) }
                #expect(error.code == .operatorNeeded)
            }
            let slash = try await failure {
                try await bench.client.endAPIKey(Credential(handle: "../../u-2"), of: Self.user)
            }
            #expect(slash.code == .operatorNeeded)
            #expect(bench.server.requests.count == 2)
        }
    }

    @Test("what Vultr says of an error is not repeated, since it may hold the token, and neither does any log")
    func texts() async throws {
        let echo = #"{"error":"assumed role \#(Self.token) not found","status":500}"#
        try await Bench.run(.always(.json(echo, status: "500 Internal Server Error"))) { bench in
            let error = try await failure { try await bench.client.endRoleSession(Credential(handle: Self.token)) }
            #expect(error.description == "DELETE /v2/assumed-roles/{session} met trouble at Vultr (status 500)")
            let listed = try await failure { try await bench.client.roleSessions(of: Self.user) }
            #expect(!listed.description.contains(Self.token))
            #expect(!bench.log.lines.joined().contains("a/b"))
        }
    }

    @Test("rows that cannot be ended need a person")
    func nameless() async throws {
        let body = #"{"sessions":[{"role_id":"r"}],"meta":{"total":1}}"#
        try await Bench.run(.always(.json(body))) { bench in
            let shown = try await bench.client.roleSessions(of: Self.user)
            let nameless = try #require(shown.rows.first)
            let error = try await failure { try await bench.client.endRoleSession(nameless) }
            #expect(error.code == .operatorNeeded)
            #expect(bench.server.requests.count == 1, "nothing was sent for it")
        }
    }
}
