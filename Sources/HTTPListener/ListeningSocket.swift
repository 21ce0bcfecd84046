import Glibc

/// Opens the socket that libmicrohttpd then accepts from.
///
/// Ours rather than the library's, because it reports nothing of why a bind failed, and the bound port only through a
/// C variadic.
enum ListeningSocket {
    /// How many finished handshakes may wait to be accepted. The kernel's own ceiling (`net.core.somaxconn`) since 5.4:
    /// a burst of senders waits here instead of meeting silence.
    private static let backlog: Int32 = 4096

    /// What tells the socket behind a descriptor from every other one while it is open; `nil` where none is.
    static func identity(of descriptor: Int32) -> UInt64? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        return UInt64(status.st_ino)
    }

    /// Takes a socket that listens already, such as one of a service manager's: makes it not blocking and closed on exec.
    ///
    /// - Returns: its port.
    static func adopt(_ descriptor: Int32) throws(ListenerError) -> UInt16 {
        var isListening: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length) == 0, isListening != 0 else {
            throw ListenerError(.startFailed, "descriptor \(descriptor) is no socket that listens", errno: errno)
        }
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0,
            fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
        else { throw ListenerError(.startFailed, "descriptor \(descriptor) was refused", errno: errno) }
        return try boundPort(of: descriptor)
    }

    /// Another descriptor for the same socket.
    static func duplicate(_ descriptor: Int32) throws(ListenerError) -> Int32 {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw ListenerError(.startFailed, "no descriptor for a socket", errno: errno) }
        return copy
    }

    /// Puts a socket that nobody knows under a descriptor, so that whoever accepts from it finds nobody any more, and
    /// whoever closes it closes nothing of anybody else's.
    static func detach(_ descriptor: Int32) throws(ListenerError) {
        let empty = socket(
            AF_UNIX,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue),
            0
        )
        guard empty >= 0 else { throw ListenerError(.startFailed, "no socket", errno: errno) }
        defer { close(empty) }
        // Without a name the kernel makes one up.
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let bound = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(empty, $0, socklen_t(MemoryLayout<sa_family_t>.size))
            }
        }
        guard bound == 0, listen(empty, 1) == 0, dup2(empty, descriptor) >= 0,
            fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
        else {
            throw ListenerError(.startFailed, "a socket could not be replaced", errno: errno)
        }
    }

    /// A socket that listens, not blocking and closed on exec, and the port it has.
    ///
    /// - Parameter text: an IP address, or `unix:` and a path, which has no port.
    static func open(address text: String, port: UInt16) throws(ListenerError) -> (descriptor: Int32, port: UInt16) {
        if text.hasPrefix(unixPrefix) { return (try openUnix(String(text.dropFirst(unixPrefix.count))), 0) }
        guard let address = IPAddress(text) else {
            throw ListenerError(.addressUnusable, "\"\(text)\" is not an IPv4 or IPv6 address to listen on")
        }
        let isIPv6 = text.utf8.contains(UInt8(ascii: ":"))
        let descriptor = socket(
            isIPv6 ? AF_INET6 : AF_INET,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue),
            0
        )
        guard descriptor >= 0 else {
            throw ListenerError(.startFailed, "no socket for \(text) port \(port)", errno: errno)
        }
        do throws(ListenerError) {
            return (descriptor, try prepare(descriptor, isIPv6: isIPv6, address: address, text: text, port: port))
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// What an address begins with that is a path.
    static let unixPrefix = "unix:"

    /// A socket in the file system, for its owner and its group. One that a dead process left is replaced.
    private static func openUnix(_ path: String) throws(ListenerError) -> Int32 {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, !bytes.contains(0), bytes.count < MemoryLayout.size(ofValue: name.sun_path) else {
            throw ListenerError(.addressUnusable, "\(path) is too long for a socket, or no path")
        }
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw ListenerError(.startFailed, "no socket for \(path)", errno: errno) }
        if withSocketAddress(name, { connect(descriptor, $0, $1) }) != 0, errno == ECONNREFUSED { unlink(path) }
        close(descriptor)
        let listening = socket(AF_UNIX, kind, 0)
        guard listening >= 0 else { throw ListenerError(.startFailed, "no socket for \(path)", errno: errno) }
        guard withSocketAddress(name, { Glibc.bind(listening, $0, $1) }) == 0, chmod(path, 0o660) == 0,
            listen(listening, backlog) == 0
        else {
            let error = errno
            close(listening)
            guard error != EADDRINUSE else {
                throw ListenerError(.addressInUse, "\(path) is already in use", errno: error)
            }
            throw ListenerError(.addressUnusable, "listening on \(path) failed", errno: error)
        }
        return listening
    }

    private static func prepare(
        _ descriptor: Int32,
        isIPv6: Bool,
        address: IPAddress,
        text: String,
        port: UInt16
    ) throws(ListenerError) -> UInt16 {
        // A restart finds connections of the run before in TIME_WAIT.
        try set(descriptor, SOL_SOCKET, SO_REUSEADDR, to: 1)
        if isIPv6 {
            // Independent of net.ipv6.bindv6only: the configuration alone decides what :: means.
            try set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, to: 0)
        }
        guard bind(descriptor, isIPv6: isIPv6, address: address, port: port) == 0 else {
            throw error(for: errno, address: text, port: port)
        }
        guard listen(descriptor, backlog) == 0 else {
            throw error(for: errno, address: text, port: port)
        }
        return try boundPort(of: descriptor)
    }

    private static func bind(_ descriptor: Int32, isIPv6: Bool, address: IPAddress, port: UInt16) -> Int32 {
        if isIPv6 {
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &name.sin6_addr) { bytes in
                bytes.storeBytes(of: address.high.bigEndian, as: UInt64.self)
                bytes.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return withSocketAddress(name) { Glibc.bind(descriptor, $0, $1) }
        }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(truncatingIfNeeded: address.low).bigEndian
        return withSocketAddress(name) { Glibc.bind(descriptor, $0, $1) }
    }

    private static func boundPort(of descriptor: Int32) throws(ListenerError) -> UInt16 {
        var name = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = withUnsafeMutableBytes(of: &name) { bytes in
            getsockname(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
        }
        guard result == 0 else { throw ListenerError(.startFailed, "the bound port is unknown", errno: errno) }
        // The port lies at the same place in both families' names.
        return UInt16(bigEndian: name.sin6_port)
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, to value: Int32) throws(ListenerError)
    {
        var value = value
        guard setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw ListenerError(.startFailed, "a socket option was refused", errno: errno)
        }
    }

    private static func withSocketAddress<Name>(
        _ name: Name,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var name = name
        return withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<Name>.size)) }
        }
    }

    private static func error(for number: Int32, address: String, port: UInt16) -> ListenerError {
        switch number {
        case EADDRINUSE:
            ListenerError(.addressInUse, "\(address) port \(port) is already in use", errno: number)
        case EADDRNOTAVAIL:
            ListenerError(.addressUnusable, "\(address) is not an address of this machine", errno: number)
        case EACCES:
            ListenerError(.notPermitted, "listening on \(address) port \(port) is not permitted", errno: number)
        default:
            ListenerError(.startFailed, "listening on \(address) port \(port) failed", errno: number)
        }
    }
}
