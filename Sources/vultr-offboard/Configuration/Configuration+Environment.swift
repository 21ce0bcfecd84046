import Foundation

extension Configuration {
    /// The variables that stand in for a configuration file.
    enum Variable {
        /// Names a configuration file, so that it need not be typed with every command.
        static let file = "OFFBOARD_CONFIG"
        static let key = "VULTR_API_KEY"
        static let url = "VULTR_API_URL"
        static let secret = "OFFBOARD_SECRET"
        static let mode = "OFFBOARD_MODE"
        static let state = "STATE_DIRECTORY"
    }

    /// Reads the configuration file, the one that the environment names, or the environment where there is none.
    ///
    /// - Throws: ``ConfigurationError``.
    static func load(
        file: String?,
        needs: Needs,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigurationError) -> Configuration {
        let named = environment[Variable.file].flatMap { $0.isEmpty ? nil : $0 }
        guard let file = file ?? named else { return try fromEnvironment(environment, needs: needs) }
        return try ConfigurationReader.read(file: file, needs: needs, environment: environment)
    }

    /// Reads the environment: one key, one sender of the name `default`.
    private static func fromEnvironment(
        _ environment: [String: String],
        needs: Needs
    ) throws(ConfigurationError) -> Configuration {
        var problems: [String] = []
        func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty } ?? false }
        if !isSet(Variable.key) { problems.append("\(Variable.key): is missing (set it, or give --config FILE)") }
        if needs.contains(.senders), !isSet(Variable.secret) {
            problems.append("\(Variable.secret): is missing (set it, or give --config FILE)")
        }
        let mode = isSet(Variable.mode) ? environment[Variable.mode] ?? "" : "dry_run"
        if !["enforce", "dry_run"].contains(mode) {
            problems.append("\(Variable.mode): must be one of enforce, dry_run")
        }
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
        // systemd may name several directories, divided by colons; the first is the unit's own.
        let state = environment[Variable.state]?.split(separator: ":").first.map(String.init)
        let directory = state ?? FileManager.default.currentDirectoryPath
        var lines = [
            "storage: {sqlite: \(StorageSettings.defaultName)}",
            "vultr:",
        ]
        if isSet(Variable.url), let url = environment[Variable.url] { lines.append("  url: \(quoted(url))") }
        lines.append("  keys: [{name: default, key: {env: \(Variable.key)}}]")
        let senders =
            isSet(Variable.secret)
            ? "[{name: default, preset: standard-webhooks, secrets: [{env: \(Variable.secret)}]}]" : "[]"
        lines.append("senders: \(senders)")
        lines.append("policy: {mode: \(mode)}")
        return try ConfigurationReader(
            environment: environment,
            directory: ConfigurationReader.absolute(directory, in: FileManager.default.currentDirectoryPath),
            needs: needs
        ).read(text: lines.joined(separator: "\n"), name: "environment", file: nil)
    }

    /// A YAML string in double quotes.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case " "..."~": quoted.unicodeScalars.append(scalar)
            default:
                quoted +=
                    "\\U" + String(repeating: "0", count: 8 - String(scalar.value, radix: 16).count)
                    + String(scalar.value, radix: 16)
            }
        }
        return quoted + "\""
    }
}
