import HTTPListener
import Testing

@Suite("Framing: what two readers could read differently is refused")
struct FramingTests {
    /// The lines of a head after the request line, each a request that must be answered 400 and closed.
    static let broken = [
        "Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5",
        "Host: a\r\nContent-Length: 5\r\nContent-Length: 5",
        "Host: a\r\nContent-Length: 0\r\nContent-Length: 5",
        "Host: a\r\nContent-Length: 5\r\nContent-Length: 6",
        "Host: a\r\nContent-Length: 5, 5",
        "Host: a\r\nContent-Length: +5",
        "Host: a\r\nContent-Length: -5",
        "Host: a\r\nContent-Length: 5 5",
        "Host: a\r\nContent-Length: 0x5",
        "Host: a\r\nContent-Length:",
        "Host: a\r\nContent-Length : 5",
        "Host: a\r\nTransfer-Encoding: gzip, chunked",
        "Host: a\r\nTransfer-Encoding: chunked, chunked",
        "Host: a\r\nTransfer-Encoding: identity",
        "Host: a\r\nTransfer-Encoding: xchunked",
        "Host: a\r\nTransfer-Encoding: chunked ",
        "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Host: a\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked",
        "Host: a\r\nTransfer-Encoding:\u{0B}chunked",
        "Host: a\r\nTransfer-Encoding:",
        "Host: a\r\nHost: b\r\nContent-Length: 5",
        "Content-Length: 5",
        "Host: a\r\nContent-Len: 5\r\n gth\r\nX: 1",
        "Host: a\r\nContent-Length: 5\r\nX-Folded: one\r\n two",
        "Host: a\r\nContent-Length: 5\r\nX-Folded: one\r\n\ttwo\r\nY: 2",
        "Host: a\r\nContent-Length: 5\r\nX-Zero: one\0two\r\nY: 2",
        "Host: a\r\nContent-Length: 5\r\nX-Bell: one\u{07}",
        "Host: a\r\nContent-Length: 5\r\nX-Return: one\rtwo",
        "Host: a\r\nContent-Length: 5\r\nX Name: one",
        "Host: a\r\nContent-Length: 5\r\n: one",
        "Host: a\r\nContent-Length: 5\r\n:",
        "Host: a\r\nContent-Length: 5\r\n: one\r\nX: 1",
        "Host: a\r\nContent-Length: 5\r\n:\r\nX: 1",
        ": one\r\nHost: a\r\nContent-Length: 5",
        "Host: a\r\nContent-Length: 5\r\nX-Zero: one\0",
        "Host: a\r\nContent-Length: 5\r\nX-Zero: one\0two",
        "Host: a\r\nContent-Length: 5\r\nX-Zero\0: one",
        " Host: a\r\nContent-Length: 5",
        "Host: a\r\nContent-Length: 5\r\nno colon",
    ]

    @Test("an ambiguous head is answered 400 and the connection closes", arguments: broken)
    func refused(lines: String) throws {
        let endpoint = TestEndpoint()
        try withListener(endpoint) { listener in
            let client = try RawClient(port: listener.port)
            client.send("POST /hooks/hr HTTP/1.1\r\n\(lines)\r\n\r\nhello")
            let answer = try client.answer()
            #expect(answer.status == 400)
            #expect(answer.announcesClose)
            #expect(try client.closesEventually())
        }
        #expect(endpoint.requests.isEmpty)
    }

    @Test("HTTP/1.0 knows no Transfer-Encoding")
    func oldVersion() throws {
        try withListener { listener in
            let client = try RawClient(port: listener.port)
            let answer = try client.exchange(
                "POST /hooks/hr HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5\r\nhello\r\n0\r\n\r\n"
            )
            #expect(answer.status == 400)
            #expect(try client.isClosedSilently())
        }
    }

    @Test("HTTP/1.0 with a length and without Host is served")
    func oldVersionServed() throws {
        try withListener { listener in
            let client = try RawClient(port: listener.port)
            let answer = try client.exchange("POST /hooks/hr HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello")
            #expect(answer.status == 202)
            #expect(answer.body == "hello")
            #expect(try client.isClosedSilently())
        }
    }

    @Test("a length that no machine counts to is 413")
    func hugeLength() throws {
        try withListener { listener in
            for digits in ["9223372036854775808", "18446744073709551616", "99999999999999999999999999"] {
                let client = try RawClient(port: listener.port)
                let answer = try client.exchange(
                    "POST /hooks/hr HTTP/1.1\r\nHost: a\r\nContent-Length: \(digits)\r\n\r\n"
                )
                #expect(answer.status == 413)
                #expect(answer.announcesClose)
                #expect(try client.closesEventually())
            }
        }
    }

    @Test("a target with a blank or a zero byte in it never reaches the endpoint")
    func target() throws {
        let endpoint = TestEndpoint()
        try withListener(endpoint) { listener in
            for target in ["/hooks/hr\0/x", "/hooks/hr\0", "/hooks/hr /x", "/hooks/hr?a\u{7F}", "/hooks/hr?\u{E4}"] {
                let client = try RawClient(port: listener.port)
                let answer = try client.exchange("POST \(target) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
                #expect(answer.status == 400 || answer.status == 404)
                #expect(try client.isClosedSilently())
            }
        }
        #expect(endpoint.requests.isEmpty)
    }

    @Test("ordinary heads pass: odd spacing, empty values, bytes above ASCII, a case of its own")
    func ordinary() throws {
        let endpoint = TestEndpoint()
        try withListener(endpoint) { listener in
            let client = try RawClient(port: listener.port)
            let answer = try client.exchange(
                "POST /hooks/hr?a=%20b&c HTTP/1.1\r\nHOST:a\r\nContent-length:   2\r\nX-Empty:\r\nX-Blank: \t \r\n"
                    + "X-Name: Zo\u{EB}  \r\nX-Twice: 1\r\nx-twice:2\r\n\r\nhi"
            )
            #expect(answer.status == 202)
            let head = try #require(endpoint.requests.first?.head)
            #expect(head.path == "/hooks/hr")
            #expect(head.query == "a=%20b&c")
            #expect(head.version == "HTTP/1.1")
            #expect(head.headers.first("x-empty")?.isEmpty == true)
            #expect(head.headers.first("x-blank")?.isEmpty == true)
            #expect(head.headers.first("x-name") == "Zo\u{EB}")
            #expect(head.headers.all("x-twice") == ["1", "2"])
            #expect(head.headers.count(of: "x-twice") == 2)
            #expect(
                head.headers.map(\.name) == [
                    "host", "content-length", "x-empty", "x-blank", "x-name", "x-twice", "x-twice",
                ]
            )
        }
    }

    @Test("a path keeps its percent-encoding, so an encoded slash is another path")
    func rawPath() throws {
        try withListener { listener in
            let client = try RawClient(port: listener.port)
            #expect(try client.exchange(post("hi", path: "/hooks%2Fhr")).status == 404)
        }
    }
}
