internal import Foundation
internal import Synchronization

/// Hears from other nodes that something came, on a thread of its own.
///
/// Whoever looks for work does so a few times a second anyway: what is missed while there is no connection costs that.
final class PostgreSQLListener: Sendable {
    private let server: PostgreSQLServer
    private let signal: ArrivalSignal
    private let isClosed = Atomic<Bool>(false)

    /// How long it takes to notice that it is closed, in milliseconds.
    private static let interval: Int32 = 200
    /// Between two tries to connect, in seconds.
    private static let pause: TimeInterval = 1

    init(_ server: PostgreSQLServer, _ signal: ArrivalSignal) {
        self.server = server
        self.signal = signal
    }

    func start() {
        let thread = Thread { self.listen() }
        thread.name = "store listener"
        thread.start()
    }

    func close() { isClosed.store(true, ordering: .relaxed) }

    private func listen() {
        while !isClosed.load(ordering: .relaxed) {
            do {
                let connection = try server.connect()
                try connection.run("LISTEN \(server.channel)")
                // Something may have come while nobody listened.
                signal.signal()
                while !isClosed.load(ordering: .relaxed) {
                    if try connection.waitForNotice(milliseconds: Self.interval) { signal.signal() }
                }
            } catch {
                // The writer meets the same trouble, and tells of it.
                Thread.sleep(forTimeInterval: Self.pause)
            }
        }
    }
}
