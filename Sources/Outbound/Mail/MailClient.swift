import Foundation
import NIOCore
import NIOPosix

/// Why a relay did not take a mail. Holds no address: of an answer it shows the codes alone.
struct MailTrouble: Error, Sendable, Equatable, CustomStringConvertible {
    let description: String
}

/// Hands mails to a relay by SMTP (RFC 5321): one connection a mail, every wait bounded.
struct MailClient: Sendable {
    /// Seconds for all of it. Less than the time after which a notice counts as lost with its process.
    static let timeout: TimeInterval = 20
    private static let connectTimeout = TimeAmount.seconds(5)
    /// The most addresses of one name that are tried: `localhost` has two.
    private static let mostAddresses = 3

    private let resolver: any AddressResolver
    private let timeout: TimeInterval
    /// What it calls this machine.
    private let name: String

    init(resolver: any AddressResolver = SystemResolver(), timeout: TimeInterval = MailClient.timeout) {
        self.resolver = resolver
        self.timeout = timeout
        // An address literal is always right (RFC 5321, section 4.1.3); a relay on this machine asks for nothing better.
        name = "[127.0.0.1]"
    }

    /// Sends a mail once; returns when the relay has taken it for at least one recipient.
    ///
    /// - Parameter waitsForAll: whether a recipient whom the relay may take later keeps the others waiting, too; nobody is
    ///   then sent it twice.
    /// - Returns: which of the recipients were refused, by position.
    /// - Throws: ``MailTrouble``; `CancellationError`.
    func send(_ mail: Mail, by relay: MailRelay, waitsForAll: Bool) async throws -> [Int] {
        let found =
            if let address = NetworkAddress(relay.host) { [address] } else { await resolver.addresses(of: relay.host) }
        try Task.checkCancellation()
        let allowed = Array(found.filter(relay.allowance.allows).prefix(Self.mostAddresses))
        guard !allowed.isEmpty else {
            throw MailTrouble(
                description: found.isEmpty
                    ? "the name of the relay has no address" : "the relay leads to an address that is not allowed"
            )
        }
        return try await withThrowingTaskGroup(of: [Int]?.self) { group in
            group.addTask { try await self.exchange(mail, at: allowed, port: relay.port, waitsForAll: waitsForAll) }
            group.addTask { [timeout] in
                try await Task.sleep(for: .seconds(timeout))
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let refused = first else {
                throw MailTrouble(description: "the relay was not done within \(timeout) s")
            }
            return refused
        }
    }

    private func exchange(
        _ mail: Mail,
        at addresses: [NetworkAddress],
        port: Int,
        waitsForAll: Bool
    ) async throws -> [Int] {
        let channel = try await connect(to: addresses, port: port)
        // What it has taken it has taken, however the connection ends.
        var taken: [Int]?
        do {
            try await channel.executeThenClose { inbound, outbound in
                var dialogue = MailDialogue(answers: inbound.makeAsyncIterator()) { try await outbound.write($0) }
                taken = try await dialogue.hand(mail, as: name, waitsForAll: waitsForAll)
                await dialogue.quit()
            }
        } catch {
            if let taken { return taken }
            try Task.checkCancellation()
            if error is MailTrouble { throw error }
            throw MailTrouble(description: "the connection to the relay broke (\(type(of: error)))")
        }
        return taken ?? []
    }

    private func connect(
        to addresses: [NetworkAddress],
        port: Int
    ) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        for address in addresses {
            do {
                return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connectTimeout(Self.connectTimeout)
                    .connect(host: address.description, port: port) { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                        }
                    }
            } catch {
                // The next one may be reached.
                try Task.checkCancellation()
            }
        }
        throw MailTrouble(description: "no connection to the relay")
    }
}
