import Offboarding
import StrictYAML
import VultrAPI

extension ConfigurationReader {
    /// The `vultr` section.
    func vultr(_ section: YAMLMapping?) -> VultrSettings {
        let url = section?.string("url") ?? VultrSettings.defaultURL
        if let section { check(url, in: section) }
        return VultrSettings(
            url: url,
            requestsPerSecond: section?.integer("requests_per_second", in: 1...VultrConnection.mostRequestsPerSecond)
                ?? VultrSettings.defaultRequestsPerSecond,
            timeout: section?.duration("timeout", in: .milliseconds(100)...(.seconds(600)))
                ?? VultrSettings.defaultTimeout,
            keys: section.map(keys) ?? []
        )
    }

    private func check(_ url: String, in section: YAMLMapping) {
        do throws(VultrConnectionError) {
            try VultrConnection.Configuration(url: url).checkURL()
        } catch {
            let subject = "vultr.url "
            let message = error.message
            section.report(message.hasPrefix(subject) ? String(message.dropFirst(subject.count)) : message, at: "url")
        }
    }

    private func keys(_ section: YAMLMapping) -> [ConfiguredKey] {
        guard let items = section.mappings("keys", .required) else { return [] }
        if items.isEmpty { section.report("must hold at least one key", at: "keys") }
        var names: Set<String> = []
        return items.compactMap { item in
            let name = item.string("name", .required)
            if let name {
                if !names.insert(name).inserted { item.report("another key has this name", at: "name") }
                if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
                    item.report("holds a control character", at: "name")
                }
            }
            let key = VultrKey(
                name: name ?? "",
                organizations: organizations(item),
                usersList: item.choice("users_list") ?? .oneOrganization,
                owner: owner(item)
            )
            return secret(item).map { ConfiguredKey(key: key, secret: $0) }
        }
    }

    private func organizations(_ section: YAMLMapping) -> VultrKey.Organizations {
        guard let node = section.node("organizations") else { return .all }
        guard case .sequence = node.value else {
            if section.string("organizations").map({ $0 != "all" }) == true {
                section.report("must be all, or a list of organization ids", at: "organizations")
            }
            return .all
        }
        let ids = section.strings("organizations") ?? []
        if ids.isEmpty { section.report("must name at least one organization, or be all", at: "organizations") }
        if Set(ids).count < ids.count { section.report("names an organization twice", at: "organizations") }
        return .only(ids.map { OrganizationID($0) })
    }

    private func owner(_ section: YAMLMapping) -> EmailAddress? {
        guard let text = section.string("owner") else { return nil }
        do throws(UnusableEmail) {
            return try EmailAddress(text)
        } catch {
            section.report(error.rawValue, at: "owner")
            return nil
        }
    }

    private func secret(_ section: YAMLMapping) -> KeySecret? {
        guard let reference = section.secret("key", .required) else { return nil }
        let secret = KeySecret(reference: reference, directory: directory)
        guard needs.contains(.keySecrets) else { return secret }
        do throws(KeySecret.Problem) {
            _ = try secret.resolve(environment: environment)
        } catch {
            section.problems.report(
                YAMLError(reference.mark, keyPath: reference.keyPath, message: error.description)
            )
        }
        return secret
    }
}
