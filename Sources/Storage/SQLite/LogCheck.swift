internal import Foundation

/// Reads a write-ahead log as SQLite does when it opens a store (SQLite's file format, section 4), to see how much of it
/// SQLite will take.
struct LogCheck {
    /// Where the two salts stand in the log's header, and their length in bytes.
    static let saltsPlace: off_t = 16
    static let saltsLength = 8

    /// The pages up to the last whole commit, no further than asked; `nil` where the log is another one than was asked
    /// for, or there is none to compare.
    let taken: UInt64?
    /// Whether there is no log, or an empty one.
    let isGone: Bool

    private static let headerLength = 32
    private static let frameHeaderLength = 24

    /// - Parameters:
    ///   - path: the log's.
    ///   - claim: how far it was seen to go, and which log it was.
    init(_ path: String, claim: CommitMark.Claim) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            (taken, isGone) = (0, true)
            return
        }
        defer { close(descriptor) }
        var information = stat()
        isGone = fstat(descriptor, &information) == 0 && information.st_size == 0
        var header = [UInt8](repeating: 0, count: Self.headerLength)
        guard pread(descriptor, &header, header.count, 0) == header.count else {
            taken = 0
            return
        }
        let isBigEndian: Bool
        switch Self.word(header, 0, bigEndian: true) {
        case 0x377f_0682: isBigEndian = false
        case 0x377f_0683: isBigEndian = true
        default:
            taken = 0
            return
        }
        var sum = Checksum(isBigEndian: isBigEndian)
        sum.add(header[..<24])
        guard sum.matches(header, at: 24) else {
            taken = 0
            return
        }
        var salts: UInt64 = 0
        withUnsafeMutableBytes(of: &salts) { $0.copyBytes(from: header[16..<24]) }
        // A log that was begun anew since: what was in the one before had been copied back by then.
        guard salts == claim.salts else {
            taken = nil
            return
        }
        let pageSize = Int(Self.word(header, 8, bigEndian: true))
        guard (512...65_536).contains(pageSize), pageSize.nonzeroBitCount == 1 else {
            taken = 0
            return
        }
        taken = Self.wholeCommits(descriptor, header: header, pageSize: pageSize, sum: sum, upTo: claim.frames)
    }

    private static func wholeCommits(
        _ descriptor: CInt,
        header: [UInt8],
        pageSize: Int,
        sum: Checksum,
        upTo last: UInt64
    ) -> UInt64 {
        var sum = sum
        var committed: UInt64 = 0
        var frame = [UInt8](repeating: 0, count: frameHeaderLength + pageSize)
        for number in 0..<last {
            let place = headerLength + Int(number) * frame.count
            guard pread(descriptor, &frame, frame.count, off_t(place)) == frame.count else { break }
            guard frame[8..<16] == header[16..<24] else { break }
            sum.add(frame[..<8])
            sum.add(frame[frameHeaderLength...])
            guard sum.matches(frame, at: 16) else { break }
            // The size of the store after a commit stands in its last frame.
            if word(frame, 4, bigEndian: true) != 0 { committed = number + 1 }
        }
        return committed
    }

    private static func word(_ bytes: [UInt8], _ place: Int, bigEndian: Bool) -> UInt32 {
        let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: UInt32.self) }
        return bigEndian ? UInt32(bigEndian: value) : UInt32(littleEndian: value)
    }

    /// The running checksum of a log (section 4.2).
    private struct Checksum {
        let isBigEndian: Bool
        private var first: UInt32 = 0
        private var second: UInt32 = 0

        init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

        /// - Parameter bytes: a multiple of eight.
        mutating func add(_ bytes: ArraySlice<UInt8>) {
            var (one, two) = (first, second)
            bytes.withUnsafeBytes { bytes in
                for place in stride(from: 0, to: bytes.count, by: 8) {
                    let left = bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)
                    let right = bytes.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self)
                    one = one &+ (isBigEndian ? UInt32(bigEndian: left) : UInt32(littleEndian: left)) &+ two
                    two = two &+ (isBigEndian ? UInt32(bigEndian: right) : UInt32(littleEndian: right)) &+ one
                }
            }
            (first, second) = (one, two)
        }

        /// Whether the sum stands at a place, where it is always written big-endian.
        func matches(_ bytes: [UInt8], at place: Int) -> Bool {
            word(bytes, place, bigEndian: true) == first && word(bytes, place + 4, bigEndian: true) == second
        }
    }
}
