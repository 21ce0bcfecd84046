private import GRDBSQLite
internal import Offboarding

/// The first 100 bytes of a database file (SQLite's file format, section 1.3), read without a lock and without a look at
/// the rest. No SQLite pointer leaves this file.
struct FileHeader {
    /// Whether it begins as every SQLite database does.
    let isDatabase: Bool
    /// What `PRAGMA application_id` has put there.
    let applicationID: Int

    private static let length: Int32 = 100
    private static let magic = Array("SQLite format 3\0".utf8)
    private static let placeOfApplicationID = 68

    /// - Parameters:
    ///   - address: as a URI with `immutable=1`.
    ///   - path: for the error.
    /// - Throws: ``StoreError`` with `unavailable` where the file cannot be read.
    init(_ address: String, path: String) throws(StoreError) {
        var database: OpaquePointer?
        // Closed through SQLite, which keeps the locks that this process may have on the same file.
        defer { sqlite3_close_v2(database) }
        var bytes = [UInt8](repeating: 0, count: Int(Self.length))
        var file: UnsafeMutablePointer<sqlite3_file>?
        guard sqlite3_open_v2(address, &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nil) == SQLITE_OK,
            sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK,
            let file, let read = file.pointee.pMethods?.pointee.xRead
        else { throw StoreError(.unavailable, "cannot read the store \(path)") }
        switch read(file, &bytes, Self.length, 0) {
        case SQLITE_OK: break
        // What is missing is zeros: no database is that short.
        case SQLITE_IOERR | (2 << 8): break
        default: throw StoreError(.unavailable, "cannot read the store \(path)")
        }
        isDatabase = bytes.starts(with: Self.magic)
        let place = Self.placeOfApplicationID
        applicationID = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}
