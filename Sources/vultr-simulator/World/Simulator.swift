import NIOCore
import Synchronization

/// The simulated Vultr, shared by all connections.
final class Simulator: Sendable {
    private let statePath: String
    private let world: Mutex<World>

    /// - Throws: ``StateError`` for a wrong state file and for a log that cannot be opened.
    init(statePath: String, logPath: String?) throws(StateError) {
        self.statePath = statePath
        world = Mutex(World(try StateFile(path: statePath), log: try CallLog(path: logPath)))
    }

    /// Decides what becomes of a request. The log has the call when this returns.
    func react(to request: APIRequest) -> Reaction {
        guard request.path == "/_simulator" || request.path.hasPrefix("/_simulator/") else {
            return world.withLock { $0.react(to: request) }
        }
        let segments = request.path.split(separator: "/").dropFirst().map(String.init)
        do throws(StateError) {
            let answer =
                request.method == "POST" && segments == ["reset"]
                ? try reset()
                : try control(request, segments)
            return .answer(answer ?? .failure(404, "no such control endpoint"), after: .zero)
        } catch {
            return .answer(.failure(400, error.description), after: .zero)
        }
    }

    private func control(_ request: APIRequest, _ segments: [String]) throws(StateError) -> Answer? {
        // A typed throw does not pass through `withLock`, so the result carries it.
        let result = world.withLock { world in
            Result { () throws(StateError) in try world.control(request.method, segments, request.body) }
        }
        return try result.get()
    }

    /// Reads the state file again and forgets all calls.
    private func reset() throws(StateError) -> Answer {
        let state = try StateFile(path: statePath)
        world.withLock { world in
            var log = world.log
            log.clear()
            world = World(state, log: log)
        }
        return .json(200, .object([("reset", .bool(true))]))
    }
}
