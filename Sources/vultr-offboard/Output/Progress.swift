import Foundation

/// Tells a watching person that something is still going on, once it takes longer than a second.
struct Progress: Sendable {
    let terminal: Terminal

    private static let quiet = Duration.seconds(1)
    private static let step = Duration.milliseconds(500)

    /// Does something, with a line of progress meanwhile where somebody watches.
    func during<Answer: Sendable>(
        _ what: String,
        _ body: @Sendable () async throws -> Answer
    ) async rethrows -> Answer {
        guard terminal.showsProgress else { return try await body() }
        let began = ContinuousClock.now
        let ticker = Task {
            do {
                try await Task.sleep(for: Self.quiet)
                while true {
                    let seconds = Int((ContinuousClock.now - began).seconds)
                    terminal.progress("\(what) … \(seconds) s")
                    try await Task.sleep(for: Self.step)
                }
            } catch {
                // Cancelled below: the work is done.
                terminal.progress("")
            }
        }
        do {
            let answer = try await body()
            ticker.cancel()
            await ticker.value
            return answer
        } catch {
            ticker.cancel()
            await ticker.value
            throw error
        }
    }
}
