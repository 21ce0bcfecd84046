/// Where to listen and within which limits. The defaults are those of the configuration's `listen` section.
public struct ListenerSettings: Sendable {
    /// An IPv4 or IPv6 address. `::` takes IPv4 connections too.
    public var address: String
    /// 0 takes any free port, see `Listener.port`.
    public var port: UInt16
    /// The longest body that is read.
    public var maxBodyBytes: Int = 1_048_576
    /// From the connection's start, or the end of the answer before, until the head is complete. Absolute, not idle: it
    /// bounds a client that sends a byte a second, the TLS handshake, and a kept connection without a request.
    public var headDeadline: Duration = .seconds(10)
    /// From the end of the head until the body is complete. Absolute too.
    public var bodyDeadline: Duration = .seconds(20)
    /// From the moment an answer is ready until the client has taken all of it. Longer than the body's: pages of the
    /// console are larger than webhooks' answers and their readers slower than senders.
    public var answerDeadline: Duration = .seconds(30)
    /// How many connections may be open. Further ones are closed as soon as they are made.
    public var connections: Int = 1000
    /// How many of them one peer may have: an IPv4 address, or an IPv6 /64, which is what one host is given. Trusted
    /// proxies are exempt.
    public var connectionsPerAddress: Int = 200
    /// The bytes of all bodies in flight together; beyond it 503.
    public var bodyBudgetBytes: Int = 67_108_864
    /// Peers whose `X-Forwarded-For` is believed.
    public var trustedProxies: [AddressRange] = []
    /// TLS from files; nil listens in the clear.
    public var tls: TLSFiles?
    /// How many threads of libmicrohttpd serve the connections. Two were enough for 78,000 requests a second.
    public var threads: Int = 2

    public init(address: String = "127.0.0.1", port: UInt16 = 8080) {
        self.address = address
        self.port = port
    }

    /// - Throws: `ListenerError` with the code `invalidSettings` for a limit that is not positive.
    func validate() throws(ListenerError) {
        let limits: [(String, Bool)] = [
            ("max_body_bytes", maxBodyBytes > 0), ("head_deadline", headDeadline > .zero),
            ("body_deadline", bodyDeadline > .zero), ("answer_deadline", answerDeadline > .zero),
            ("connections", connections > 0 && connections <= Self.mostConnections),
            ("connections_per_address", connectionsPerAddress > 0),
            ("body_budget_bytes", bodyBudgetBytes > 0),
            ("threads", threads > 0 && threads <= Self.mostThreads),
        ]
        for (name, sound) in limits where !sound {
            throw ListenerError(.invalidSettings, "\(name) is out of range")
        }
    }

    /// The kernel's default ceiling for one process's descriptors (`fs.nr_open`): more could never be open.
    static let mostConnections = 1_048_576
    /// Beyond the cores of any machine this was made for; it keeps products of settings far from overflow.
    static let mostThreads = 256
}

/// A certificate and its key in PEM files.
public struct TLSFiles: Sendable, Hashable {
    /// The path of the certificate, with intermediates behind it.
    public var certificate: String
    /// The path of the private key, not encrypted.
    public var key: String

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}
