import Glibc
import HTTPListener
import Logging
import Synchronization
import Testing

@Suite("Starting, TLS and the log")
struct StartTests {
    private func listener(_ configure: (inout ListenerSettings) -> Void) -> Listener {
        Listener(settings: .test(configure), router: TestRouter(endpoint: TestEndpoint()), logger: quietLogger())
    }

    private func failure(_ configure: (inout ListenerSettings) -> Void) -> ListenerError? {
        #expect(throws: ListenerError.self) { try listener(configure).start() }
    }

    @Test("a port in use is named")
    func portInUse() throws {
        try withListener { running in
            let error = failure { $0.port = running.port }
            #expect(error?.code == .addressInUse)
            #expect(error?.message.contains("127.0.0.1") == true)
            #expect(error?.message.contains(String(running.port)) == true)
            // The running one is none the worse.
            let answer = try RawClient.exchange(post("hi"), port: running.port)
            #expect(answer.status == 202)
        }
    }

    @Test("addresses that are none, or not of this machine, are named")
    func address() {
        #expect(failure { $0.address = "localhost" }?.code == .addressUnusable)
        let elsewhere = failure { $0.address = "192.0.2.1" }
        #expect(elsewhere?.code == .addressUnusable)
        #expect(elsewhere?.message.contains("192.0.2.1") == true)
    }

    @Test("limits that cannot be are refused by name")
    func limits() {
        #expect(failure { $0.connections = 0 }?.message.contains("connections") == true)
        #expect(failure { $0.maxBodyBytes = 0 }?.message.contains("max_body_bytes") == true)
        #expect(failure { $0.headDeadline = .zero }?.message.contains("head_deadline") == true)
        #expect(failure { $0.threads = 0 }?.code == .invalidSettings)
        #expect(failure { $0.connections = 1_048_576 }?.code == .tooFewDescriptors)
    }

    @Test("a listener starts once, and can be shut down any number of times")
    func once() throws {
        let listener = listener { _ in }
        #expect(listener.port == 0)
        try listener.start()
        #expect(listener.port != 0)
        let error = #expect(throws: ListenerError.self) { try listener.start() }
        #expect(error?.code == .alreadyStarted)
        listener.shutdown()
        listener.shutdown()
        #expect(throws: ListenerError.self) { try listener.start() }
    }

    @Test("a listener that is let go stops listening")
    func letGo() throws {
        let port = try { () throws -> UInt16 in
            let listener = listener { _ in }
            try listener.start()
            return listener.port
        }()
        #expect(throws: (any Error).self) { try RawClient(port: port) }
    }

    @Test("X-Forwarded-For is walked from the right while the address at hand is trusted")
    func forwardedFor() throws {
        let trusted = try ["127.0.0.0/8", "10.0.0.0/8", "2001:db8::/32"].map { try AddressRange($0) }
        let cases: [(headers: String, client: String)] = [
            ("", "127.0.0.1"),
            ("X-Forwarded-For: 198.51.100.7\r\n", "198.51.100.7"),
            ("X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\n", "198.51.100.7"),
            ("X-Forwarded-For: 203.0.113.9, 198.51.100.7, 10.1.1.1\r\n", "198.51.100.7"),
            ("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 198.51.100.7\r\n", "198.51.100.7"),
            ("X-Forwarded-For: 10.2.2.2, 10.1.1.1\r\n", "10.2.2.2"),
            ("X-Forwarded-For: 198.51.100.7:4711\r\n", "198.51.100.7"),
            ("X-Forwarded-For: [2001:db9::1]:4711\r\n", "2001:db9::1"),
            ("X-Forwarded-For: 203.0.113.9, 2001:db8::1 ,\t10.1.1.1\r\n", "203.0.113.9"),
            ("X-Forwarded-For: 203.0.113.9, unknown, 10.1.1.1\r\n", "10.1.1.1"),
            ("X-Forwarded-For: 203.0.113.9,\r\n", "127.0.0.1"),
            ("X-Forwarded-For: ::ffff:198.51.100.7\r\n", "198.51.100.7"),
        ]
        try withListener(settings: .test { $0.trustedProxies = trusted }) { listener in
            let client = try RawClient(port: listener.port)
            for (headers, expected) in cases {
                #expect(try client.exchange(post("hi", headers: headers)).headers["seen-client"] == expected)
            }
        }
        try withListener { listener in
            let client = try RawClient(port: listener.port)
            let answer = try client.exchange(post("hi", headers: "X-Forwarded-For: 198.51.100.7\r\n"))
            #expect(answer.headers["seen-client"] == "127.0.0.1")
        }
    }

