import Glibc

/// A client that sends exactly the bytes it is given.
final class RawClient {
    struct Trouble: Error, CustomStringConvertible {
        let description: String
    }

    struct Answer {
        let status: Int
        /// Names lower-cased.
        let headers: [String: String]
        let body: String
        /// How many `100 Continue` came before it.
        let continues: Int

        var announcesClose: Bool { headers["connection"]?.lowercased() == "close" }
    }

    /// No test waits longer for anything.
    static let patience: Int32 = 5_000

    private let descriptor: Int32
    private var received: [UInt8] = []

    init(port: UInt16, to address: String = "127.0.0.1") throws {
        let isIPv6 = address.contains(":")
        descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Trouble(description: "no socket") }
        var result: Int32 = -1
        if isIPv6 {
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = port.bigEndian
            inet_pton(AF_INET6, address, &name.sin6_addr)
            result = Self.connect(descriptor, &name)
        } else {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            inet_pton(AF_INET, address, &name.sin_addr)
            result = Self.connect(descriptor, &name)
        }
        guard result == 0 else {
            // deinit closes the descriptor; closing it here too would close whatever got its number meanwhile.
            let number = errno
            throw Trouble(description: "no connection: error \(number)")
        }
    }

    deinit {
        close(descriptor)
    }

    private static func connect<Name>(_ descriptor: Int32, _ name: inout Name) -> Int32 {
        withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Name>.size))
            }
        }
    }

    /// Sends the text; false once the other side has gone.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor,
                    buffer.baseAddress.map { $0 + sent },
                    buffer.count - sent,
                    Int32(truncatingIfNeeded: MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Says that nothing more will be sent.
    func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Reads one answer, past any `100 Continue`.
    func answer(isHead: Bool = false) throws -> Answer {
        var continues = 0
        while true {
            let head = try readHead()
            var lines = head.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
            let statusLine = lines.removeFirst().split(separator: " ")
            guard statusLine.count > 1, let status = Int(statusLine[1]) else {
                throw Trouble(description: "no status line: \(head)")
            }
            if status == 100 {
                continues += 1
                continue
            }
            var headers: [String: String] = [:]
            for line in lines {
                let parts = line.split(separator: ":", maxSplits: 1)
                if parts.count == 2 { headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " }) }
            }
            let length = isHead ? 0 : Int(headers["content-length"] ?? "0") ?? 0
            while received.count < length {
                guard try fill() else { throw Trouble(description: "closed inside a body") }
            }
            let body = String(decoding: received.prefix(length), as: UTF8.self)
            received.removeFirst(length)
            return Answer(status: status, headers: headers, body: body, continues: continues)
        }
    }

    /// Sends a request and reads its answer.
    func exchange(_ request: String) throws -> Answer {
        send(request)
        return try answer()
    }

    /// Sends a request on a connection of its own and reads its answer.
    static func exchange(_ request: String, port: UInt16, to address: String = "127.0.0.1") throws -> Answer {
        try RawClient(port: port, to: address).exchange(request)
    }

    /// Whether a new connection is closed without a byte.
    static func isTurnedAway(port: UInt16) throws -> Bool {
        try RawClient(port: port).isClosedSilently()
    }

    /// Whether the other side closes, without another byte.
    func isClosedSilently() throws -> Bool {
        guard received.isEmpty else { return false }
        return try !fill()
    }

    /// Whether the other side closes, whatever it sends before. libmicrohttpd sends the head of its own 400 and 413 for
    /// a malformed Content-Length twice.
    func closesEventually() throws -> Bool {
        while try fill() { received = [] }
        return true
    }

    /// Whether a `100 Continue` comes next.
    func isToldToContinue() throws -> Bool {
        try readHead().hasPrefix("HTTP/1.1 100")
    }

    private func readHead() throws -> String {
        while true {
            if let end = received.indices.dropLast(3).first(where: {
                Array(received[$0..<($0 + 4)]) == [13, 10, 13, 10]
            }) {
                let head = String(decoding: received[..<end], as: UTF8.self)
                received.removeFirst(end + 4)
                return head
            }
            guard try fill() else { throw Trouble(description: "closed before an answer") }
        }
    }

    /// Waits for bytes; false when the other side has closed or reset the connection.
    private func fill() throws -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, Self.patience) > 0 else { throw Trouble(description: "nothing came in time") }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        received += buffer.prefix(count)
        return true
    }
}
