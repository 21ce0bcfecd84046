import Console
import StrictYAML

extension ConfigurationReader {
    /// The `console` section.
    func console(_ section: YAMLMapping?) -> ConsoleSettings {
        var settings = ConsoleSettings()
        guard let section else { return settings }
        settings.address = address(in: section) ?? settings.address
        settings.port = port(in: section) ?? settings.port
        settings.hosts = section.strings("hosts") ?? []
        for host in settings.hosts where host.contains("/") || host.contains("@") || host.contains(" ") {
            section.report(
                "must be a host's name, with its port where it has one",
                at: "hosts",
                hint: "such as ops.example.com"
            )
        }
        var names: Set<String> = []
        settings.tokens = (section.mappings("tokens") ?? []).compactMap { item in
            let name = item.string("name", .required)
            let role = item.choice("role", of: Operator.Role.self, .required)
            let token = item.secret("token", .required)
            if let token, needs.contains(.consoleTokens) {
                _ = token.resolve(environment: environment, relativeTo: directory, problems: item.problems)
            }
            guard let name, let role, let token else { return nil }
            if !names.insert(name).inserted { item.report("another token has this name", at: "name") }
            return ConsoleSettings.Token(owner: Operator(name: name, role: role), token: token)
        }
        settings.proxy = section.mapping("proxy").flatMap(proxy)
        return settings
    }

    private func proxy(_ section: YAMLMapping) -> ConsoleSettings.Proxy? {
        let socket = section.string("socket", .required).map { Self.absolute($0, in: directory) }
        let header = section.string("user_header", .required)
        let operators = section.strings("operators") ?? []
        let viewers = section.strings("viewers") ?? []
        if let socket, socket.utf8.count > 107 { section.report("is too long for a socket", at: "socket") }
        if operators.isEmpty, viewers.isEmpty {
            section.report(
                "lets nobody in",
                at: "operators",
                hint: "name people as the proxy does; \"*\" is anybody whom it lets in"
            )
        }
        guard let socket, let header else { return nil }
        return ConsoleSettings.Proxy(socket: socket, header: header, operators: operators, viewers: viewers)
    }
}
