import AuditKeys
import Foundation

/// A file that must not be there yet.
enum NewFile {
    /// Makes a file with its mode from the first moment on, and writes it.
    ///
    /// - Throws: ``CommandFailure`` where something is there, or it cannot be written.
    static func write(_ text: String, to path: String, mode: mode_t) throws {
        let file = try make(path, mode: mode)
        try file.write(contentsOf: Data(text.utf8))
        try file.synchronize()
        try file.close()
    }

    /// Makes an empty file.
    static func make(_ path: String, mode: mode_t) throws -> FileHandle {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            let reason = errno == EEXIST ? "something is there already" : String(cString: strerror(errno))
            throw CommandFailure(.usage, "\(path): \(reason)")
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}

/// A file that is small or not meant.
enum SmallFile {
    private static let longest = 1 << 20

    /// - Throws: ``CommandFailure`` where it cannot be read or is too long.
    static func bytes(_ path: String) throws -> [UInt8] {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw CommandFailure(.usage, "\(path): the file cannot be opened")
        }
        let data = try file.read(upToCount: longest + 1) ?? Data()
        try file.close()
        guard data.count <= longest else { throw CommandFailure(.usage, "\(path): the file is over \(longest) bytes") }
        return Array(data)
    }

    static func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }
}

/// Reads a file line by line, in memory that does not grow with it.
final class LineReader {
    private let file: FileHandle
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    private let path: String

    private static let piece = 65_536
    /// No line of ours comes near.
    private static let longest = 1 << 20

    /// - Throws: ``CommandFailure`` where it cannot be opened.
    init(path: String) throws {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw CommandFailure(.usage, "\(path): the file cannot be opened")
        }
        self.file = file
        self.path = path
    }

    /// Whether the last line that was given had no end.
    private(set) var endsInTheMiddle = false

    /// The next line without its end; `nil` after the last.
    ///
    /// - Throws: ``CommandFailure`` where a line is too long.
    func next() throws -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return Array(buffer[start..<end])
            }
            if isAtEnd {
                guard start < buffer.count else { return nil }
                defer { start = buffer.count }
                endsInTheMiddle = true
                return Array(buffer[start...])
            }
            buffer.removeFirst(start)
            start = 0
            searched = buffer.count
            guard buffer.count <= Self.longest else { throw CommandFailure(.usage, "\(path): a line is too long") }
            let more = try file.read(upToCount: Self.piece) ?? Data()
            isAtEnd = more.isEmpty
            buffer += more
        }
    }
}

extension StreamDigest {
    /// SHA-256 of a file.
    ///
    /// - Throws: ``CommandFailure`` where it cannot be read.
    static func digest(ofFile path: String) throws -> [UInt8] {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw CommandFailure(.usage, "\(path): the file cannot be opened")
        }
        let digest = try StreamDigest()
        while let data = try file.read(upToCount: 65_536), !data.isEmpty { try digest.add(Array(data)) }
        try file.close()
        return try digest.finish()
    }
}
