import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Offboarding
import Senders
import ServiceLifecycle
import SignedTokens

/// Keeps the public keys of senders' tokens up to date, beside the requests: none of them ever waits for this.
struct KeySetService: Service {
    private let keySets: [(sender: String, keySet: RenewedKeySet)]
    private let time: any TimeSource
    private let logger: Logger

    /// Seconds between two looks at whether a renewal is due.
    private static let interval: TimeInterval = 1
    /// How long one fetch may take altogether. Key sets have a few kilobytes.
    private static let patience = TimeAmount.seconds(15)

    init(_ senders: [ConfiguredSender], time: any TimeSource, logger: Logger) {
        keySets = senders.compactMap { configured in
            configured.authenticator?.keySet.map { (configured.sender.name, $0) }
        }
        self.time = time
        self.logger = logger
    }

    /// Reads the files among the key sets, so that their senders' first request finds keys.
    func readFiles() async {
        for (sender, keySet) in keySets {
            guard case .file = keySet.location else { continue }
            await renew(keySet, of: sender, client: nil)
        }
    }

    /// Reads one key set now, for a command; what is wrong with it is in the log.
    static func readOnce(_ keySet: RenewedKeySet, of sender: String, logger: Logger) async {
        let service = KeySetService([], time: SystemTime(), logger: logger)
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        await service.renew(keySet, of: sender, client: client)
        do { try await client.shutdown() } catch {
            logger.debug("closing the connections for key sets failed", metadata: ["error": "\(type(of: error))"])
        }
    }

    func run() async throws {
        guard !keySets.isEmpty else { return await untilShutdown() }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.settings)
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                // One slow host must not hold up the others' keys.
                for (sender, keySet) in keySets { group.addTask { await keep(keySet, of: sender, client: client) } }
            }
        }
        do {
            try await client.shutdown()
        } catch {
            logger.debug("closing the connections for key sets failed", metadata: ["error": "\(type(of: error))"])
        }
    }

    private func untilShutdown() async {
        do { try await gracefulShutdown() } catch {
            // The group fails elsewhere; here there is nothing to end.
        }
    }

    private func keep(_ keySet: RenewedKeySet, of sender: String, client: HTTPClient) async {
        while !Task.isCancelled {
            if keySet.isDue(at: time.now()) { await renew(keySet, of: sender, client: client) }
            do { try await time.sleep(seconds: Self.interval) } catch { return }
        }
    }

    private func renew(_ keySet: RenewedKeySet, of sender: String, client: HTTPClient?) async {
        let metadata: Logger.Metadata = ["sender": "\(sender)", "keys": "\(keySet.location)"]
        do throws(KeySetDocument.Problem) {
            switch keySet.location {
            case .file: try await keySet.renewFromFile(at: time.now())
            case .url(let url):
                guard let client else { return }
                guard let bytes = await document(at: url, client, metadata) else {
                    return keySet.renewalFailed(at: time.now())
                }
                try await keySet.renew(with: bytes, at: time.now())
            }
            logger.debug("the key set of a sender was read", metadata: metadata)
        } catch {
            let why: Logger.Metadata = ["error": "\(error)"]
            logger.warning("the key set of a sender cannot be used", metadata: metadata.merging(why) { $1 })
        }
    }

    /// The document at a URL; `nil`, after a line in the log, where it cannot be had.
    private func document(at url: String, _ client: HTTPClient, _ metadata: Logger.Metadata) async -> [UInt8]? {
        var why: String
        do {
            var request = HTTPClientRequest(url: url)
            request.headers.add(name: "Accept", value: "application/jwk-set+json, application/json")
            let answer = try await client.execute(request, timeout: Self.patience)
            if answer.status == .ok {
                let body = try await answer.body.collect(upTo: KeySetDocument.longest)
                return Array(body.readableBytesView)
            }
            why = "HTTP \(answer.status.code)"
        } catch is CancellationError {
            return nil
        } catch {
            why = "\(type(of: error))"
            if let error = error as? HTTPClientError { why = error.shortDescription }
        }
        let reason: Logger.Metadata = ["error": "\(why)"]
        logger.warning("the key set of a sender cannot be fetched", metadata: metadata.merging(reason) { $1 })
        return nil
    }

    private static var settings: HTTPClient.Configuration {
        var settings = HTTPClient.Configuration(
            // Only the configured host is trusted to say which keys are right.
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: .seconds(10)),
            // None is asked for either: a small answer that unfolds into a huge one cannot be.
            decompression: .disabled
        )
        settings.httpVersion = .http1Only
        return settings
    }
}
