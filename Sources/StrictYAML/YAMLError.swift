/// A problem in a configuration, with its place. One line, without any secret.
public struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
    public let file: String
    /// From 1.
    public let line: Int
    /// From 1.
    public let column: Int
    /// The keys that lead there, such as `senders[0].signature.header`; empty for the document itself.
    public let keyPath: String
    public let message: String
    /// What to do instead, such as "did you mean port?".
    public let hint: String?

    public init(_ mark: YAMLMark, keyPath: String = "", message: String, hint: String? = nil) {
        file = mark.file
        line = mark.line
        column = mark.column
        self.keyPath = keyPath
        self.message = message
        self.hint = hint
    }

    public var description: String {
        let place = keyPath.isEmpty ? "\(file):\(line): " : "\(file):\(line): \(keyPath): "
        return place + message + (hint.map { " (\($0))" } ?? "")
    }
}

/// All problems of a configuration, by file and line.
public struct YAMLErrors: Error, Sendable, Equatable, CustomStringConvertible {
    /// Never empty.
    public let errors: [YAMLError]

    public init(_ errors: [YAMLError]) { self.errors = errors }

    /// One problem a line.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// Collects problems while a configuration is read.
public final class YAMLProblems {
    public private(set) var errors: [YAMLError] = []

    public init() {}

    public func report(_ error: YAMLError) {
        guard !errors.contains(error) else { return }
        errors.append(error)
    }

    /// - Throws: ``YAMLErrors`` when anything was reported, in the order of the files' lines.
    public func throwIfAny() throws(YAMLErrors) {
        guard !errors.isEmpty else { return }
        throw YAMLErrors(errors.sorted { ($0.file, $0.line, $0.column) < ($1.file, $1.line, $1.column) })
    }
}
