import CMicroHTTPD
import Glibc

/// The running libmicrohttpd.
///
/// `@unchecked Sendable`: the pointer is only handed to `MHD_stop_daemon`, once, by the holder of `Listener`'s lock.
final class Daemon: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let closure: Unmanaged<ListenerCore>

    /// The fixed memory of one connection, which holds the head of a request, its parsed fields and the head of the
    /// answer. A head of 15 KB passes, far above what webhooks carry and what proxies let through; one that does not fit
    /// is answered 431 by the library, which clears all of this memory for each request.
    private static let connectionMemory = 16 * 1024
    /// The library shares its own limit out evenly among its threads, though the kernel does not share out connections
    /// evenly. So each thread may have all of them, and `ConnectionTable` keeps the limit that was asked for. The
    /// headroom is for connections that were closed and not yet cleaned up.
    private static let connectionHeadroom = 64
    /// TLS 1.2 and 1.3 only (RFC 8996), else the system's choice.
    private static let tlsPriorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

    private init(pointer: OpaquePointer, closure: Unmanaged<ListenerCore>) {
        self.pointer = pointer
        self.closure = closure
    }

    /// Starts the library's threads on a listening socket, which belongs to the library from then on.
    ///
    /// - Throws: `ListenerError`; the socket is then still the caller's.
    static func start(core: ListenerCore, socket: Int32) throws(ListenerError) -> Daemon {
        let certificate = try core.settings.tls.map { files throws(ListenerError) in
            try PEMFile(files.certificate, what: "certificate")
        }
        let key = try core.settings.tls.map { files throws(ListenerError) in try PEMFile(files.key, what: "key") }
        let closure = Unmanaged.passRetained(core)
        core.startMessages.begin()
        let pointer = start(
            core.settings,
            socket: socket,
            closure: closure.toOpaque(),
            certificate: certificate,
            key: key
        )
        let messages = core.startMessages.end()
        guard let pointer else {
            closure.release()
            let cause = messages.last
            if let files = core.settings.tls {
                throw ListenerError(
                    .tlsUnusable,
                    "TLS cannot start: \(files.certificate) and \(files.key) must be a PEM certificate and its own key",
                    cause: cause
                )
            }
            throw ListenerError(.startFailed, "libmicrohttpd did not start", cause: cause)
        }
        return Daemon(pointer: pointer, closure: closure)
    }

    private static func start(
        _ settings: ListenerSettings,
        socket: Int32,
        closure: UnsafeMutableRawPointer,
        certificate: PEMFile?,
        key: PEMFile?
    ) -> OpaquePointer? {
        var flags =
            MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue | MHD_USE_ERROR_LOG.rawValue
        // The logger comes first: options before it would be complained about on standard error.
        var options = [
            option(.EXTERNAL_LOGGER, DaemonCallbacks.log, closure),
            option(.LISTEN_SOCKET, Int(socket)),
            option(.CONNECTION_MEMORY_LIMIT, connectionMemory),
            option(.CONNECTION_LIMIT, (settings.connections + connectionHeadroom) * settings.threads),
            // The reaper keeps absolute deadlines instead.
            option(.CONNECTION_TIMEOUT, 0),
            option(.NOTIFY_CONNECTION, DaemonCallbacks.connectionNotice, closure),
            option(.NOTIFY_COMPLETED, DaemonCallbacks.requestCompleted, closure),
            option(.URI_LOG_CALLBACK, DaemonCallbacks.target, closure),
        ]
        if settings.threads > 1 { options.append(option(.THREAD_POOL_SIZE, settings.threads)) }
        // The library reads the PEM texts while it starts and never again.
        defer { withExtendedLifetime((certificate, key)) {} }
        return tlsPriorities.withCString { priorities in
            if let certificate, let key {
                flags |= MHD_USE_TLS.rawValue
                options.append(option(.HTTPS_MEM_CERT, 0, UnsafeMutableRawPointer(certificate.text)))
                options.append(option(.HTTPS_MEM_KEY, 0, UnsafeMutableRawPointer(key.text)))
                options.append(option(.HTTPS_PRIORITIES, 0, UnsafeMutableRawPointer(mutating: priorities)))
            }
            options.append(option(.END, 0))
            return options.withUnsafeMutableBufferPointer { buffer in
                // An array in place of C's variadic options, which Swift cannot pass.
                let array = UnsafeMutableRawPointer(buffer.baseAddress)
                return withVaList([MHD_OPTION.ARRAY.rawValue, Int(bitPattern: array), MHD_OPTION.END.rawValue]) {
                    MHD_start_daemon_va(
                        flags,
                        0,
                        DaemonCallbacks.acceptPolicy,
                        closure,
                        DaemonCallbacks.access,
                        closure,
                        $0
                    )
                }
            }
        }
    }

    private static func option(
        _ option: MHD_OPTION,
        _ value: Int,
        _ pointer: UnsafeMutableRawPointer? = nil
    ) -> MHD_OptionItem {
        MHD_OptionItem(option: option, value: value, ptr_value: pointer)
    }

    private static func option<Callback>(
        _ option: MHD_OPTION,
        _ callback: Callback,
        _ closure: UnsafeMutableRawPointer
    ) -> MHD_OptionItem {
        MHD_OptionItem(option: option, value: unsafeBitCast(callback, to: Int.self), ptr_value: closure)
    }

    /// Closes all connections, ends the threads and closes the listening socket.
    ///
    /// No connection may be suspended: the library aborts the process then.
    func stop() {
        MHD_stop_daemon(pointer)
        closure.release()
    }
}
