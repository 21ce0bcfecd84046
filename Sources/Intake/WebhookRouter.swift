import CoreMetrics
public import HTTPListener

/// Finds the sender by path, `/hooks/{sender}`; other paths are another router's.
///
/// A class, because it is looked at for every request.
public final class WebhookRouter: RequestRouter {
    private let endpoints: [String: WebhookEndpoint]
    private let others: any RequestRouter
    private let strangers: StrangerInstruments

    private static let folder = "/hooks/"

    /// - Parameters:
    ///   - endpoints: one for each sender.
    ///   - others: takes every path that is not a configured sender's.
    ///   - strangers: counts requests to senders that are not configured.
    public init(
        endpoints: [WebhookEndpoint],
        others: any RequestRouter,
        strangers: StrangerInstruments = StrangerInstruments()
    ) {
        self.endpoints = Dictionary(endpoints.map { (Self.folder + $0.name, $0) }) { first, _ in first }
        self.others = others
        self.strangers = strangers
    }

    public func route(_ head: RequestHead) -> Routing {
        guard let endpoint = endpoints[head.path] else {
            if head.path.hasPrefix(Self.folder) { strangers.requests.increment() }
            return others.route(head)
        }
        guard endpoint.takes(head) else { return .answer(.methodNotAllowed(allow: ["POST"])) }
        guard endpoint.allows(head.client) else { return .answer(.forbidden) }
        return .endpoint(endpoint)
    }
}
