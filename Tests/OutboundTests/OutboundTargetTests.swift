import Testing

@testable import Outbound

@Suite("A URL that a request may go to")
struct OutboundTargetTests {
    @Test("a plain https URL is taken, and shows its host alone")
    func plain() throws {
        let target = try OutboundTarget("https://Hooks.Example.com/services/secret?x=1", allowing: .global)
        #expect(target.host == "hooks.example.com")
        #expect(target.url == "https://hooks.example.com/services/secret?x=1")
        #expect("\(target)" == "hooks.example.com")
        #expect(!String(reflecting: target).contains("secret"))
        var dumped = ""
        dump(target, to: &dumped)
        #expect(!dumped.contains("secret"))
    }

    @Test(
        "what could lead elsewhere is refused",
        arguments: [
            "", "hooks.example.com", "ftp://example.com/", "file:///etc/passwd", "unix:/run/x", "http+unix://x/",
            "http://example.com/", "https://user@example.com/", "https://user:pass@example.com/",
            "https://example.com/#part", "https:///path", "https://exa mple.com/", "https://example.com/\r\nX: y",
            "https://b\u{FC}cher.example/", "https://%31%32%37.0.0.1/", "https://127.0.0.1/", "https://[::1]/",
            "https://10.0.0.1/", "https://169.254.169.254/latest", "https://[::ffff:127.0.0.1]/", "https://[fe80::1]/",
            "https://example.com:0/", "https://example.com:99999/",
        ]
    )
    func refused(_ text: String) {
        #expect(throws: OutboundTarget.Problem.self) { try OutboundTarget(text, allowing: .global) }
    }

    @Test("http is for this machine, or where private networks are allowed")
    func http() throws {
        for text in ["http://127.0.0.1:8080/x", "http://[::1]/x", "http://localhost/x"] {
            #expect(throws: Never.self) { try OutboundTarget(text, allowing: .loopback) }
        }
        #expect(throws: OutboundTarget.Problem.self) { try OutboundTarget("http://10.0.0.1/", allowing: .loopback) }
        #expect(throws: OutboundTarget.Problem.self) {
            try OutboundTarget("http://localhost.evil/", allowing: .loopback)
        }
        #expect(throws: Never.self) { try OutboundTarget("http://10.0.0.1/", allowing: .privateNetworks) }
        #expect(throws: Never.self) { try OutboundTarget("http://chat.internal/", allowing: .privateNetworks) }
        #expect(throws: OutboundTarget.Problem.self) {
            try OutboundTarget("http://169.254.169.254/", allowing: .privateNetworks)
        }
    }

    @Test("with a list of hosts, no other is taken")
    func hosts() {
        let hosts = ["hooks.slack.com"]
        #expect(throws: Never.self) {
            try OutboundTarget("https://HOOKS.slack.com/commands/1", allowing: .global, hosts: hosts)
        }
        for text in [
            "https://hooks.slack.com.example.com/", "https://xhooks.slack.com/", "https://hooks.slack.com./",
            "https://hooks.slack.com@example.com/", "https://example.com/?hooks.slack.com", "http://hooks.slack.com/",
        ] {
            #expect(throws: OutboundTarget.Problem.self) {
                try OutboundTarget(text, allowing: .global, hosts: hosts)
            }
        }
    }

    @Test("a problem shows nothing of the URL")
    func problem() throws {
        let problem = try #require(throws: OutboundTarget.Problem.self) {
            try OutboundTarget("https://user:telltale@example.com/", allowing: .global)
        }
        #expect(!problem.description.contains("telltale"))
    }
}
