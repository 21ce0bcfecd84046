import Synchronization

/// What libmicrohttpd says while it starts: its only account of why it did not.
final class StartMessages: Sendable {
    private struct Contents {
        var isListening = false
        var messages: [String] = []
    }

    private let contents = Mutex(Contents())
    /// The library says one line or two; a bound all the same.
    private static let most = 16

    var isListening: Bool { contents.withLock { $0.isListening } }

    func begin() {
        contents.withLock { $0 = Contents(isListening: true) }
    }

    /// Stops listening and returns what was said.
    func end() -> [String] {
        contents.withLock { contents in
            let messages = contents.messages
            contents = Contents()
            return messages
        }
    }

    func note(_ message: String) {
        contents.withLock { contents in
            guard contents.isListening, contents.messages.count < Self.most else { return }
            contents.messages.append(message)
        }
    }
}
