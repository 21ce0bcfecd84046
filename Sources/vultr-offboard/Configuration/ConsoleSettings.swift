import Console
import HTTPListener
import StrictYAML

/// Where operators look, and who may.
struct ConsoleSettings: Sendable {
    /// Who may use it, and where their token is to be found.
    struct Token: Sendable {
        let owner: Operator
        let token: SecretReference
    }

    /// A reverse proxy that signs people in, and the socket on which it is believed.
    struct Proxy: Sendable, Equatable {
        /// An absolute path.
        let socket: String
        let header: String
        let operators: [String]
        let viewers: [String]
    }

    var address = "127.0.0.1"
    var port: UInt16 = 8081
    /// Names under which a proxy reaches it.
    var hosts: [String] = []
    /// In the order of the file; no name comes twice. Without any, one is generated.
    var tokens: [Token] = []
    var proxy: Proxy?

    /// What the listener is told: pages are asked for by people, not by thousands of senders.
    var listen: ListenerSettings { listening(on: address, port: port) }

    /// The same on the proxy's socket.
    var listenForProxy: ListenerSettings? {
        proxy.map { proxy in
            var settings = listening(on: "unix:\(proxy.socket)", port: 0)
            // All of them are the proxy's.
            settings.connectionsPerAddress = settings.connections
            return settings
        }
    }

    private func listening(on address: String, port: UInt16) -> ListenerSettings {
        var settings = ListenerSettings(address: address, port: port)
        settings.maxBodyBytes = 65_536
        settings.bodyBudgetBytes = 4_194_304
        settings.connections = 200
        settings.connectionsPerAddress = 100
        settings.threads = 1
        return settings
    }
}
