import Foundation
import Logging
import Presentation

/// Writes each event as one line to standard error.
///
/// Above debug it takes out whatever looks like an email: the last of several nets, since an error of a library may
/// hold anything.
struct LineLogHandler: LogHandler {
    let format: LogSettings.Format
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let write: @Sendable (String) -> Void
    private let now: @Sendable () -> Date

    init(
        format: LogSettings.Format,
        now: @escaping @Sendable () -> Date = { Date() },
        write: @escaping @Sendable (String) -> Void = { Terminal.write($0, to: STDERR_FILENO) }
    ) {
        self.format = format
        self.now = now
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadataProvider?.get() ?? [:]
        all.merge(metadata) { $1 }
        all.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error, all["error"] == nil { all["error"] = "\(error)" }
        let isPrivate = event.level <= .debug
        let fields = all.sorted { $0.key < $1.key }.map { key, value in
            (key: key, text: isPrivate ? value.description : Self.withoutEmails(value.description))
        }
        let message = isPrivate ? event.message.description : Self.withoutEmails(event.message.description)
        // One write a line: lines of several threads do not mix.
        switch format {
        case .json: write(Self.json(time: now(), level: event.level, message: message, fields: fields) + "\n")
        case .text: write(Self.text(time: now(), level: event.level, message: message, fields: fields) + "\n")
        }
    }

    private static func json(
        time: Date,
        level: Logger.Level,
        message: String,
        fields: [(key: String, text: String)]
    ) -> String {
        let own: [(key: String, value: JSONOutput)] = [
            ("time", .text(TimeText.text(time))), ("level", .text(level.rawValue)), ("message", .text(message)),
        ]
        let taken = Set(own.map(\.key))
        return JSONOutput.object(
            own + fields.map { (key: taken.contains($0.key) ? "_\($0.key)" : $0.key, value: .text($0.text)) }
        ).compact
    }

    private static func text(
        time: Date,
        level: Logger.Level,
        message: String,
        fields: [(key: String, text: String)]
    ) -> String {
        let rest = fields.map { field in
            let isPlain = !field.text.isEmpty && !field.text.contains { $0.isWhitespace || $0 == "\"" }
            return " \(field.key)=" + (isPlain ? HarmlessText.text(field.text) : JSONOutput.text(field.text).compact)
        }
        let line = "\(TimeText.text(time)) \(level.rawValue.padding(to: 7)) \(HarmlessText.text(message))"
        return line + rest.joined()
    }

    /// The text with everything around an `@` replaced, as far as an email could reach.
    static func withoutEmails(_ text: String) -> String {
        guard text.contains("@") else { return text }
        var out = ""
        var word = ""
        func flush() {
            // An @ at the start or the end of a word has no email around it.
            let parts = word.split(separator: "@", omittingEmptySubsequences: false)
            out += parts.count > 1 && parts.contains { !$0.isEmpty } ? "<email>" : word
            word = ""
        }
        for character in text {
            if character.isWhitespace || "\"'<>()[]{},;=".contains(character) {
                flush()
                out.append(character)
            } else {
                word.append(character)
            }
        }
        flush()
        return out
    }
}
