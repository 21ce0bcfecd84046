import Foundation

/// A notice that is told once a day, over restarts. The first one comes a day after the first start.
struct DailyNotice: Sendable {
    /// What is told, so that the store knows when it was.
    let subject: String

    /// Seconds between two.
    static let interval: TimeInterval = 86_400

    /// Puts it up if the last one is a day old.
    ///
    /// - Parameter make: the notice, of what happened since a time; `nil` where there is nothing to tell.
    func postIfDue(
        in store: any Store,
        at now: Date,
        _ make: @escaping @Sendable (_ since: Date, _ session: any StoreReadings) throws -> Notice?
    ) async throws {
        let subject = subject
        let last = try await store.read { try $0.noticeCause(of: subject) }
        let told = last.flatMap(TimeInterval.init)
        let since = told.map { now.timeIntervalSince1970 - $0 }
        // A clock that was set back: count from now on.
        if let since, (0..<Self.interval).contains(since) { return }
        let from = told.map { Date(timeIntervalSince1970: $0) }
        let notice = try await store.read { session in
            guard let from, from <= now else { return Notice?.none }
            return try make(from, session)
        }
        try await store.write { session in
            // Another daemon may have been quicker.
            guard try session.noticeCause(of: subject) == last else { return }
            try session.setNoticeCause(String(Int(now.timeIntervalSince1970)), of: subject)
            if let notice { try session.insert(notice) }
        }
    }
}
