import Foundation

/// Where a secret is to be found: exactly one of `{env: NAME}`, `{file: PATH}` and `{credential: NAME}`.
public struct SecretReference: Sendable, Equatable {
    public enum Source: Sendable, Equatable {
        /// A variable of the environment.
        case environment(String)
        /// A file; a relative path is relative to the configuration.
        case file(String)
        /// A file of that name in systemd's `$CREDENTIALS_DIRECTORY`.
        case credential(String)
    }

    /// Why a secret cannot be read. Says where it was looked for, never what was there.
    public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// The longest secret in bytes, so that a wrong path cannot fill memory.
    public static let longest = 65_536

    public let source: Source
    /// What the operator calls it, where it is one of several.
    public let name: String?
    /// Where the reference is written.
    public let mark: YAMLMark
    /// The keys that lead to it, such as `vultr.keys[0].key`.
    public let keyPath: String

    public init(
        _ source: Source,
        name: String? = nil,
        mark: YAMLMark = YAMLMark(file: "environment", line: 1, column: 1),
        keyPath: String = ""
    ) {
        self.source = source
        self.name = name
        self.mark = mark
        self.keyPath = keyPath
    }

    /// Reads the secret as ``resolve(environment:relativeTo:)`` does, and reports a problem at the reference's place.
    public func resolve(
        environment: [String: String],
        relativeTo directory: String,
        problems: YAMLProblems
    ) -> SecretValue? {
        do {
            return try resolve(environment: environment, relativeTo: directory)
        } catch {
            problems.report(YAMLError(mark, keyPath: keyPath, message: error.description))
            return nil
        }
    }

    /// Reads the secret as it is now; call it again when it may have changed. One trailing newline is stripped.
    ///
    /// - Parameters:
    ///   - environment: the process's variables.
    ///   - directory: the directory of the configuration file.
    /// - Throws: ``Problem`` when it is not there, cannot be read, is no UTF-8, too long or empty.
    public func resolve(
        environment: [String: String],
        relativeTo directory: String
    ) throws(Problem) -> SecretValue {
        var text: String
        switch source {
        case .environment(let name):
            guard let value = environment[name] else {
                throw Problem(description: "the environment has no variable \(name)")
            }
            text = value
        case .file(let path):
            text = try Self.read(path.hasPrefix("/") ? path : "\(directory)/\(path)")
        case .credential(let name):
            guard let credentials = environment["CREDENTIALS_DIRECTORY"], !credentials.isEmpty else {
                throw Problem(description: "there is no CREDENTIALS_DIRECTORY, so no credential \(name)")
            }
            text = try Self.read("\(credentials)/\(name)")
        }
        // Swift takes CR LF for one character.
        if text.last == "\n" || text.last == "\r\n" { text.removeLast() }
        guard !text.isEmpty else { throw Problem(description: "\(place) is empty") }
        return SecretValue(text)
    }

    /// Where the secret is, in words.
    public var place: String {
        switch source {
        case .environment(let name): "the environment variable \(name)"
        case .file(let path): "the file \(path)"
        case .credential(let name): "the credential \(name)"
        }
    }

    private static func read(_ path: String) throws(Problem) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw Problem(description: "the file \(path) cannot be opened")
        }
        let data: Data
        do {
            data = try handle.read(upToCount: longest + 1) ?? Data()
            try handle.close()
        } catch { throw Problem(description: "the file \(path) cannot be read") }
        guard data.count <= longest else { throw Problem(description: "the file \(path) is over \(longest) bytes") }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Problem(description: "the file \(path) is not UTF-8")
        }
        return text
    }
}

/// A secret's text. Printing it says `<secret>`.
public struct SecretValue: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself; hand it to whoever needs it and to nothing that prints.
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
