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

    var address = "127.0.0.1"
    var port: UInt16 = 8081
    /// Names under which a proxy reaches it.
    var hosts: [String] = []
    /// In the order of the file; no name comes twice. Without any, one is generated.
    var tokens: [Token] = []

    /// What the listener is told: pages are asked for by people, not by thousands of senders.
    var listen: ListenerSettings {
        var settings = ListenerSettings(address: address, port: port)
        settings.maxBodyBytes = 65_536
        settings.bodyBudgetBytes = 4_194_304
        settings.connections = 200
        settings.connectionsPerAddress = 100
        settings.threads = 1
        return settings
    }
}
