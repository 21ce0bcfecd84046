import Dispatch
import Foundation
import Logging

/// What systemd, or whatever else started the daemon, wants to hear (sd_notify(3)).
struct ServiceManager: Sendable {
    /// Where messages go; `nil` where nobody listens.
    private let address: String?
    private let logger: Logger

    init(environment: [String: String] = ProcessInfo.processInfo.environment, logger: Logger) {
        address = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        self.logger = logger
    }

    func ready() { tell("READY=1") }

    /// Before a reload; ``ready()`` ends it.
    func reloading() {
        tell("RELOADING=1\nMONOTONIC_USEC=\(DispatchTime.now().uptimeNanoseconds / 1000)")
    }

    func stopping() { tell("STOPPING=1") }

    /// One line for `systemctl status`.
    func status(_ text: String) { tell("STATUS=\(text)") }

    private func tell(_ message: String) {
        guard let address else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return problem("no socket") }
        defer { close(descriptor) }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        var path = Array(address.utf8)
        guard path.count < MemoryLayout.size(ofValue: name.sun_path) else {
            return problem("NOTIFY_SOCKET is too long")
        }
        // An abstract name is written with an @ in place of the zero.
        if path[0] == UInt8(ascii: "@") { path[0] = 0 }
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let bytes = Array(message.utf8)
        let sent = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
        if sent != bytes.count { problem(String(cString: strerror(errno))) }
    }

    private func problem(_ reason: String) {
        logger.warning("the service manager cannot be told", metadata: ["reason": "\(reason)"])
    }
}
