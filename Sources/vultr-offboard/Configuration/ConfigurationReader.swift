import Foundation
import HTTPListener
import Logging
import Offboarding
import Senders
import Storage
import StrictYAML
import WebhookSignature

/// Reads a configuration: all of it, so that every problem is reported at once.
struct ConfigurationReader {
    let environment: [String: String]
    /// Where relative paths start.
    let directory: String
    let needs: Configuration.Needs

    /// Reads a configuration file.
    ///
    /// - Throws: ``ConfigurationError`` with every problem found.
    static func read(
        file: String,
        needs: Configuration.Needs,
        environment: [String: String]
    ) throws(ConfigurationError) -> Configuration {
        let path = absolute(file, in: FileManager.default.currentDirectoryPath)
        return try ConfigurationReader(environment: environment, directory: parent(of: path), needs: needs)
            .read(text: contents(of: path, named: file), name: file, file: path)
    }

    /// Reads a configuration from a text.
    ///
    /// - Parameters:
    ///   - name: what problems call the text.
    ///   - file: the path that it came from, if any.
    func read(text: String, name: String, file: String?) throws(ConfigurationError) -> Configuration {
        let root: YAMLNode
        do throws(YAMLError) {
            root = try YAMLNode.parse(text, file: name)
        } catch {
            throw ConfigurationError(problems: [error.description])
        }
        let digest: String
        do throws(SignatureError) {
            digest = try SHA256.hexDigest(of: Array(text.utf8))
        } catch {
            throw ConfigurationError(problems: ["\(name): \(error)"])
        }
        let problems = YAMLProblems()
        let document = YAMLMapping(root, problems: problems)
        let configuration = configuration(document, file: file, digest: digest)
        document.finish()
        do throws(YAMLErrors) {
            try problems.throwIfAny()
        } catch {
            throw ConfigurationError(problems: error.errors.map(\.description))
        }
        return configuration
    }

    /// Reads every section. Where one has a problem, which `document.problems` then holds, a default stands in for it.
    private func configuration(_ document: YAMLMapping, file: String?, digest: String) -> Configuration {
        let senders = senders(document)
        let vultr = vultr(document.mapping("vultr", .required))
        let policy = policy(
            document.mapping("policy", .required),
            senders: Dictionary(senders.map { ($0.sender.name, $0.policy) }) { first, _ in first }
        )
        let sweep = sweep(document.mapping("sweep"))
        for sender in senders { checkNarrowing(sender, policy, document.problems) }
        return Configuration(
            file: file,
            directory: directory,
            listen: listen(document.mapping("listen")),
            console: console(document.mapping("console")),
            storage: storage(document.mapping("storage")),
            vultr: vultr,
            senders: senders,
            policy: policy,
            retry: retry(document.mapping("retry")),
            sweep: sweep,
            retention: retention(document.mapping("retention"), policy: policy, sweep: sweep, senders: senders),
            notifications: notifications(document),
            log: log(document.mapping("log")),
            audit: audit(document.mapping("audit")),
            digest: digest
        )
    }

    private func storage(_ section: YAMLMapping?) -> StorageSettings {
        let uri = section?.secret("postgres")
        guard let section, section.has("postgres") else {
            let path = Self.absolute(section?.string("sqlite", .required) ?? StorageSettings.defaultName, in: directory)
            return StorageSettings(engine: .sqlite(path), folder: Self.parent(of: path))
        }
        if section.has("sqlite") { section.report("must be the only one: sqlite or postgres", at: "postgres") }
        guard let uri else { return StorageSettings(engine: .sqlite(""), folder: directory) }
        if needs.contains(.store),
            let text = uri.resolve(environment: environment, relativeTo: directory, problems: section.problems)?.text,
            !PostgreSQLStore.canRead(uri: text)
        {
            section.report(
                "is no connection URI that libpq can read",
                at: "postgres",
                hint: "postgresql://USER@HOST/DATABASE"
            )
        }
        let state = environment["STATE_DIRECTORY"]?.split(separator: ":").first.map(String.init)
        return StorageSettings(engine: .postgreSQL(uri), folder: state ?? directory)
    }

    private func retry(_ section: YAMLMapping?) -> RetryPolicy {
        let defaults = RetryPolicy()
        guard let section else { return defaults }
        let longest = Duration.seconds(7 * 86_400)
        let first = section.duration("first", in: .milliseconds(1)...longest)
        let ceiling = section.duration("ceiling", in: .milliseconds(1)...longest)
        let attentionAfter = section.duration("attention_after", in: .zero...longest)
        let policy = RetryPolicy(
            first: first?.seconds ?? defaults.first,
            ceiling: ceiling?.seconds ?? defaults.ceiling,
            attentionAfter: attentionAfter?.seconds ?? defaults.attentionAfter
        )
        if policy.ceiling < policy.first {
            section.report("must not be below first", at: section.has("ceiling") ? "ceiling" : "first")
        }
        return policy
    }

    private func log(_ section: YAMLMapping?) -> LogSettings {
        var settings = LogSettings()
        guard let section else { return settings }
        settings.format = section.choice("format") ?? settings.format
        settings.level = section.choice("level") ?? settings.level
        return settings
    }

    /// A path as it is meant where it is written relative to a directory.
    static func absolute(_ path: String, in directory: String) -> String {
        let whole = path.hasPrefix("/") ? path : "\(directory)/\(path)"
        return URL(filePath: whole).standardizedFileURL.path(percentEncoded: false)
    }

    private static func parent(of path: String) -> String {
        let parent = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        return parent.count > 1 && parent.hasSuffix("/") ? String(parent.dropLast()) : parent
    }

    /// No configuration comes near; a wrong path to something huge is noticed here.
    private static let longestFile = 4_194_304

    private static func contents(of path: String, named name: String) throws(ConfigurationError) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw ConfigurationError(problems: ["\(name): the file cannot be opened"])
        }
        let data: Data
        do {
            data = try handle.read(upToCount: longestFile + 1) ?? Data()
            try handle.close()
        } catch {
            throw ConfigurationError(problems: ["\(name): the file cannot be read"])
        }
        guard data.count <= longestFile else {
            throw ConfigurationError(problems: ["\(name): the file is over \(longestFile) bytes"])
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ConfigurationError(problems: ["\(name): the file is not UTF-8"])
        }
        return text
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
