import Glibc
import HTTPListener
import Testing

/// The deadlines here are far shorter than the client's patience of five seconds, which is what makes a test fail.
@Suite("Deadlines are absolute")
struct DeadlineTests {
    private func quick(_ settings: inout ListenerSettings) {
        settings.headDeadline = .milliseconds(300)
        settings.bodyDeadline = .milliseconds(300)
    }

    @Test("a connection that says nothing, or not enough, is closed at the head's deadline")
    func head() throws {
        try withListener(settings: .test(quick)) { listener in
            for sent in ["", "POST", "POST /hooks/hr HTTP/1.1\r\nHost: a\r\nX-Slow: "] {
                let client = try RawClient(port: listener.port)
                client.send(sent)
                #expect(try client.isClosedSilently())
            }
        }
    }

    @Test("a byte every now and then does not move the head's deadline")
    func drippingHead() throws {
        try withListener(settings: .test(quick)) { listener in
            let client = try RawClient(port: listener.port)
            client.send("POST /hooks/hr HTTP/1.1\r\nX-Slow: ")
            #expect(drips(client))
        }
    }

    @Test("a byte every now and then does not move the body's deadline, with a length or chunked")
    func drippingBody() throws {
        try withListener(settings: .test(quick)) { listener in
            for framing in ["Content-Length: 100000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nfffff\r\n"] {
                let client = try RawClient(port: listener.port)
                client.send("POST /hooks/hr HTTP/1.1\r\nHost: a\r\n\(framing)")
                #expect(drips(client))
            }
        }
    }

    /// Sends a byte every 20 ms; whether the other side refuses them before patience ends.
    private func drips(_ client: RawClient) -> Bool {
        for _ in 0..<(RawClient.patience / 20) {
            guard client.send("a") else { return true }
            usleep(20_000)
        }
        return false
    }

    @Test("the head's clock starts anew when an answer is done, and a kept connection without a request is closed")
    func keptConnection() throws {
        try withListener(settings: .test(quick)) { listener in
            let client = try RawClient(port: listener.port)
            let start = ContinuousClock.now
            // Far more than one deadline in all, never one between two requests.
            while ContinuousClock.now - start < .milliseconds(900) {
                #expect(try client.exchange(post("hi")).status == 202)
                usleep(20_000)
            }
            #expect(try client.isClosedSilently())
        }
    }

    @Test("an endpoint's own time is under no deadline")
    func waiting() throws {
        let waiters = Waiters()
        try withListener(TestEndpoint(handle: { _, responder in waiters.add(responder) }), settings: .test(quick)) {
            listener in
            let client = try RawClient(port: listener.port)
            client.send(post("hi"))
            #expect(eventually { waiters.count == 1 })
            // A second connection marks the time: it is closed after a whole deadline.
            #expect(try RawClient.isTurnedAway(port: listener.port))
            for responder in waiters.takeAll() { responder.respond(.json(status: 202, "{}")) }
            #expect(try client.answer().status == 202)
        }
    }

    @Test("a client that does not take its answer is cut off")
    func answer() throws {
        let waiters = Waiters()
        let large = [UInt8](repeating: 0x61, count: 32_000_000)
        let endpoint = TestEndpoint(handle: { request, responder in
            if request.body.isEmpty { waiters.add(responder) } else { responder.respond(.json(status: 200, large)) }
        })
        try withListener(
            endpoint,
            settings: .test { settings in
                quick(&settings)
                settings.answerDeadline = .milliseconds(300)
                settings.connections = 1
            }
        ) { listener in
            let client = try RawClient(port: listener.port)
            client.send(post("hi"))
            // The only place is free again once the client that reads nothing was cut off.
            #expect(
                eventually {
                    guard let other = try? RawClient(port: listener.port) else { return false }
                    return other.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") && (try? other.answer())?.status == 404
                }
            )
            #expect(throws: RawClient.Trouble.self) { try client.answer() }
        }
    }
}
