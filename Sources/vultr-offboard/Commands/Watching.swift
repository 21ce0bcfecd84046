import ArgumentParser
import Foundation
import Offboarding
import Presentation

/// Whether a command goes on showing what changes.
struct WatchOption: ParsableArguments {
    @Flag(name: .long, help: "Go on until interrupted: draws anew on a terminal, else writes a line for each change.")
    var watch = false
}

/// Looks at the store again and again, and shows what became of it.
struct Watching: Sendable {
    /// One thing that is watched, such as a case.
    struct Item: Sendable, Equatable {
        let id: String
        /// The line that tells of a change, for people.
        let line: String
        let json: JSONOutput
    }

    /// What one look found.
    struct Look: Sendable {
        /// In the order in which they are drawn, newest first.
        let items: [Item]
        /// All of it, for a terminal.
        let text: String
        /// Whether nothing more is to be expected.
        var isOver = false
    }

    let terminal: Terminal
    let json: Bool
    let time: any TimeSource

    /// Seconds between two looks: a person sees no difference, and the store hardly notices.
    private static let interval: TimeInterval = 1

    /// Shows each look until the process is interrupted or there is nothing more to expect.
    ///
    /// - Parameter look: opens the store anew each time, so that a restored one is noticed.
    /// - Throws: what `look` throws.
    func run(_ look: (Terminal) async throws -> Look) async throws {
        // What is said about the store itself is said once.
        var quiet = terminal
        quiet.write = { _, _ in }
        var isFirst = true
        var known: [String: Item] = [:]
        while true {
            let now = try await look(isFirst ? terminal : quiet)
            if !json, let screen = terminal.screen() {
                draw(now.text, on: screen)
            } else {
                for item in now.items.reversed() where known[item.id] != item {
                    terminal.print(json ? item.json.compact : item.line)
                }
                known = Dictionary(now.items.map { ($0.id, $0) }) { first, _ in first }
            }
            if now.isOver { return }
            isFirst = false
            try await time.sleep(seconds: Self.interval)
        }
    }

    /// In one piece, so that nothing flickers and an interruption leaves the terminal as it was.
    private func draw(_ text: String, on screen: Terminal.Screen) {
        let heading = "\(TimeText.text(time.now()))  every \(Int(Self.interval)) s, Ctrl-C ends"
        var lines = ["", ""] + text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        lines[0] = terminal.hasColours ? Colour.faint.paint(heading) : heading
        // One line is left for the cursor.
        let most = max(3, screen.rows - 1)
        if lines.count > most {
            lines = lines.prefix(most - 1) + ["… and \(lines.count - most + 1) lines more"]
        }
        terminal.write(Terminal.Screen.anew + lines.map { $0 + "\n" }.joined() + Terminal.Screen.end, STDOUT_FILENO)
    }
}
