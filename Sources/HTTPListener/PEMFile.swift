import Glibc

/// The contents of a PEM file as a C string, wiped and freed once libmicrohttpd has parsed it.
///
/// Used by `Daemon.start` alone, on one thread. In C's memory, because a Swift array or string may leave copies behind.
final class PEMFile {
    /// Ends with a zero.
    let text: UnsafeMutablePointer<CChar>
    private var length = 0

    /// No certificate chain or key comes near; a wrong path to something huge is noticed here.
    private static let longest = 1_048_576

    /// - Parameter what: the word for it in an error: `certificate`, `key`.
    /// - Throws: `ListenerError` with the code `tlsUnusable`.
    init(_ path: String, what: String) throws(ListenerError) {
        guard let memory = calloc(Self.longest + 1, 1)?.assumingMemoryBound(to: CChar.self) else {
            throw ListenerError(.tlsUnusable, "the TLS \(what) \(path) cannot be read", errno: ENOMEM)
        }
        text = memory
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ListenerError(.tlsUnusable, "the TLS \(what) \(path) cannot be read", errno: errno)
        }
        defer { close(descriptor) }
        while length <= Self.longest {
            let count = read(descriptor, text + length, Self.longest + 1 - length)
            if count == 0 { break }
            guard count > 0 else {
                let number = errno
                if number == EINTR { continue }
                throw ListenerError(.tlsUnusable, "the TLS \(what) \(path) cannot be read", errno: number)
            }
            length += count
        }
        guard length > 0, length <= Self.longest else {
            let trouble = length == 0 ? "is empty" : "is too long to be a PEM file"
            throw ListenerError(.tlsUnusable, "the TLS \(what) \(path) \(trouble)")
        }
    }

    deinit {
        explicit_bzero(text, length)
        free(text)
    }
}