    @Test("TLS serves from PEM files, and refuses clients that speak in the clear")
    func tls() throws {
        let files = try TLSFixture()
        try withListener(settings: .test { $0.tls = TLSFiles(certificate: files.certificate, key: files.key) }) {
            listener in
            let output = try run(
                "/usr/bin/openssl",
                [
                    "s_client", "-connect", "127.0.0.1:\(listener.port)", "-CAfile", files.certificate, "-quiet",
                    "-verify_return_error", "-no_ign_eof",
                ],
                input: post("over tls", headers: "Connection: close\r\n")
            )
            #expect(output.contains("HTTP/1.1 202"))
            #expect(output.hasSuffix("over tls"))
            let clear = try RawClient(port: listener.port)
            clear.send(post("hi"))
            #expect(throws: RawClient.Trouble.self) { try clear.answer() }
        }
    }

    @Test("certificates and keys that cannot be used are named, their contents never")
    func wrongTLS() throws {
        let files = try TLSFixture()
        let other = try TLSFixture()
        let missing = failure { $0.tls = TLSFiles(certificate: "/nowhere/a.pem", key: files.key) }
        #expect(missing?.code == .tlsUnusable)
        #expect(missing?.message.contains("/nowhere/a.pem") == true)
        #expect(failure { $0.tls = TLSFiles(certificate: files.certificate, key: "/nowhere") }?.code == .tlsUnusable)
        #expect(failure { $0.tls = TLSFiles(certificate: "/dev/null", key: files.key) }?.code == .tlsUnusable)
        #expect(failure { $0.tls = TLSFiles(certificate: "/dev/zero", key: files.key) }?.code == .tlsUnusable)
        #expect(failure { $0.tls = TLSFiles(certificate: "/", key: files.key) }?.code == .tlsUnusable)
        let mismatch = failure { $0.tls = TLSFiles(certificate: files.certificate, key: other.key) }
        #expect(mismatch?.code == .tlsUnusable)
        #expect(mismatch?.cause != nil)
        let swapped = failure { $0.tls = TLSFiles(certificate: files.key, key: files.certificate) }
        #expect(swapped?.code == .tlsUnusable)
        #expect(swapped?.description.contains("PRIVATE") == false)
    }

    @Test("the library's log comes through ours, and nothing of a request above debug")
    func log() throws {
        let lines = Mutex<[(Logger.Level, String)]>([])
        let recorder = Recorder { level, text in lines.withLock { $0.append((level, text)) } }
        let logger = Logger(label: "test", factory: { _ in recorder })
        let listener = Listener(
            settings: ListenerSettings(address: "127.0.0.1", port: 0),
            router: TestRouter(endpoint: TestEndpoint()),
            logger: logger
        )
        try listener.start()
        let client = try RawClient(port: listener.port)
        client.send("POST /hooks/secret-in-path HTTP/1.1\r\nHost: a\r\nsecret-in-line\r\n\r\n")
        #expect(try client.answer().status == 400)
        let second = try RawClient(port: listener.port)
        second.send("POST /hooks/hr HTTP/1.1\r\nHost: a\r\nHost: secret\r\n\r\n")
        #expect(try second.answer().status == 400)
        listener.shutdown()
        let seen = lines.withLock { $0 }
        #expect(seen.contains { $0.0 == .debug && $0.1.contains("libmicrohttpd") })
        #expect(seen.contains { $0.0 == .debug && $0.1.contains("repeated Host") })
        #expect(!seen.contains { $0.0 > .debug && $0.1.contains("secret") })
    }
}

/// Hands every line to a closure.
private struct Recorder: LogHandler {
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]
    let write: @Sendable (Logger.Level, String) -> Void

    init(_ write: @escaping @Sendable (Logger.Level, String) -> Void) {
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        write(event.level, "\(event.message) \(event.metadata ?? [:])")
    }
}
