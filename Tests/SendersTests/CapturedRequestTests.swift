import Testing

@testable import Senders

@Suite("A captured request")
struct CapturedRequestTests {
    private func read(_ text: String) throws -> CapturedRequest {
        try CapturedRequest(head: Array(text.utf8), body: [])
    }

    @Test("plain lines, a request line first, CR LF, white space around values")
    func plain() throws {
        let read = try read("POST /hooks/hr?a=b HTTP/1.1\r\nHost: example.com\r\nX-One:  two words \r\n\r\nrest: no")
        #expect(read.requestLine?.method == "POST")
        #expect(read.path == "/hooks/hr")
        #expect(read.query == "a=b")
        #expect(read.headers.map(\.name) == ["Host", "X-One"])
        #expect(read.values(of: "x-one") == ["two words"])
        #expect(try self.read("a: 1\na: 2").values(of: "A") == ["1", "2"])
        #expect(try self.read("url: http://example.com:80/").values(of: "url") == ["http://example.com:80/"])
    }

    @Test("what curl -v writes, without what it says about itself and the answer")
    func verbose() throws {
        let read = try read(
            """
            * Trying 127.0.0.1:8080...
            > POST /hooks/hr HTTP/1.1
            > Host: 127.0.0.1:8080
            > X-Signature: abc
            >
            } [5 bytes data]
            < HTTP/1.1 401 Unauthorized
            < X-Signature: not this one
            """
        )
        #expect(read.requestLine?.method == "POST")
        #expect(read.values(of: "x-signature") == ["abc"])
    }

    @Test("a line that is no header is named by its number and never shown", arguments: ["no colon", ": x", "a b: c"])
    func broken(_ line: String) {
        let error = #expect(throws: CapturedRequest.Problem.self) { try read("a: 1\n\(line)") }
        #expect(error?.description.contains("line 2") == true)
        #expect(error?.description.contains(line) == false)
    }
}
