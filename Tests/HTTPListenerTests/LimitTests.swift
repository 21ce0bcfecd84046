import Glibc
import HTTPListener
import Testing

@Suite("Limits")
struct LimitTests {
    @Test("a body of exactly the limit is read, one byte more is 413 before any of it")
    func bodyLimit() throws {
        try withListener(settings: .test { $0.maxBodyBytes = 100 }) { listener in
            let client = try RawClient(port: listener.port)
            #expect(try client.exchange(post(String(repeating: "a", count: 100))).status == 202)
            let answer = try client.exchange("POST /hooks/hr HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n")
            #expect(answer.status == 413)
            #expect(answer.body == #"{"error":"content_too_large"}"#)
            #expect(try client.isClosedSilently())
        }
    }

    @Test("100-continue is said for a body that will be read, and never before a refusal")
    func expectContinue() throws {
        try withListener(settings: .test { $0.maxBodyBytes = 100 }) { listener in
            let client = try RawClient(port: listener.port)
            let head = "POST /hooks/hr HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
            client.send(head + "Content-Length: 5\r\n\r\n")
            #expect(try client.isToldToContinue())
            client.send("hello")
            #expect(try client.answer().body == "hello")
            client.send(head + "Content-Length: 101\r\n\r\n")
            let refused = try client.answer()
            #expect(refused.status == 413)
            #expect(refused.continues == 0)
            #expect(try client.isClosedSilently())
        }
    }

