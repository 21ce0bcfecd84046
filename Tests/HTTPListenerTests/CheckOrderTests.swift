import HTTPListener
import Testing

@Suite("The order of checks")
struct CheckOrderTests {
    private static let unsigned: TestEndpoint.Admit = { head in
        if head.headers.count(of: "webhook-signature") > 1 { return .badRequest }
        return head.headers.first("webhook-signature") == nil ? .unauthorized : nil
    }

    /// A request with everything wrong from some check on, and the answer that the first wrong thing deserves.
    static let cases: [(request: String, status: Int)] = [
        ("POST /nowhere HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 9999999\r\n\r\n", 404),
        ("PUT /hooks/hr HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 9999999\r\n\r\n", 405),
        ("POST /closed HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 9999999\r\n\r\n", 403),
        ("POST /hooks/hr HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\nContent-Length: 9999999\r\n\r\n", 400),
        (
            "POST /hooks/hr HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\nWebhook-Signature: a\r\n"
                + "Webhook-Signature: b\r\n\r\n", 400
        ),
        ("POST /hooks/hr HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n", 401),
        ("POST /hooks/hr HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\nWebhook-Signature: a\r\n\r\n", 413),
        ("POST /hooks/hr HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\nWebhook-Signature: a\r\n\r\n", 503),
    ]

    @Test("path, method, range, framing, endpoint, length, budget: the first that fails answers", arguments: cases)
    func order(request: String, status: Int) throws {
        try withListener(
            TestEndpoint(admit: Self.unsigned),
            settings: .test { settings in
                settings.maxBodyBytes = 1000
                settings.bodyBudgetBytes = 800
            }
        ) { listener in
            let client = try RawClient(port: listener.port)
            let answer = try client.exchange(request)
            #expect(answer.status == status)
            #expect(answer.announcesClose)
            #expect(try client.isClosedSilently())
        }
    }

    @Test("every answer of ours is JSON, not to be guessed at, not to be stored, without a banner")
    func protectiveHeaders() throws {
        try withListener(TestEndpoint(admit: Self.unsigned)) { listener in
            for request in Self.cases.map(\.request) + [post("hi", headers: "Webhook-Signature: a\r\n")] {
                let client = try RawClient(port: listener.port)
                client.send(request)
                client.finishSending()
                guard let answer = try? client.answer() else { continue }
                #expect(answer.headers["content-type"] == "application/json")
                #expect(answer.headers["x-content-type-options"] == "nosniff")
                #expect(answer.headers["cache-control"] == "no-store")
                #expect(answer.headers["server"] == nil)
                #expect(answer.headers["content-length"] == String(answer.body.utf8.count))
            }
        }
    }

    @Test(
        "any method reaches the router, which says 405 and which methods there are",
        arguments: ["GET", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "CONNECT", "post", "FROBNICATE"]
    )
    func methods(method: String) throws {
        try withListener { listener in
            let client = try RawClient(port: listener.port)
            client.send("\(method) /hooks/hr HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.answer(isHead: method == "HEAD")
            #expect(answer.status == 405)
            #expect(answer.headers["allow"] == "POST")
        }
    }

    @Test("an answer with a line break in a header is never sent: 500 instead")
    func splitAnswer() throws {
        try withListener { listener in
            let client = try RawClient(port: listener.port)
            let answer = try client.exchange("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(answer.status == 500)
            #expect(answer.headers["set-cookie"] == nil)
            #expect(answer.headers["x-split"] == nil)
        }
    }

    @Test("a head that does not fit is answered by the library: 431")
    func largeHead() throws {
        try withListener { listener in
            let client = try RawClient(port: listener.port)
            let fits = try client.exchange(post("hi", headers: "X-Large: \(String(repeating: "a", count: 14_500))\r\n"))
            #expect(fits.status == 202)
            client.send("POST /hooks/hr HTTP/1.1\r\nHost: a\r\n")
            client.send("X-Large: \(String(repeating: "a", count: 60_000))\r\n\r\n")
            #expect(try client.answer().status == 431)
            #expect(try client.isClosedSilently())
        }
    }
}
