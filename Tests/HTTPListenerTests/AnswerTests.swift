import Glibc
import HTTPListener
import Logging
import Synchronization
import Testing

@Suite("Answers that come later, twice or never")
struct AnswerTests {
    @Test("an answer may come from another thread while its connection holds none")
    func later() throws {
        let waiters = Waiters()
        // One thread serves all connections, so that a connection that waits must not hold it.
        try withListener(
            TestEndpoint(handle: { _, responder in waiters.add(responder) }),
            settings: .test { $0.threads = 1 }
        ) { listener in
            let clients = try (0..<20).map { _ in try RawClient(port: listener.port) }
            for client in clients { client.send(post("hi")) }
            #expect(eventually { waiters.count == 20 })
            onAnotherThread {
                for responder in waiters.takeAll().reversed() { responder.respond(.json(status: 202, "later")) }
            }
            for client in clients {
                #expect(try client.answer().body == "later")
                client.send(post("again"))
            }
            #expect(eventually { waiters.count == 20 })
            for responder in waiters.takeAll() { responder.respond(.json(status: 200, "again")) }
            for client in clients { #expect(try client.answer().body == "again") }
        }
    }

    @Test("a second answer is ignored, and never reaches the next request of the connection")
    func twice() throws {
        let kept = Waiters()
        let endpoint = TestEndpoint(handle: { request, responder in
            if request.body == Array("first".utf8) {
                responder.respond(.json(status: 202, "one"))
                responder.respond(.json(status: 500, "two"))
                kept.add(responder)
            } else {
                for old in kept.takeAll() { old.respond(.json(status: 500, "old")) }
                responder.respond(.json(status: 202, "new"))
            }
        })
        try withListener(endpoint) { listener in
            let client = try RawClient(port: listener.port)
            #expect(try client.exchange(post("first")).body == "one")
            #expect(try client.exchange(post("second")).body == "new")
        }
    }

    @Test("a responder that is dropped answers 503 with Retry-After, at once or later")
    func dropped() throws {
        let waiters = Waiters()
        let endpoint = TestEndpoint(handle: { request, responder in
            if request.body == Array("keep".utf8) { waiters.add(responder) }
        })
        try withListener(endpoint) { listener in
            let client = try RawClient(port: listener.port)
            let atOnce = try client.exchange(post("drop"))
            #expect(atOnce.status == 503)
            #expect(atOnce.headers["retry-after"] != nil)
            client.send(post("keep"))
            #expect(eventually { waiters.count == 1 })
            _ = waiters.takeAll()
            #expect(try client.answer().status == 503)
        }
    }

    @Test("an answer to a client that has gone goes nowhere")
    func clientGone() throws {
        let waiters = Waiters()
        try withListener(TestEndpoint(handle: { _, responder in waiters.add(responder) })) { listener in
            for _ in 0..<20 {
                let client = try RawClient(port: listener.port)
                client.send(post("hi"))
            }
            #expect(eventually { waiters.count == 20 })
            for responder in waiters.takeAll() { responder.respond(.json(status: 202, "{}")) }
            let client = try RawClient(port: listener.port)
            client.send(post("hi"))
            #expect(eventually { waiters.count == 1 })
            for responder in waiters.takeAll() { responder.respond(.json(status: 202, "{}")) }
            #expect(try client.answer().status == 202)
        }
    }

    @Test("a shutdown lets waiting requests be answered, and refuses new ones with 503")
    func shutdownWaits() throws {
        let waiters = Waiters()
        let endpoint = TestEndpoint(handle: { request, responder in
            request.body == Array("wait".utf8) ? waiters.add(responder) : responder.respond(.json(status: 202, "{}"))
        })
        try withListener(endpoint) { listener in
            let waiting = try RawClient(port: listener.port)
            let kept = try RawClient(port: listener.port)
            waiting.send(post("wait"))
            #expect(try kept.exchange(post("hi")).status == 202)
            #expect(eventually { waiters.count == 1 })
            let isDone = Flag()
            onAnotherThread {
                listener.shutdown()
                isDone.raise()
            }
            // New connections are closed from the moment the shutdown begins.
            #expect(
                eventually {
                    let answer = try? RawClient.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n", port: listener.port)
                    return answer?.status != 404
                }
            )
            let refused = try kept.exchange(post("hi"))
            #expect(refused.status == 503)
            #expect(refused.headers["retry-after"] != nil)
            #expect(!isDone.isRaised)
            for responder in waiters.takeAll() { responder.respond(.json(status: 202, "done")) }
            #expect(try waiting.answer().body == "done")
            #expect(eventually { isDone.isRaised })
        }
    }

    @Test("what an endpoint has not answered by the end of a shutdown's patience gets 503")
    func shutdownGivesUp() throws {
        let waiters = Waiters()
        let endpoint = TestEndpoint(handle: { _, responder in waiters.add(responder) })
        try withListener(endpoint) { listener in
            let clients = try (0..<10).map { _ in try RawClient(port: listener.port) }
            for client in clients { client.send(post("wait")) }
            #expect(eventually { waiters.count == 10 })
            listener.shutdown(patience: .milliseconds(50))
            for client in clients {
                #expect(try client.answer().status == 503)
                #expect(try client.isClosedSilently())
            }
            // Late answers find nothing to answer.
            for responder in waiters.takeAll() { responder.respond(.json(status: 202, "{}")) }
            #expect(throws: (any Error).self) { try RawClient(port: listener.port) }
        }
    }

    @Test("a shutdown under load neither hangs nor ends the process")
    func shutdownUnderLoad() throws {
        for _ in 0..<10 {
            let waiters = Waiters()
            let isOver = Flag()
            let endpoint = TestEndpoint(handle: { request, responder in
                request.body.count % 3 == 0 ? waiters.add(responder) : responder.respond(.json(status: 202, "{}"))
            })
            let finished = Atomic<Int>(0)
            try withListener(endpoint) { listener in
                let port = listener.port
                let threads = 8
                for _ in 0..<threads {
                    onAnotherThread {
                        var length = 0
                        while !isOver.isRaised, let client = try? RawClient(port: port) {
                            length += 1
                            while client.send(post(String(repeating: "a", count: length % 7))),
                                (try? client.answer())?.announcesClose == false
                            {
                                length += 1
                            }
                        }
                        finished.add(1, ordering: .relaxed)
                    }
                }
                onAnotherThread {
                    while !isOver.isRaised {
                        for responder in waiters.takeAll() { responder.respond(.json(status: 202, "{}")) }
                        usleep(100)
                    }
                    _ = waiters.takeAll()
                }
                #expect(eventually { endpoint.requests.count > 300 })
                listener.shutdown(patience: .seconds(2))
                isOver.raise()
                #expect(eventually { finished.load(ordering: .relaxed) == threads })
            }
        }
    }
}

/// Something that happened, seen from other threads.
final class Flag: Sendable {
    private let raised = Atomic<Bool>(false)

    var isRaised: Bool { raised.load(ordering: .acquiring) }

    func raise() { raised.store(true, ordering: .releasing) }
}
