extension Sender.Handshake {
    /// What the sender asks, in the order in which it is looked for.
    ///
    /// Sources: Okta's and Microsoft Graph's requests, Gusto's `verification_token` and HiBob's ping are documented by
    /// their vendors; Zoom's was read in clients; Slack's, Google's and GitHub's are known from use.
    public var steps: [HandshakeStep] {
        switch self {
        case .none: []
        case .okta:
            [
                HandshakeStep(
                    .anybody,
                    .get(header: "x-okta-verification-challenge"),
                    .json(name: "verification"),
                    longestValue: 256
                )
            ]
        case .slack:
            [
                HandshakeStep(
                    .verified,
                    .json(members: [.init("type", is: "url_verification")], value: ["challenge"]),
                    .json(name: "challenge"),
                    longestValue: 1024
                ),
                HandshakeStep(.verified, .form(field: "ssl_check", text: "1"), .empty),
            ]
        case .microsoftGraph:
            [HandshakeStep(.anybody, .query(parameter: "validationToken"), .text, longestValue: 2048)]
        case .zoom:
            [
                HandshakeStep(
                    .verified,
                    .json(members: [.init("event", is: "endpoint.url_validation")], value: ["payload", "plainToken"]),
                    .code(value: "plainToken", code: "encryptedToken"),
                    longestValue: 256
                )
            ]
        case .gusto:
            [
                HandshakeStep(
                    .anybody,
                    .json(members: [.init("verification_token")], value: ["verification_token"]),
                    .keep,
                    longestValue: 512
                )
            ]
        // Whether it signs its ping is not known; the answer to it tells nobody anything.
        case .hibob: [HandshakeStep(.anybody, .text("Ping test"), .empty)]
        case .googleWorkspace:
            [HandshakeStep(.verified, .header("x-goog-resource-state", text: "sync", members: []), .empty)]
        // The header is not signed, so the body must speak of a ping, too.
        case .github:
            [HandshakeStep(.verified, .header("x-github-event", text: "ping", members: [.init("zen")]), .empty)]
        }
    }
}
