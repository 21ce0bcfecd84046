import CMicroHTTPD
import Glibc
import Logging
import Synchronization

/// What libmicrohttpd calls. Pointers become typed values here and go no further.
enum DaemonCallbacks {
    /// Whether a peer may connect. Until the daemon stops the listening socket stays open, because
    /// `MHD_quiesce_daemon` of 0.9.75 can abort the process: it removes the socket from a worker's epoll set without
    /// allowing for the worker having done so in that instant. So a stopping listener refuses here.
    static let acceptPolicy: MHD_AcceptPolicyCallback = { closure, address, _ in
        guard let core = DaemonCallbacks.core(closure), let address, let peer = IPAddress(address) else { return .NO }
        guard !core.isStopping else { return .NO }
        guard core.table.admits(peer) else {
            core.logger.debug("connection refused: too many", metadata: ["peer": "\(peer)"])
            return .NO
        }
        return .YES
    }

    /// A connection begins or ends. Its state hangs on the socket's context in between.
    static let connectionNotice: MHD_NotifyConnectionCallback = { closure, connection, context, kind in
        guard let core = DaemonCallbacks.core(closure), let connection, let context else { return }
        switch kind {
        case .CONNECTION_NOTIFY_STARTED:
            guard let descriptor = offboard_connection_info(connection, .CONNECTION_INFO_CONNECTION_FD)?.pointee,
                let address = offboard_connection_info(connection, .CONNECTION_INFO_CLIENT_ADDRESS)?.pointee,
                let socketAddress = address.client_addr, let peer = IPAddress(socketAddress)
            else { return }
            let state = ConnectionState(
                listener: core,
                handle: connection,
                peer: peer,
                descriptor: descriptor.connect_fd
            )
            context.pointee = Unmanaged.passRetained(state).toOpaque()
            if !core.table.add(state) { core.table.cut(state) }
        case .CONNECTION_NOTIFY_CLOSED:
            guard let raw = context.pointee else { return }
            context.pointee = nil
            let state = Unmanaged<ConnectionState>.fromOpaque(raw).takeRetainedValue()
            core.table.remove(state)
            if state.exchange.withLock({ $0.leavesBodyUnread }), !core.isStopping {
                core.lingering.add(state.descriptor)
            }
        default:
            break
        }
    }

    /// The request line was read. What is returned is handed to the calls for this request.
    static let target: TargetCallback = { _, target, connection in
        guard let target, let connection,
            let context = offboard_connection_info(connection, .CONNECTION_INFO_SOCKET_CONTEXT)?.pointee,
            let raw = context.socket_context
        else { return nil }
        Unmanaged<ConnectionState>.fromOpaque(raw).takeUnretainedValue().noteTarget(target)
        return raw
    }

    /// The type that the library gives to `MHD_OPTION_URI_LOG_CALLBACK` without a name.
    typealias TargetCallback =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?
        ) -> UnsafeMutableRawPointer?

    /// The head, a piece of the body, or the end of a request.
    static let access: MHD_AccessHandlerCallback = {
        _,
        connection,
        _,
        method,
        version,
        bytes,
        length,
        request in
        guard let connection, let raw = request?.pointee, let length else { return .NO }
        let state = Unmanaged<ConnectionState>.fromOpaque(raw).takeUnretainedValue()
        let step: ConnectionState.Step
        if state.isAtHead {
            guard let method, let version else { return .NO }
            step = state.judgeHead(connection, method: method, version: version)
        } else if length.pointee > 0 {
            step = state.take(UnsafeRawBufferPointer(start: bytes, count: length.pointee))
            length.pointee = 0
        } else {
            step = state.complete()
        }
        switch step {
        case .proceed:
            return .YES
        case .close:
            return .NO
        case .answer(let response):
            state.noteAnswer()
            let last = state.listener.isLeaving ? response.closing : response
            return last.queue(on: connection, logger: state.listener.logger) ? .YES : .NO
        }
    }

    /// A request is over, answered or not.
    static let requestCompleted: MHD_RequestCompletedCallback = { _, _, request, _ in
        guard let raw = request?.pointee else { return }
        Unmanaged<ConnectionState>.fromOpaque(raw).takeUnretainedValue().finishExchange()
    }

    /// The library's own log, which names what clients sent: for debugging only.
    static let log: MHD_LogCallback = { closure, format, arguments in
        guard let core = DaemonCallbacks.core(closure), let format, let arguments else { return }
        guard core.startMessages.isListening || core.logger.logLevel <= .debug else { return }
        let capacity = 512
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer -> String in
            guard let base = buffer.baseAddress, vsnprintf(base, capacity, format, arguments) >= 0 else { return "" }
            return String(cString: base)
        }
        core.noteLibraryMessage(text)
    }

    private static func core(_ closure: UnsafeMutableRawPointer?) -> ListenerCore? {
        closure.map { Unmanaged<ListenerCore>.fromOpaque($0).takeUnretainedValue() }
    }
}
