import Glibc
import HTTPListener
import Testing

@Suite("Connections that are kept, and those that close")
struct ConnectionKeepingTests {
    @Test("an answer after a wholly read body keeps the connection, be it 202 or 401")
    func keptAfterBody() throws {
        let endpoint = TestEndpoint(handle: { request, responder in
            responder.respond(request.body == Array("bad".utf8) ? .unauthorized : .json(status: 202, request.body))
        })
        try withListener(endpoint) { listener in
            let client = try RawClient(port: listener.port)
            for _ in 0..<3 {
                #expect(try client.exchange(post("bad")).status == 401)
                let answer = try client.exchange(post("good"))
                #expect(answer.status == 202)
                #expect(answer.body == "good")
                #expect(!answer.announcesClose)
            }
        }
    }

    @Test("a refusal by path without a body keeps the connection", arguments: ["/nowhere", "/closed", "/hooks/hr"])
    func keptWithoutBody(path: String) throws {
        try withListener { listener in
            let client = try RawClient(port: listener.port)
            for headers in ["", "Content-Length: 0\r\n"] {
                let answer = try client.exchange("GET \(path) HTTP/1.1\r\nHost: a\r\n\(headers)\r\n")
                #expect([403, 404, 405].contains(answer.status))
                #expect(!answer.announcesClose)
            }
            #expect(try client.exchange(post("still here")).status == 202)
        }
    }

    @Test("a refusal by path closes when a body follows, or when that cannot be told")
    func closedWithBody() throws {
        let heads = [
            "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: 0\r\nContent-Length: 5\r\n",
            "Transfer-Encoding: gzip\r\n",
        ]
        try withListener { listener in
            for head in heads {
                let client = try RawClient(port: listener.port)
                let answer = try client.exchange("POST /nowhere HTTP/1.1\r\nHost: a\r\n\(head)\r\n")
                #expect(answer.status == 404)
                #expect(answer.announcesClose)
                #expect(try client.isClosedSilently())
            }
        }
    }

    @Test("a body that was refused is never taken for the next request")
    func noSmuggling() throws {
        let endpoint = TestEndpoint()
        try withListener(endpoint) { listener in
            let inner = post("inner")
            for length in ["Content-Length: 0\r\nContent-Length: \(inner.utf8.count)", "Transfer-Encoding: gzip"] {
                let client = try RawClient(port: listener.port)
                client.send("POST /hooks/hr HTTP/1.1\r\nHost: a\r\n\(length)\r\n\r\n\(inner)")
                #expect(try client.answer().status == 400)
                #expect(try client.isClosedSilently())
            }
        }
        #expect(endpoint.requests.isEmpty)
    }

    @Test("an answer that asks for it closes the connection")
    func closesOnDemand() throws {
        let endpoint = TestEndpoint(handle: { _, responder in
            responder.respond(.json(status: 202, "{}", closes: true))
        })
        try withListener(endpoint) { listener in
            let client = try RawClient(port: listener.port)
            #expect(try client.exchange(post("hi")).announcesClose)
            #expect(try client.isClosedSilently())
        }
    }

    @Test("the client's Connection: close is respected")
    func closesForClient() throws {
        try withListener { listener in
            let client = try RawClient(port: listener.port)
            #expect(try client.exchange(post("hi", headers: "Connection: close\r\n")).status == 202)
            #expect(try client.isClosedSilently())
        }
    }

    @Test("a refused client that sends its whole body first still reads the answer")
    func answerSurvivesUnreadBody() throws {
        try withListener { listener in
            for _ in 0..<10 {
                let client = try RawClient(port: listener.port)
                client.send("POST /hooks/hr HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n")
                #expect(client.send([UInt8](repeating: 0x61, count: 8_000_000)))
                #expect(try client.answer().status == 413)
                #expect(try client.isClosedSilently())
            }
        }
    }

    @Test("requests sent in one piece are answered one by one, in order")
    func pipelined() throws {
        let endpoint = TestEndpoint(handle: { request, responder in
            if request.body.count % 2 == 0 {
                responder.respond(.json(status: 202, request.body))
            } else {
                // Answered by another thread, so that the connection is suspended with requests behind it.
                onAnotherThread { responder.respond(.json(status: 202, request.body)) }
            }
        })
        try withListener(endpoint) { listener in
            let client = try RawClient(port: listener.port)
            let bodies = (0..<200).map { String(repeating: "x", count: $0) }
            client.send(bodies.map { post($0) }.joined())
            for body in bodies {
                let answer = try client.answer()
                #expect(answer.status == 202)
                #expect(answer.body == body)
            }
        }
    }

    @Test("a thousand requests on one connection")
    func many() throws {
        try withListener { listener in
            let client = try RawClient(port: listener.port)
            for number in 0..<1000 {
                #expect(try client.exchange(post("\(number)")).body == "\(number)")
            }
        }
    }

    @Test("IPv6 addresses are listened on, and :: takes IPv4 too, whose peers are IPv4 addresses")
    func dualStack() throws {
        let endpoint = TestEndpoint()
        try withListener(endpoint, settings: .test { $0.address = "::1" }) { listener in
            let six = try RawClient.exchange(post("six"), port: listener.port, to: "::1")
            #expect(six.status == 202)
        }
        try withListener(endpoint, settings: .test { $0.address = "::" }) { listener in
            let six = try RawClient.exchange(post("six"), port: listener.port, to: "::1")
            #expect(six.status == 202)
            let four = try RawClient.exchange(post("four"), port: listener.port)
            #expect(four.status == 202)
        }
        #expect(endpoint.requests.map(\.head.peer.description) == ["::1", "::1", "127.0.0.1"])
    }
}
