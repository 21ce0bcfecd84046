import Foundation
import Logging
import Offboarding

/// Keeps resident the code that the daemon runs, and not what its start ran.
///
/// Most of what an idle daemon has resident is code that only a start needs: Swift's runtime looks through the whole
/// program for conformances, and the kernel maps sixteen pages around each one that is touched. Code is never written to,
/// so that it can be let go of at any time; what is run again is mapped again from the system's cache.
struct MappedCode: Sendable {
    let time: any TimeSource
    let logger: Logger

    /// Seconds after which a start is over.
    private static let patience: TimeInterval = 1
    private static let list = "/proc/self/maps"

    /// Lets go of it once, when the start is over.
    func release() async {
        do { try await time.sleep(seconds: Self.patience) } catch { return }
        do {
            try Self.letGo()
        } catch {
            logger.debug("code stays resident", metadata: ["error": "\(error)"])
        }
    }

    /// - Throws: an error of Foundation where the kernel tells no mappings.
    private static func letGo() throws {
        // A file handle reads to the end: the kernel gives it out a page at a time, and says that the file is empty.
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: list))
        defer { handle.closeFile() }
        let lines = String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self).split(separator: "\n")
        // All are found first, since finding them runs code.
        for range in lines.compactMap({ code(in: $0) }) {
            guard let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound) else { continue }
            // Nothing depends on it.
            _ = madvise(start, range.count, MADV_DONTNEED)
        }
    }

    /// Where a mapping is that holds code of a file, such as `55d0-55f0 r-xp 00001000 fe:00 12 /usr/bin/vultr-offboard`;
    /// `nil` for any other.
    static func code(in line: some StringProtocol) -> Range<UInt>? {
        let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
        // Spaces stand in columns before the path, and may be in it.
        guard fields.count == 6, fields[1] == "r-xp", fields[5].drop(while: { $0 == " " }).hasPrefix("/") else {
            return nil
        }
        let bounds = fields[0].split(separator: "-").map { UInt($0, radix: 16) }
        guard bounds.count == 2, let start = bounds[0], let end = bounds[1], start < end else { return nil }
        return start..<end
    }
}
