import Foundation
import HTTPListener

/// The sockets that the daemon listens on: those that it was given (sd_listen_fds(3)), or its own. They outlive a reload.
final class ListenSockets: Sendable {
    enum Place: String, Sendable {
        case webhooks, console
        /// Where a reverse proxy reaches the console: never given.
        case consoleProxy

        /// Those that a service manager may give.
        static let given: [Place] = [.webhooks, .console]
    }

    /// A socket that was opened for an address.
    struct Opened: Sendable {
        let address: String
        let port: UInt16
        let socket: SharedSocket
    }

    private let given: [Place: SharedSocket]

    private init(given: [Place: SharedSocket]) { self.given = given }

    /// The first descriptor that a service manager hands over.
    private static let first: Int32 = 3

    /// Takes what a service manager gave this process. Names are `webhooks` and `console`; sockets without these names
    /// are taken in this order.
    ///
    /// - Throws: ``CommandFailure`` where it gave something that is no socket to listen on.
    static func given(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        process: Int32 = getpid()
    ) throws -> ListenSockets {
        guard environment["LISTEN_PID"].flatMap({ Int32($0) }) == process,
            let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }), count > 0
        else { return ListenSockets(given: [:]) }
        // Not for whatever this process may start.
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        var given: [Place: SharedSocket] = [:]
        var unnamed: [SharedSocket] = []
        for index in 0..<count {
            let socket: SharedSocket
            do {
                socket = try SharedSocket.adopt(first + index)
            } catch {
                throw CommandFailure(.configuration, "the service manager's socket \(index + 1): \(error)")
            }
            let name = names.indices.contains(Int(index)) ? String(names[Int(index)]) : ""
            if let place = Place.given.first(where: { $0.rawValue == name }), given[place] == nil {
                given[place] = socket
            } else {
                unnamed.append(socket)
            }
        }
        for place in Place.given where given[place] == nil && !unnamed.isEmpty {
            given[place] = unnamed.removeFirst()
        }
        guard unnamed.isEmpty else {
            throw CommandFailure(.configuration, "the service manager gave more sockets than webhooks and console")
        }
        return ListenSockets(given: given)
    }

    /// The socket for a place: the one that was given, the one that was opened for the same address before, or a new one.
    ///
    /// - Throws: `ListenerError`.
    func socket(
        for place: Place,
        _ settings: ListenerSettings,
        after before: Opened?
    ) throws(ListenerError) -> Opened {
        if let socket = given[place] { return Opened(address: settings.address, port: settings.port, socket: socket) }
        if let before, before.address == settings.address, before.port == settings.port { return before }
        return Opened(
            address: settings.address,
            port: settings.port,
            socket: try SharedSocket.open(address: settings.address, port: settings.port)
        )
    }

    /// Whether another process listens on the socket when this one is gone.
    func isGiven(_ place: Place) -> Bool { given[place] != nil }
}
