import Foundation
import HTTPListener
import StrictYAML

extension ConfigurationReader {
    /// The `listen` section.
    func listen(_ section: YAMLMapping?) -> ListenerSettings {
        var settings = ListenerSettings()
        guard let section else { return settings }
        settings.address = address(in: section) ?? settings.address
        settings.port = port(in: section) ?? settings.port
        settings.maxBodyBytes = section.integer("max_body_bytes", in: 1...Self.mostBytes) ?? settings.maxBodyBytes
        settings.headDeadline = section.duration("head_deadline", in: Self.deadlines) ?? settings.headDeadline
        settings.bodyDeadline = section.duration("body_deadline", in: Self.deadlines) ?? settings.bodyDeadline
        settings.connections = section.integer("connections", in: 1...Self.mostConnections) ?? settings.connections
        settings.connectionsPerAddress =
            section.integer("connections_per_address", in: 1...Self.mostConnections) ?? settings.connectionsPerAddress
        settings.bodyBudgetBytes =
            section.integer("body_budget_bytes", in: 1...Self.mostBytes) ?? settings.bodyBudgetBytes
        settings.trustedProxies = ranges("trusted_proxies", in: section)
        if let tls = section.mapping("tls") { settings.tls = files(tls) }
        return settings
    }

    /// Where something listens.
    func address(in section: YAMLMapping) -> String? {
        guard let address = section.string("address") else { return nil }
        if IPAddress(address) == nil {
            section.report("must be an IPv4 or IPv6 address", at: "address", hint: "such as 127.0.0.1, or ::")
        }
        return address
    }

    /// The port at which something listens; 0 takes a free one.
    func port(in section: YAMLMapping) -> UInt16? { section.integer("port", in: 0...65_535).map(UInt16.init) }

    /// A gibibyte: bodies are kept whole in memory.
    private static let mostBytes = 1_073_741_824
    /// More descriptors than a process is ever given.
    private static let mostConnections = 1_000_000
    /// Longer ones would be no deadlines.
    private static let deadlines = Duration.milliseconds(1)...Duration.seconds(3600)

    private func ranges(_ key: String, in section: YAMLMapping) -> [AddressRange] {
        (section.strings(key) ?? []).compactMap { text in
            do throws(AddressRange.ParseError) {
                return try AddressRange(text)
            } catch {
                section.report(error.message, at: key)
                return nil
            }
        }
    }

    private func files(_ section: YAMLMapping) -> TLSFiles? {
        func file(_ key: String) -> String? {
            guard let written = section.string(key, .required) else { return nil }
            let path = Self.absolute(written, in: directory)
            if !FileManager.default.isReadableFile(atPath: path) {
                section.report("the file \(path) cannot be read", at: key)
            }
            return path
        }
        guard let certificate = file("certificate"), let key = file("key") else { return nil }
        return TLSFiles(certificate: certificate, key: key)
    }
}
