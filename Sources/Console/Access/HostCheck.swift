import HTTPListener

/// Which names the console answers to. A page of somebody else's whose name is made to lead to this machine is sent by a
/// browser under that name.
struct HostCheck: Sendable {
    private let names: Set<String>

    private static let loopback: Set<String> = ["localhost", "127.0.0.1", "[::1]"]

    /// - Parameter names: those under which a proxy reaches the console, besides this machine's own.
    init(_ names: [String]) { self.names = Self.loopback.union(names.map(Self.folded)) }

    func allows(_ head: RequestHead) -> Bool {
        let (host, count) = head.headers.look(up: "host")
        guard let host, count == 1 else { return false }
        let whole = Self.folded(host)
        return names.contains(whole) || Self.withoutPort(whole).map(names.contains) ?? false
    }

    private static func folded(_ name: String) -> String { name.lowercased() }

    private static func withoutPort(_ host: String) -> String? {
        guard let colon = host.lastIndex(of: ":") else { return nil }
        let port = host[host.index(after: colon)...]
        guard (1...5).contains(port.utf8.count), port.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return String(host[..<colon])
    }
}
