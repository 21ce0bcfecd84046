import Glibc

/// Makes room for the descriptors that the connections need.
enum DescriptorLimit {
    /// What the process needs besides the connections: the store, the client's connections to Vultr, another listener
    /// with its console's connections, sockets that linger, and the library's own.
    static let reserve = 512

    /// Raises the soft limit as far as `connections` need it.
    ///
    /// - Throws: `ListenerError` with the code `tooFewDescriptors` when the hard limit is in the way: a process out of
    ///   descriptors can neither accept nor open its store.
    static func provide(for connections: Int) throws(ListenerError) {
        var limit = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(kind, &limit) == 0 else {
            throw ListenerError(.startFailed, "the limit of open files is unknown", errno: errno)
        }
        let needed = rlim_t(connections + reserve)
        guard limit.rlim_cur < needed else { return }
        guard limit.rlim_max >= needed else {
            throw ListenerError(
                .tooFewDescriptors,
                "\(connections) connections need \(needed) open files, but the system allows \(limit.rlim_max); "
                    + "lower `connections` or raise the limit (LimitNOFILE in a systemd unit)"
            )
        }
        limit.rlim_cur = needed
        guard setrlimit(kind, &limit) == 0 else {
            throw ListenerError(.startFailed, "the limit of open files cannot be raised to \(needed)", errno: errno)
        }
    }
}
