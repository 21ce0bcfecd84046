import Foundation

/// Where a command writes: data to standard output, everything else to standard error.
struct Terminal: Sendable {
    /// Whether standard output shows colours.
    let hasColours: Bool
    /// Whether somebody watches standard error, so that progress is worth showing.
    let showsProgress: Bool
    /// Whether somebody can answer a question.
    let isInteractive: Bool
    /// Writes text to a file descriptor.
    var write: @Sendable (_ text: String, _ descriptor: Int32) -> Void = Self.write
    /// Reads a line of what the person types; `nil` at the end.
    var readAnswer: @Sendable () -> String? = { readLine(strippingNewline: true) }
    /// The screen that standard output is, as large as it is now; `nil` where it is a file or a pipe.
    var screen: @Sendable () -> Screen? = { nil }

    /// A screen that can be drawn anew.
    struct Screen: Sendable {
        let rows: Int

        /// Goes to the upper left corner and breaks no long lines until ``end``.
        static let anew = "\u{1B}[H\u{1B}[2J\u{1B}[?7l"
        static let end = "\u{1B}[?7h"

        /// Where nobody says how large it is, as terminals were.
        private static let usualRows = 24

        /// Standard output's.
        static func standard() -> Screen? {
            guard isatty(STDOUT_FILENO) == 1 else { return nil }
            var size = winsize()
            guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else {
                return Screen(rows: usualRows)
            }
            return Screen(rows: Int(size.ws_row))
        }
    }

    /// The process's own.
    static var standard: Terminal {
        let environment = ProcessInfo.processInfo.environment
        let isDumb = environment["TERM"] == "dumb"
        // https://no-color.org: any value that is not empty.
        let isPlain = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        return Terminal(
            hasColours: isatty(STDOUT_FILENO) == 1 && !isPlain && !isDumb,
            showsProgress: isatty(STDERR_FILENO) == 1 && !isDumb,
            isInteractive: isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1,
            screen: { isDumb ? nil : Screen.standard() }
        )
    }

    /// Writes data, with a line's end behind it.
    func print(_ text: String) { write(text + "\n", STDOUT_FILENO) }

    /// Tells the person something that is no data.
    func note(_ text: String) { write(text + "\n", STDERR_FILENO) }

    /// Asks a question that is answered with yes or no; no by default, and at the end of input.
    func confirm(_ question: String) -> Bool {
        write(question + " [y/N] ", STDERR_FILENO)
        let answer = readAnswer()?.trimmingCharacters(in: .whitespaces) ?? ""
        return ["y", "Y", "yes", "Yes", "YES"].contains(answer)
    }

    /// Shows, or replaces, the one line that tells how far something is; an empty text removes it.
    func progress(_ text: String) {
        guard showsProgress else { return }
        write("\r\u{1B}[K" + text, STDERR_FILENO)
    }

    /// Writes all of a text; gives up where nobody reads any more.
    @Sendable static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                return
            }
            rest = rest.dropFirst(written)
        }
    }
}

/// A colour that means something.
enum Colour: String, Sendable {
    case good = "\u{1B}[32m"
    case waiting = "\u{1B}[33m"
    case bad = "\u{1B}[31m"
    case faint = "\u{1B}[2m"

    static let end = "\u{1B}[0m"

    func paint(_ text: String) -> String { rawValue + text + Self.end }
}