    @Test("chunked bodies are put together, trailers and extensions left out")
    func chunked() throws {
        let endpoint = TestEndpoint()
        try withListener(endpoint) { listener in
            let client = try RawClient(port: listener.port)
            let head = "POST /hooks/hr HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n"
            #expect(
                try client.exchange(head + "5\r\nhello\r\n1;x=y\r\n \r\n5\r\nworld\r\n0\r\nX-T: 1\r\n\r\n").body
                    == "hello world"
            )
            #expect(try client.exchange(head + "0\r\n\r\n").body.isEmpty)
            let large = String(repeating: "a", count: 300_000)
            #expect(try client.exchange(head + "493e0\r\n\(large)\r\n0\r\n\r\n").body == large)
        }
        #expect(endpoint.requests.count == 3)
        #expect(endpoint.requests.first?.head.headers.first("x-t") == nil)
    }

    @Test("a chunked body is cut off at the limit, however it is chunked")
    func chunkedOverLimit() throws {
        let endpoint = TestEndpoint()
        try withListener(endpoint, settings: .test { $0.maxBodyBytes = 100 }) { listener in
            let head = "POST /hooks/hr HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            let tail = String(repeating: "1\r\na\r\n", count: 101)
            for body in [
                "65\r\n" + String(repeating: "a", count: 101), tail,
                "ffffffff\r\n" + String(repeating: "a", count: 101),
            ] {
                let client = try RawClient(port: listener.port)
                client.send(head + body)
                #expect(try client.isClosedSilently())
            }
        }
        #expect(endpoint.requests.isEmpty)
    }

    @Test("malformed chunks are refused by the library")
    func malformedChunks() throws {
        let endpoint = TestEndpoint()
        try withListener(endpoint) { listener in
            for body in ["x\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "5\r\nhelloworld\r\n0\r\n\r\n"] {
                let client = try RawClient(port: listener.port)
                client.send("POST /hooks/hr HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
                #expect(try client.answer().status == 400)
                #expect(try client.closesEventually())
            }
        }
        #expect(endpoint.requests.isEmpty)
    }

    @Test("bodies in flight beyond the budget are 503 with Retry-After, and the budget comes back")
    func budget() throws {
        let waiters = Waiters()
        let endpoint = TestEndpoint(handle: { request, responder in
            if request.body.count == 1000 {
                responder.respond(.json(status: 202, "{}"))
            } else {
                waiters.add(responder)
            }
        })
        try withListener(endpoint, settings: .test { $0.bodyBudgetBytes = 1000 }) { listener in
            let first = try RawClient(port: listener.port)
            first.send(post(String(repeating: "a", count: 600)))
            #expect(eventually { waiters.count == 1 })
            // The first body is whole and waits for its answer; its bytes are still in memory.
            let second = try RawClient(port: listener.port)
            let refused = try second.exchange(post(String(repeating: "b", count: 401)))
            #expect(refused.status == 503)
            #expect(Int(refused.headers["retry-after"] ?? "").map { $0 > 0 } == true)
            #expect(try second.isClosedSilently())
            for responder in waiters.takeAll() { responder.respond(.json(status: 202, "{}")) }
            #expect(try first.answer().status == 202)
            // The budget comes back when the exchange is over, which is a moment after its answer has arrived.
            #expect(
                try eventually {
                    let third = try RawClient(port: listener.port)
                    return try third.exchange(post(String(repeating: "c", count: 1000))).status == 202
                }
            )
        }
    }

    @Test("a connection that breaks inside its body gives its part of the budget back")
    func budgetAfterBreak() throws {
        try withListener(settings: .test { $0.bodyBudgetBytes = 1000 }) { listener in
            for _ in 0..<20 {
                let client = try RawClient(port: listener.port)
                client.send("POST /hooks/hr HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
            }
            #expect(
                try eventually {
                    let client = try RawClient(port: listener.port)
                    return try client.exchange(post(String(repeating: "a", count: 1000))).status == 202
                }
            )
        }
    }

    @Test("a chunked body takes budget as it grows; without budget it is read past and answered 503")
    func chunkedBudget() throws {
        let waiters = Waiters()
        let endpoint = TestEndpoint(handle: { _, responder in waiters.add(responder) })
        try withListener(endpoint, settings: .test { $0.bodyBudgetBytes = 20_000 }) { listener in
            let holder = try RawClient(port: listener.port)
            holder.send(post(String(repeating: "a", count: 15_000)))
            #expect(eventually { waiters.count == 1 })
            let client = try RawClient(port: listener.port)
            let chunk = String(repeating: "b", count: 0x1000)
            client.send("POST /hooks/hr HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<4 { client.send("1000\r\n\(chunk)\r\n") }
            client.send("0\r\n\r\n")
            let refused = try client.answer()
            #expect(refused.status == 503)
            #expect(refused.headers["retry-after"] != nil)
            #expect(try client.isClosedSilently())
            for responder in waiters.takeAll() { responder.respond(.json(status: 202, "{}")) }
            #expect(try holder.answer().status == 202)
            let again = try RawClient(port: listener.port)
            again.send("POST /hooks/hr HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<4 { again.send("1000\r\n\(chunk)\r\n") }
            again.send("0\r\n\r\n")
            #expect(eventually { waiters.count == 1 })
            #expect(endpoint.requests.last?.body.count == 0x4000)
            for responder in waiters.takeAll() { responder.respond(.json(status: 202, "{}")) }
            #expect(try again.answer().status == 202)
        }
    }

    @Test("connections beyond the limit are closed, and places come back")
    func connections() throws {
        try withListener(settings: .test { $0.connections = 3 }) { listener in
            var held = try (0..<3).map { _ in try RawClient(port: listener.port) }
            for client in held { #expect(try client.exchange(post("hi")).status == 202) }
            #expect(try RawClient.isTurnedAway(port: listener.port))
            held.removeLast()
            #expect(
                eventually {
                    guard let client = try? RawClient(port: listener.port) else { return false }
                    return (try? client.exchange(post("hi")))?.status == 202
                }
            )
        }
    }

    @Test("one address has its own limit, from which trusted proxies are exempt")
    func connectionsPerAddress() throws {
        try withListener(settings: .test { $0.connectionsPerAddress = 2 }) { listener in
            let held = try (0..<2).map { _ in try RawClient(port: listener.port) }
            for client in held { #expect(try client.exchange(post("hi")).status == 202) }
            #expect(try RawClient.isTurnedAway(port: listener.port))
        }
        let loopback = try AddressRange("127.0.0.0/8")
        try withListener(
            settings: .test { settings in
                settings.connectionsPerAddress = 2
                settings.trustedProxies = [loopback]
            }
        ) { listener in
            let held = try (0..<5).map { _ in try RawClient(port: listener.port) }
            for client in held { #expect(try client.exchange(post("hi")).status == 202) }
        }
    }
}
