internal import Foundation
internal import Offboarding

/// Files that appear whole or not at all, and never in the place of another.
enum NewFile {
    /// Bytes copied at once.
    private static let chunk = 1 << 20

    /// - Throws: ``BackupError`` with `exists` where something is there, a symbolic link that leads nowhere included.
    static func refuse(_ path: String) throws(BackupError) {
        var information = stat()
        guard lstat(path, &information) != 0 else { throw BackupError(.exists, "\(path) is there already") }
        guard errno == ENOENT else { throw failure("look at", path) }
    }

    /// Makes an empty file, readable by its owner alone.
    static func create(_ path: String) throws(BackupError) {
        let descriptor = Foundation.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create", path) }
        Foundation.close(descriptor)
    }

    /// Copies a file to where nothing is, readable by its owner alone, and waits until it is on disk.
    static func copy(_ source: String, to path: String) throws(BackupError) {
        let from = Foundation.open(source, O_RDONLY | O_CLOEXEC)
        guard from >= 0 else { throw failure("read", source) }
        defer { Foundation.close(from) }
        let into = Foundation.open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard into >= 0 else { throw failure("create", path) }
        defer { Foundation.close(into) }
        var bytes = [UInt8](repeating: 0, count: chunk)
        while true {
            let count = read(from, &bytes, chunk)
            if count == 0 { break }
            guard count > 0 else { throw failure("read", source) }
            var done = 0
            while done < count {
                let written = bytes.withUnsafeBytes { write(into, $0.baseAddress.map { $0 + done }, count - done) }
                guard written > 0 else { throw failure("write", path) }
                done += written
            }
        }
        guard fsync(into) == 0 else { throw failure("synchronize", path) }
    }

    /// Gives a finished file its name, unless something has that name by now; durable when it returns.
    static func publish(_ partial: String, as path: String) throws(BackupError) {
        try synchronize(partial)
        guard link(partial, path) == 0 else {
            if errno == EEXIST { throw BackupError(.exists, "\(path) is there already") }
            throw failure("create", path)
        }
        unlink(partial)
        try synchronizeFolder(of: path)
    }

    /// Takes the place of whatever has the name.
    static func move(_ source: String, to path: String) throws(BackupError) {
        guard rename(source, path) == 0 else { throw failure("move", source) }
    }

    static func synchronize(_ path: String) throws(BackupError) {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { Foundation.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("synchronize", path) }
    }

    static func synchronizeFolder(of path: String) throws(BackupError) {
        try synchronize(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    private static func failure(_ what: String, _ path: String) -> BackupError {
        BackupError(.unavailable, "cannot \(what) \(path): \(StoreFile.reason(errno))")
    }
}
