public import HTTPListener

/// Finds the sender by path, `/hooks/{sender}`; other paths are another router's.
///
/// A class, because it is looked at for every request.
public final class WebhookRouter: RequestRouter {
    private let endpoints: [String: WebhookEndpoint]
    private let others: any RequestRouter

    /// - Parameters:
    ///   - endpoints: one for each sender.
    ///   - others: takes every path that is not a configured sender's.
    public init(endpoints: [WebhookEndpoint], others: any RequestRouter) {
        self.endpoints = Dictionary(endpoints.map { ("/hooks/" + $0.name, $0) }) { first, _ in first }
        self.others = others
    }

    public func route(_ head: RequestHead) -> Routing {
        guard let endpoint = endpoints[head.path] else { return others.route(head) }
        guard endpoint.takes(head) else { return .answer(.methodNotAllowed(allow: ["POST"])) }
        guard endpoint.allows(head.client) else { return .answer(.forbidden) }
        return .endpoint(endpoint)
    }
}
