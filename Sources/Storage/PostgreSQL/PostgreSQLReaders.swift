internal import Foundation
internal import Offboarding
internal import Synchronization

/// Sessions that read side by side, each opened when it is first needed.
final class PostgreSQLReaders: Sendable {
    /// One session, which one reading at a time has.
    private final class Reader: Sendable {
        let database: Mutex<PostgreSQLDatabase>

        init(_ server: PostgreSQLServer) { database = Mutex(PostgreSQLDatabase(server)) }
    }

    private struct State {
        var idle: [Reader]
        var waiting: [CheckedContinuation<Reader, Never>] = []
    }

    private let state: Mutex<State>
    private let all: [Reader]
    private let queue = DispatchQueue(label: "store readers", attributes: .concurrent)

    init(_ server: PostgreSQLServer, count: Int) {
        all = (0..<count).map { _ in Reader(server) }
        state = Mutex(State(idle: all))
    }

    func read<Answer: Sendable>(
        _ body: @escaping @Sendable (any StoreReadings) throws -> Answer
    ) async throws -> Answer {
        let reader = await take()
        defer { give(reader) }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(
                    with: Result {
                        try reader.database.withLock { database in
                            try database.reading { try body(SQLSession(database)) }
                        }
                    }.mapError(StoreError.translated)
                )
            }
        }
    }

    func close() {
        for reader in all { reader.database.withLock { $0.close() } }
    }

    private func take() async -> Reader {
        await withCheckedContinuation { continuation in
            let idle = state.withLock { state -> Reader? in
                if let idle = state.idle.popLast() { return idle }
                state.waiting.append(continuation)
                return nil
            }
            if let idle { continuation.resume(returning: idle) }
        }
    }

    private func give(_ reader: Reader) {
        let next = state.withLock { state -> CheckedContinuation<Reader, Never>? in
            if !state.waiting.isEmpty { return state.waiting.removeFirst() }
            state.idle.append(reader)
            return nil
        }
        next?.resume(returning: reader)
    }
}
