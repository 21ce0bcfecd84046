internal import Foundation
internal import Offboarding

/// The files of an open store, so that it is noticed when they are removed or replaced under us.
///
/// SQLite goes on writing into a file that has lost its name, and says nothing.
struct StoreFile: Sendable {
    /// One file by name, and the inode that the name led to when the store was opened.
    private struct Member: Sendable {
        let path: String
        let device: UInt64
        let inode: UInt64
    }

    let path: String
    private let members: [Member]

    /// Remembers an open store's files: the store, its write-ahead log and the log's index.
    init(opened path: String) throws(StoreError) {
        let target = try Self.target(of: path)
        var members: [Member] = []
        for name in [path, target + "-wal", target + "-shm"] {
            let (device, inode) = try Self.identity(name)
            members.append(Member(path: name, device: device, inode: inode))
        }
        self.path = path
        self.members = members
    }

    /// The write-ahead log's path.
    static func log(of path: String) throws(StoreError) -> String { try target(of: path) + "-wal" }

    /// The real file: the log stands beside it where the path is a symbolic link.
    private static func target(of path: String) throws(StoreError) -> String {
        guard let real = realpath(path, nil) else {
            throw StoreError(.unavailable, "cannot find the store \(path): \(reason(errno))")
        }
        defer { free(real) }
        return String(cString: real)
    }

    /// - Throws: ``StoreError`` with `unavailable` when a file was removed or replaced.
    func check() throws(StoreError) {
        for member in members {
            let (device, inode) = try Self.identity(member.path)
            guard device == member.device, inode == member.inode else {
                throw StoreError(.unavailable, "\(member.path) was replaced under us")
            }
        }
    }

    /// Whether the file system has room for another write and lets us write.
    var hasRoom: Bool {
        var room = statvfs()
        guard statvfs(path, &room) == 0, access(path, W_OK) == 0 else { return false }
        // One full-sized body in the log; less is as good as nothing.
        return UInt64(room.f_bavail) * UInt64(room.f_frsize) >= 1 << 20
    }

    private static func identity(_ path: String) throws(StoreError) -> (device: UInt64, inode: UInt64) {
        var information = stat()
        guard stat(path, &information) == 0 else {
            throw StoreError(.unavailable, "\(path) is gone: \(reason(errno))")
        }
        return (UInt64(information.st_dev), UInt64(information.st_ino))
    }

    /// Makes an empty store, readable by its owner alone; SQLite gives the log and its index the same mode.
    static func create(_ path: String) throws(StoreError) {
        let descriptor = Foundation.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor < 0 {
            let cause = errno
            if cause == EEXIST { return }
            throw StoreError(.unavailable, "cannot create the store \(path): \(reason(cause))")
        }
        Foundation.close(descriptor)
        try synchronizeFolder(of: path)
    }

    /// Makes a new file's name durable, which an fsync of the file alone does not.
    private static func synchronizeFolder(of path: String) throws(StoreError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let descriptor = Foundation.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw StoreError(.unavailable, "cannot open the folder \(folder): \(reason(errno))")
        }
        defer { Foundation.close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw StoreError(.unavailable, "cannot synchronize the folder \(folder): \(reason(errno))")
        }
    }

    static func reason(_ code: CInt) -> String { String(cString: strerror(code)) }
}
