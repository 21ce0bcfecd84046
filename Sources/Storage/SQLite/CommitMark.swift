internal import Foundation
internal import Offboarding
internal import Synchronization

/// How far the write-ahead log and the deliveries had come when somebody was last told that something is stored, in a
/// small file beside the store.
///
/// SQLite takes of a log what is whole from its beginning, and says nothing of what stands behind the first damaged place.
/// This file knows better. It is written after each commit's synchronization and is not synchronized itself: it survives
/// the process, and after a power cut it may claim less than was stored, but never more.
///
/// The daemon writes it. Whoever opens the store while no daemon has it compares first, and then takes the claim about the
/// log back, since without a daemon others may copy the log back and remove it.
final class CommitMark: Sendable {
    struct Claim: Sendable, Equatable {
        /// What tells one log from the next that is begun in the same file.
        var salts: UInt64 = 0
        /// The pages of the log up to the last commit; 0 where nothing is claimed about the log.
        var frames: UInt64 = 0
        /// The row of the newest delivery.
        var sequence: Int64 = 0
        /// When that one was received, in milliseconds since 1970.
        var receivedAt: Int64 = 0
    }

    private static let magic: UInt64 = 0x564F_6666_4D61_726B
    private static let words = 6
    /// How long to wait for another process that compares, which takes milliseconds.
    private static let patience = 500
    private static let pause: UInt32 = 10_000

    /// What the file said when it was opened; `nil` where another process has the store open as its daemon, or where the
    /// file says nothing.
    let found: Claim?
    private let path: String
    private let role: StoreRole
    private let descriptor: CInt
    /// Whether no daemon had the store when this was opened.
    private let isAlone: Bool
    private let log = Mutex<CInt>(-1)
    private let claim: Mutex<Claim>
    /// How long the last commit made the log; 0 once that is claimed.
    private let pages = Atomic<Int32>(0)

    /// - Throws: `StoreError` with `unavailable` where the file cannot be made.
    init(store path: String, role: StoreRole) throws(StoreError) {
        self.path = path + ".mark"
        self.role = role
        descriptor = Foundation.open(self.path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(.unavailable, "cannot open \(self.path): \(StoreFile.reason(errno))")
        }
        isAlone = Self.lock(descriptor, role)
        found = isAlone ? Self.read(descriptor) : nil
        claim = Mutex(found ?? Claim())
    }

    deinit {
        Foundation.close(descriptor)
        log.withLock { if $0 >= 0 { Foundation.close($0) } }
    }

    /// A daemon keeps a shared lock as long as it lives; whoever compares has an exclusive one.
    ///
    /// - Returns: whether no daemon has it.
    private static func lock(_ descriptor: CInt, _ role: StoreRole) -> Bool {
        for _ in 0..<patience {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            // There is no second daemon: that lock was taken before.
            if role == .command, flock(descriptor, LOCK_SH | LOCK_NB) == 0 {
                flock(descriptor, LOCK_UN)
                return false
            }
            usleep(pause)
        }
        return false
    }

    private static func read(_ descriptor: CInt) -> Claim? {
        var words = [UInt64](repeating: 0, count: words)
        let bytes = words.count * MemoryLayout<UInt64>.size
        guard pread(descriptor, &words, bytes, 0) == bytes, words[0] == magic, words[5] == checksum(words) else {
            return nil
        }
        return Claim(
            salts: words[1],
            frames: words[2],
            sequence: Int64(bitPattern: words[3]),
            receivedAt: Int64(bitPattern: words[4])
        )
    }

    /// FNV-1a over the words before it: tells a file that was written half from a whole one.
    private static func checksum(_ words: [UInt64]) -> UInt64 {
        words.prefix(5).reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ $1) &* 0x100_0000_01b3 }
    }

    /// Begins anew for a store that is open and has been compared.
    ///
    /// - Parameters:
    ///   - sequence: of the newest delivery that is there.
    ///   - receivedAt: when it was received.
    ///   - log: the log's path.
    func begin(sequence: Int64, receivedAt: Int64, log path: String) {
        guard role == .daemon || isAlone else { return }
        if role == .daemon { log.withLock { $0 = Foundation.open(path, O_RDONLY | O_CLOEXEC) } }
        claim.withLock { claim in
            claim = Claim(sequence: sequence, receivedAt: receivedAt)
            write(claim)
        }
        flock(descriptor, role == .daemon ? LOCK_SH : LOCK_UN)
    }

    /// Remembers how long a commit has made the log, for ``noteCommit(newest:)``.
    func noteLog(pages: Int32) { self.pages.store(pages, ordering: .relaxed) }

    /// Claims what a commit has stored. Call it after the commit and before anybody is told.
    ///
    /// - Parameter newest: the newest delivery of the commit, where it stored any.
    func noteCommit(newest: NewestDelivery?) {
        let frames = UInt64(pages.exchange(0, ordering: .relaxed).magnitude)
        guard frames > 0 || newest != nil else { return }
        claim.withLock { claim in
            if let newest { (claim.sequence, claim.receivedAt) = (newest.sequence, newest.receivedAt) }
            if frames > 0 {
                // Only a log that was begun anew gets shorter. Reading its salts each time could take those of one that
                // another process begins in this very moment, and claim too much of it.
                if claim.frames == 0 || frames <= claim.frames { claim.salts = readSalts() }
                claim.frames = claim.salts == 0 ? 0 : frames
            }
            write(claim)
        }
    }

    /// Claims nothing about the log any more, durably: it is about to be copied back and emptied.
    func release() {
        claim.withLock { claim in
            claim.frames = 0
            write(claim)
        }
        // Else a power cut could leave a claim about a log that was emptied.
        fsync(descriptor)
    }

    private func readSalts() -> UInt64 {
        var salts: UInt64 = 0
        let count = log.withLock { pread($0, &salts, LogCheck.saltsLength, LogCheck.saltsPlace) }
        return count == LogCheck.saltsLength ? salts : 0
    }

    private func write(_ claim: Claim) {
        var words = [
            Self.magic, claim.salts, claim.frames, UInt64(bitPattern: claim.sequence),
            UInt64(bitPattern: claim.receivedAt), 0,
        ]
        words[5] = Self.checksum(words)
        // Where the disk does not take it, the claim is an older one, and less would be noticed.
        _ = pwrite(descriptor, words, words.count * MemoryLayout<UInt64>.size, 0)
    }
}
