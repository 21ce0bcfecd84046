import Dispatch
import Glibc
import Synchronization

/// Finds the addresses of a name.
protocol AddressResolver: Sendable {
    /// In the order in which they are to be tried; empty where the name has none.
    func addresses(of host: String) async -> [NetworkAddress]
}

/// The system's resolver.
struct SystemResolver: AddressResolver {
    func addresses(of host: String) async -> [NetworkAddress] {
        let answer = Answer()
        // It blocks, and cannot be cut: whoever is cancelled lets it go on alone.
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                answer.wait(continuation)
                DispatchQueue.global().async { answer.resume(Self.resolve(host)) }
            }
        } onCancel: {
            answer.resume([])
        }
    }

    /// What is given once, to the one who waits.
    private final class Answer: Sendable {
        private enum State {
            case idle
            case waiting(CheckedContinuation<[NetworkAddress], Never>)
            case done([NetworkAddress])
        }

        private let state = Mutex(State.idle)

        func wait(_ continuation: CheckedContinuation<[NetworkAddress], Never>) {
            let given = state.withLock { state -> [NetworkAddress]? in
                if case .done(let addresses) = state { return addresses }
                state = .waiting(continuation)
                return nil
            }
            if let given { continuation.resume(returning: given) }
        }

        func resume(_ addresses: [NetworkAddress]) {
            let continuation = state.withLock { state -> CheckedContinuation<[NetworkAddress], Never>? in
                defer {
                    if case .done = state {} else { state = .done(addresses) }
                }
                if case .waiting(let continuation) = state { return continuation }
                return nil
            }
            continuation?.resume(returning: addresses)
        }
    }

    private static func resolve(_ host: String) -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &first) == 0 else { return [] }
        defer { freeaddrinfo(first) }
        var addresses: [NetworkAddress] = []
        var next = first
        while let entry = next {
            if let address = entry.pointee.ai_addr.flatMap({ NetworkAddress(UnsafePointer($0)) }),
                !addresses.contains(address)
            {
                addresses.append(address)
            }
            next = entry.pointee.ai_next
        }
        return addresses
    }
}
