import AuditKeys
import StrictYAML

extension ConfigurationReader {
    /// The `audit` section.
    func audit(_ section: YAMLMapping?) -> AuditSettings {
        guard let section, let reference = section.secret("key", .required) else { return AuditSettings() }
        guard needs.contains(.auditKey),
            let value = reference.resolve(environment: environment, relativeTo: directory, problems: section.problems)
        else { return AuditSettings(key: reference) }
        do throws(AuditKeyError) {
            _ = try SigningKey(pem: value.text)
        } catch {
            section.report("\(reference.place): \(error); audit keygen makes one", at: "key")
        }
        return AuditSettings(key: reference)
    }
}
