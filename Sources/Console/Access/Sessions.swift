import Foundation
public import Offboarding
import Synchronization
import WebhookSignature

/// Who is signed in by a cookie. In memory alone: a restart signs everybody out.
public final class Sessions: Sendable {
    /// Somebody who signed in.
    struct Session: Sendable {
        let token: ConsoleToken
        /// What every form carries.
        let csrf: String
        let begunAt: Date
        var usedAt: Date
    }

    /// How long a session lasts at most, in seconds: a working day.
    static let longest: TimeInterval = 12 * 3600
    /// How long it lasts without a request, in seconds.
    static let idle: TimeInterval = 2 * 3600
    /// How many there can be; beyond it the one that was used longest ago ends.
    static let most = 1000

    private let time: any TimeSource
    /// By the SHA-256 of their ids, so that looking one up tells nothing about the ids of others.
    private let sessions = Mutex<[[UInt8]: Session]>([:])

    public init(time: any TimeSource) { self.time = time }

    /// Begins a session.
    ///
    /// - Returns: the session and its id, which is known to the browser alone.
    /// - Throws: `SignatureError`.
    func begin(_ token: ConsoleToken) throws -> (id: String, session: Session) {
        let id = RandomText.make()
        let digest = try SHA256.digest(of: Array(id.utf8))
        let now = time.now()
        let session = Session(token: token, csrf: RandomText.make(), begunAt: now, usedAt: now)
        sessions.withLock { sessions in
            sessions = sessions.filter { Self.isValid($0.value, at: now) }
            if sessions.count >= Self.most, let oldest = sessions.min(by: { $0.value.usedAt < $1.value.usedAt }) {
                sessions[oldest.key] = nil
            }
            sessions[digest] = session
        }
        return (id, session)
    }

    /// The session of an id, which counts as used by that; `nil` where there is none any more.
    ///
    /// - Throws: `SignatureError`.
    func session(_ id: String) throws -> Session? {
        guard id.utf8.count == RandomText.length else { return nil }
        let digest = try SHA256.digest(of: Array(id.utf8))
        let now = time.now()
        return sessions.withLock { sessions in
            guard var found = sessions[digest] else { return nil }
            guard Self.isValid(found, at: now) else {
                sessions[digest] = nil
                return nil
            }
            found.usedAt = now
            sessions[digest] = found
            return found
        }
    }

    /// Ends a session.
    ///
    /// - Throws: `SignatureError`.
    func end(_ id: String) throws {
        let digest = try SHA256.digest(of: Array(id.utf8))
        sessions.withLock { $0[digest] = nil }
    }

    /// A clock that was set back ends nothing, and lets nothing last longer than from then on.
    private static func isValid(_ session: Session, at now: Date) -> Bool {
        now.timeIntervalSince(session.begunAt) < longest && now.timeIntervalSince(session.usedAt) < idle
            && now.timeIntervalSince(session.begunAt) > -longest
    }
}

/// Text that cannot be guessed: 256 random bits.
package enum RandomText {
    /// Its length in bytes and characters.
    package static let length = 43

    /// 43 characters of base64url, from the system's generator.
    package static func make() -> String {
        var random = SystemRandomNumberGenerator()
        var bytes = Data()
        for _ in 0..<4 {
            let word: UInt64 = random.next()
            withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
        }
        return bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
