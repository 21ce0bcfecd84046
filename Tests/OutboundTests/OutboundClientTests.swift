import Logging
import NIOHTTP1
import Testing

@testable import Outbound

@Suite("The client for everybody but Vultr")
struct OutboundClientTests {
    private static let logger = Logger(label: "outbound") { _ in SwiftLogNoOpLogHandler() }

    private func with<Answer: Sendable>(
        _ resolver: any AddressResolver,
        _ body: (OutboundClient) async throws -> Answer
    ) async throws -> Answer {
        let client = OutboundClient(resolver: resolver, logger: Self.logger)
        do {
            let answer = try await body(client)
            await client.shutdown()
            return answer
        } catch {
            await client.shutdown()
            throw error
        }
    }

    private func code(
        of client: OutboundClient,
        _ url: String,
        allowing allowance: AddressAllowance,
        timeout: Double = 10
    ) async throws -> OutboundError.Code? {
        let target = try OutboundTarget(url, allowing: allowance)
        do throws(OutboundError) {
            _ = try await client.send(OutboundRequest(.get, target, timeout: timeout))
            return nil
        } catch {
            #expect(!error.description.contains("/secret"))
            return error.code
        }
    }

    /// Expects an error of a code, or an answer where it is `nil`.
    private func expect(
        _ wanted: OutboundError.Code?,
        of client: OutboundClient,
        _ url: String,
        allowing allowance: AddressAllowance,
        timeout: Double = 10
    ) async throws {
        let found = try await code(of: client, url, allowing: allowance, timeout: timeout)
        #expect(found == wanted)
    }

    @Test("a request goes to the address that was checked, under the name that was asked for")
    func pinned() async throws {
        try await TestService.with(TestService.Reply(body: Array("hello".utf8))) { service in
            let resolver = ScriptedResolver([["127.0.0.1"]])
            try await with(resolver) { client in
                let url = "http://People.Internal:\(service.port)/people/a%2Fb?x=1"
                let target = try OutboundTarget(url, allowing: .privateNetworks)
                let request = OutboundRequest(.get, target, headers: [("Authorization", "Bearer x")])
                let answer = try await client.send(request)
                #expect(answer.status == 200)
                #expect(answer.body == Array("hello".utf8))
            }
            #expect(resolver.questions == ["people.internal"])
            let head = try #require(service.heads.first)
            #expect(head.uri == "/people/a%2Fb?x=1")
            #expect(head.headers["host"] == ["people.internal:\(service.port)"])
            #expect(head.headers["authorization"] == ["Bearer x"])
        }
    }

    @Test("a name that comes to lead to a private address is refused, also beside a connection that is kept")
    func rebinding() async throws {
        try await TestService.with { service in
            let resolver = ScriptedResolver([["127.0.0.1"], ["169.254.169.254"]])
            try await with(resolver) { client in
                let url = "http://people.internal:\(service.port)/secret"
                try await expect(nil, of: client, url, allowing: .privateNetworks)
                try await expect(.refusedAddress, of: client, url, allowing: .privateNetworks)
            }
            #expect(service.heads.count == 1)
        }
    }

    @Test(
        "no address is tried that is not allowed",
        arguments: [
            ["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::1"], ["::ffff:127.0.0.1"],
            ["fe80::1", "192.168.1.1"],
        ]
    )
    func refused(_ addresses: [String]) async throws {
        try await TestService.with { service in
            try await with(ScriptedResolver([addresses])) { client in
                let url = "https://api.example.com:\(service.port)/secret"
                try await expect(.refusedAddress, of: client, url, allowing: .global)
            }
            #expect(service.heads.isEmpty)
        }
    }

    @Test(
        "an address that only a resolver can read is checked like any other",
        arguments: [
            "127.1", "2130706433", "0x7f000001", "0177.0.0.1",
        ]
    )
    func oddSpelling(_ host: String) async throws {
        try await with(SystemResolver()) { client in
            let found = try await code(of: client, "https://\(host)/secret", allowing: .global)
            #expect(found == .refusedAddress || found == .unreachable)
        }
    }

    @Test("of several addresses only those that are allowed are tried, one after the other")
    func several() async throws {
        try await TestService.with { service in
            // Nobody listens on 127.0.0.2 at this port: the service is bound to one address.
            let resolver = ScriptedResolver([["169.254.169.254", "127.0.0.2", "127.0.0.1"]])
            try await with(resolver) { client in
                let url = "http://people.internal:\(service.port)/secret"
                try await expect(nil, of: client, url, allowing: .privateNetworks)
            }
            #expect(service.heads.count == 1)
        }
    }

    @Test("a redirect is an answer and is not followed")
    func redirect() async throws {
        let reply = TestService.Reply(status: .found, headers: [("location", "/elsewhere"), ("retry-after", "7")])
        try await TestService.with(reply) { service in
            try await with(ScriptedResolver([])) { client in
                let target = try OutboundTarget("http://127.0.0.1:\(service.port)/", allowing: .loopback)
                let answer = try await client.send(OutboundRequest(.post, target, body: Array("{}".utf8)))
                #expect(answer.status == 302)
                #expect(answer.retryAfter == 7)
            }
            #expect(service.heads.map(\.method) == [.POST])
        }
    }

    @Test("an answer over the limit is not read")
    func large() async throws {
        let reply = TestService.Reply(body: Array(repeating: 0x20, count: OutboundClient.largestAnswer + 1))
        try await TestService.with(reply) { service in
            try await with(ScriptedResolver([])) { client in
                let url = "http://127.0.0.1:\(service.port)/secret"
                try await expect(.tooLarge, of: client, url, allowing: .loopback)
            }
        }
    }

    @Test("who does not answer in time is given up")
    func silent() async throws {
        try await TestService.with(TestService.Reply(isSilent: true)) { service in
            try await with(ScriptedResolver([])) { client in
                let url = "http://127.0.0.1:\(service.port)/secret"
                try await expect(.timedOut, of: client, url, allowing: .loopback, timeout: 0.2)
            }
        }
    }

    @Test("after a shutdown nothing is sent")
    func closed() async throws {
        try await TestService.with { service in
            let client = OutboundClient(resolver: ScriptedResolver([]), logger: Self.logger)
            await client.shutdown()
            let url = "http://127.0.0.1:\(service.port)/secret"
            try await expect(.unreachable, of: client, url, allowing: .loopback)
            #expect(service.heads.isEmpty)
        }
    }
}
