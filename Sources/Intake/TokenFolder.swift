public import Foundation

/// Keeps the tokens that a sender hands over in its handshake, in a file that only the operator can read.
///
/// Anybody can send such a token, so a file takes a few and then no more, and nothing of ours ever uses one: the operator
/// takes it to the sender, who says whether it is its own, and only then into the configuration.
public actor TokenFolder {
    /// What became of a token.
    public enum Outcome: Sendable, Equatable {
        /// It was written into the file of this path.
        case kept(String)
        /// The file has it.
        case known
        /// The file holds as many as it may.
        case full
    }

    /// Why a token could not be kept. Holds nothing of it.
    public struct Problem: Error, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// The most tokens in one file. A sender needs one; a second comes where its handshake was begun again.
    public static let mostTokens = 10
    /// The longest file that is read: what ten tokens with their times may take.
    private static let longestFile = 8192

    private let folder: String

    /// - Parameter folder: an absolute path, best that of the store.
    public init(_ folder: String) { self.folder = folder }

    /// Appends a token with its time, a line for each, unless the file has it.
    ///
    /// - Parameters:
    ///   - token: visible ASCII only.
    ///   - name: what the file's name begins with, before `.token`.
    ///   - now: when it came.
    public func keep(_ token: String, as name: String, at now: Date) throws(Problem) -> Outcome {
        let path = "\(folder)/\(name).token"
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.problem("open", path) }
        defer { close(descriptor) }
        let lines = try Self.lines(descriptor, path)
        if lines.contains(where: { $0.split(separator: " ").last?.utf8.elementsEqual(token.utf8) == true }) {
            return .known
        }
        guard lines.count < Self.mostTokens else { return .full }
        let line = Array("\(now.ISO8601Format()) \(token)\n".utf8)
        guard write(descriptor, line, line.count) == line.count, fsync(descriptor) == 0 else {
            throw Self.problem("write", path)
        }
        return .kept(path)
    }

    private static func lines(_ descriptor: Int32, _ path: String) throws(Problem) -> [Substring] {
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw problem("look at", path) }
        guard information.st_mode & S_IFMT == S_IFREG, information.st_mode & 0o077 == 0 else {
            throw Problem(description: "\(path) is no file that only its owner can read")
        }
        var bytes = [UInt8](repeating: 0, count: longestFile)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw problem("read", path) }
        return String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n")
    }

    private static func problem(_ verb: String, _ path: String) -> Problem {
        Problem(description: "cannot \(verb) \(path): \(String(cString: strerror(errno)))")
    }
}
