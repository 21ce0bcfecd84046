import Glibc
import Synchronization

/// A listening socket that outlives the listeners on it: one listener takes over from another, or a process from the one
/// before it, and no connection that was made meanwhile is lost.
public final class SharedSocket: Sendable {
    let descriptor: Int32
    private let isClosed = Atomic<Bool>(false)
    /// The port that it is bound to.
    public let port: UInt16

    private init(descriptor: Int32, port: UInt16) {
        self.descriptor = descriptor
        self.port = port
    }

    deinit { close() }

    /// Closes it here: where no other process has it and no listener takes from it, whoever connects is refused from now
    /// on. No further listener can be started on it.
    public func close() {
        if !isClosed.exchange(true, ordering: .acquiringAndReleasing) { Glibc.close(descriptor) }
    }

    /// Opens a socket.
    ///
    /// - Parameter port: 0 takes any free one.
    /// - Throws: `ListenerError`.
    public static func open(address: String, port: UInt16) throws(ListenerError) -> SharedSocket {
        let (descriptor, port) = try ListeningSocket.open(address: address, port: port)
        return SharedSocket(descriptor: descriptor, port: port)
    }

    /// Takes over a socket that listens already, such as a service manager's, together with its descriptor.
    ///
    /// - Throws: `ListenerError` where it is none; the descriptor is then still the caller's.
    public static func adopt(_ descriptor: Int32) throws(ListenerError) -> SharedSocket {
        SharedSocket(descriptor: descriptor, port: try ListeningSocket.adopt(descriptor))
    }
}
