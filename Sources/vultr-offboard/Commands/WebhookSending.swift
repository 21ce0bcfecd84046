import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// Sends a request to the daemon's own listener.
struct WebhookSending: Sendable {
    /// As the daemon's heartbeat says, such as `http://127.0.0.1:8080`.
    let listener: String

    /// - Returns: the answer's status.
    /// - Throws: ``CommandFailure`` where nobody answers.
    func send(_ request: Signer.SignedRequest, to sender: String) async throws -> Int {
        var settings = HTTPClient.Configuration(redirectConfiguration: .disallow)
        if isLoopback {
            // The certificate names the host that senders use, which loopback is not; nobody stands in between here.
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.certificateVerification = .none
            settings.tlsConfiguration = tls
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        do {
            var sent = HTTPClientRequest(url: "\(listener)/hooks/\(sender)")
            sent.method = .POST
            for header in request.headers { sent.headers.add(name: header.name, value: header.value) }
            sent.body = .bytes(request.body)
            let response = try await client.execute(sent, timeout: .seconds(30))
            try await client.shutdown()
            return Int(response.status.code)
        } catch {
            do { try await client.shutdown() } catch {
                // The first error says what is wrong.
            }
            throw CommandFailure(.unavailable, "the listener at \(listener) does not answer: \(error)")
        }
    }

    private var isLoopback: Bool {
        ["https://127.", "https://[::1]:", "https://localhost:"].contains { listener.hasPrefix($0) }
    }
}
