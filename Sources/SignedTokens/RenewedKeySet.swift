public import Foundation
import Synchronization

/// A key set that somebody renews in the background, from a file or a URL.
///
/// It knows when a renewal is due and keeps the last good set when one fails; what reads and fetches is the composition
/// root's, once a second: `if isDue(at:) { await renew(…) }`.
public final class RenewedKeySet: JWKSSource {
    /// Seconds after which a fetched set is fetched again.
    static let fetchInterval: TimeInterval = 3600
    /// Seconds after which a file is read again, so that a key that was taken out of it is gone soon.
    static let fileInterval: TimeInterval = 60
    /// The least seconds between two renewals because of unknown keys, which strangers can name at will.
    static let unknownKeyInterval: TimeInterval = 60
    /// Seconds until a failed renewal is tried again; doubled with each failure up to the longest.
    static let firstRetry: TimeInterval = 5
    static let longestRetry: TimeInterval = 300

    public let location: TokenRule.KeySetLocation
    private let algorithms: [TokenAlgorithm]
    private let json: TokenValue.Reader
    private let state = Mutex(State())

    private struct State {
        var keySet: KeySet?
        /// The document that the set was made from.
        var bytes: [UInt8] = []
        var attemptedAt: Date?
        var failures = 0
        var noticedAt: Date?
        /// Whether an unknown key asks for a renewal that has not ended.
        var isWanted = false
    }

    /// - Parameter location: where a file is named, by an absolute path.
    public init(location: TokenRule.KeySetLocation, algorithms: [TokenAlgorithm], json: @escaping TokenValue.Reader) {
        self.location = location
        self.algorithms = algorithms
        self.json = json
    }

    public func keySet() -> KeySet? { state.withLock { $0.keySet } }

    public func noteUnknownKey(at now: Date) -> Bool {
        let isTooEarly = state.withLock { state -> Bool? in
            if state.isWanted { return false }
            if let at = state.noticedAt, Self.seconds(from: at, to: now) < Self.unknownKeyInterval { return true }
            state.noticedAt = now
            if case .url = location { state.isWanted = true }
            return state.isWanted ? false : nil
        }
        if let isTooEarly { return !isTooEarly }
        // A file says at once whether it has changed, so a made-up key id need not look like trouble of ours.
        guard case .file(let path) = location, let bytes = Self.contents(of: path) else { return false }
        return state.withLock { state in
            state.isWanted = state.isWanted || bytes != state.bytes
            return state.isWanted
        }
    }

    /// Whether the set is to be read again now.
    public func isDue(at now: Date) -> Bool {
        state.withLock { state in
            guard let attemptedAt = state.attemptedAt, !state.isWanted else { return true }
            let interval: TimeInterval
            switch location {
            case _ where state.failures > 0:
                interval = min(Self.firstRetry * pow(2, Double(state.failures - 1)), Self.longestRetry)
            case .file: interval = Self.fileInterval
            case .url: interval = Self.fetchInterval
            }
            return Self.seconds(from: attemptedAt, to: now) >= interval
        }
    }

    /// Takes a document that was read.
    ///
    /// - Throws: `KeySetDocument.Problem` where it cannot be used; the last good set stays.
    public func renew(with bytes: [UInt8], at now: Date) async throws(KeySetDocument.Problem) {
        guard state.withLock({ $0.keySet == nil || $0.bytes != bytes }) else { return settle(at: now) { _ in } }
        do {
            let keySet = try await KeySet(try KeySetDocument(bytes, json: json), algorithms: algorithms)
            settle(at: now) { state in
                state.keySet = keySet
                state.bytes = bytes
            }
        } catch {
            renewalFailed(at: now)
            throw error
        }
    }

    /// Reads the file where the location is one, and takes it.
    ///
    /// - Throws: `KeySetDocument.Problem`, also where it cannot be read.
    public func renewFromFile(at now: Date) async throws(KeySetDocument.Problem) {
        guard case .file(let path) = location else { return }
        guard let bytes = Self.contents(of: path) else {
            renewalFailed(at: now)
            throw KeySetDocument.Problem(description: "cannot be read")
        }
        try await renew(with: bytes, at: now)
    }

    /// Takes note that the document could not be had. The last good set stays.
    public func renewalFailed(at now: Date) {
        state.withLock { state in
            state.attemptedAt = now
            state.failures = min(state.failures + 1, 16)
            state.isWanted = false
        }
    }

    /// The bytes of a file, one more than the longest document at most; `nil` where it cannot be read.
    static func contents(of path: String) -> [UInt8]? {
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        do {
            let data = try handle.read(upToCount: KeySetDocument.longest + 1) ?? Data()
            try handle.close()
            return Array(data)
        } catch { return nil }
    }

    private func settle(at now: Date, _ change: (inout State) -> Void) {
        state.withLock { state in
            change(&state)
            state.attemptedAt = now
            state.failures = 0
            state.isWanted = false
        }
    }

    /// A clock that was set back must not put off a renewal for as long.
    private static func seconds(from earlier: Date, to now: Date) -> TimeInterval {
        abs(now.timeIntervalSince(earlier))
    }
}
