import Glibc
import Synchronization

/// The open connections, and how many each address has.
///
/// Its lock is what makes cutting a connection safe: a connection is forgotten here before the library closes its
/// socket, so a descriptor found under the lock is still that connection's and no other's.
final class ConnectionTable: Sendable {
    private struct Contents {
        var connections: [ObjectIdentifier: ConnectionState] = [:]
        var countByAddress: [IPAddress: Int] = [:]
    }

    private let contents = Mutex(Contents())
    private let limit: Int
    private let limitPerAddress: Int
    private let trustedProxies: [AddressRange]

    /// How much of an IPv6 address counts as one peer: a /64 is what one host is given (RFC 4291 section 2.5.1), and
    /// who has one has all its addresses.
    private static let bitsOfIPv6Peer = 64

    init(settings: ListenerSettings) {
        limit = settings.connections
        limitPerAddress = settings.connectionsPerAddress
        trustedProxies = settings.trustedProxies
    }

    /// Whether no connection is open.
    var isEmpty: Bool { contents.withLock { $0.connections.isEmpty } }

    /// Whether one more connection of this peer may be made.
    func admits(_ peer: IPAddress) -> Bool {
        let counted = countedAddress(peer)
        return contents.withLock { admits(counted, $0) }
    }

    /// Adds a connection, unless a limit was reached since the peer was admitted: two threads accept side by side.
    func add(_ connection: ConnectionState) -> Bool {
        let counted = countedAddress(connection.peer)
        return contents.withLock { contents in
            let admitted = admits(counted, contents)
            contents.connections[ObjectIdentifier(connection)] = connection
            if let counted { contents.countByAddress[counted, default: 0] += 1 }
            return admitted
        }
    }

    func remove(_ connection: ConnectionState) {
        let counted = countedAddress(connection.peer)
        contents.withLock { contents in
            guard contents.connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
            guard let counted, let count = contents.countByAddress[counted] else { return }
            contents.countByAddress[counted] = count > 1 ? count - 1 : nil
        }
    }

    private func admits(_ counted: IPAddress?, _ contents: borrowing Contents) -> Bool {
        guard contents.connections.count < limit else { return false }
        guard let counted else { return true }
        return contents.countByAddress[counted, default: 0] < limitPerAddress
    }

    /// The address under which a peer is counted; nil for trusted proxies, which are not.
    private func countedAddress(_ peer: IPAddress) -> IPAddress? {
        if !trustedProxies.isEmpty, trustedProxies.contains(address: peer) { return nil }
        return peer.isIPv4 ? peer : peer.masked(bits: Self.bitsOfIPv6Peer)
    }

    /// Cuts the connections whose deadline has passed. The library notices and forgets them.
    ///
    /// - Returns: the earliest deadline that is still to come, and how many connections were cut.
    func cutExpired(now: UInt64) -> (earliest: UInt64, cut: Int) {
        contents.withLock { contents in
            var earliest = MonotonicClock.never
            var cut = 0
            for connection in contents.connections.values {
                let deadline = connection.deadline.load(ordering: .relaxed)
                guard deadline <= now else {
                    earliest = min(earliest, deadline)
                    continue
                }
                // Exchanged, not stored: a request that completes this instant has set a new deadline and goes on.
                let (exchanged, current) = connection.deadline.compareExchange(
                    expected: deadline,
                    desired: MonotonicClock.never,
                    ordering: .relaxed
                )
                guard exchanged else {
                    earliest = min(earliest, current)
                    continue
                }
                shutdown(connection.descriptor, Int32(SHUT_RDWR))
                cut += 1
            }
            return (earliest, cut)
        }
    }

    /// Cuts one connection at once.
    func cut(_ connection: ConnectionState) {
        contents.withLock { contents in
            guard contents.connections[ObjectIdentifier(connection)] != nil else { return }
            shutdown(connection.descriptor, Int32(SHUT_RDWR))
        }
    }

    /// The connections open at this moment.
    var all: [ConnectionState] { contents.withLock { Array($0.connections.values) } }

    var count: Int { contents.withLock { $0.connections.count } }
}
