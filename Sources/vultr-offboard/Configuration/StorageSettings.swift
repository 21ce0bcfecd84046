import Foundation
import StrictYAML

/// Where cases and deliveries are kept.
struct StorageSettings: Sendable, Equatable, CustomStringConvertible {
    enum Engine: Sendable {
        /// The absolute path of a file.
        case sqlite(String)
        /// Where libpq's connection URI is.
        case postgreSQL(SecretReference)
    }

    let engine: Engine
    /// The absolute path of the directory for the daemon's own small files: beside the SQLite file, else
    /// `$STATE_DIRECTORY` or the configuration's directory.
    let folder: String

    /// The file's name where none is configured.
    static let defaultName = "offboard.sqlite"

    /// The absolute path of the SQLite file; `nil` where there is none.
    var file: String? {
        if case .sqlite(let path) = engine { path } else { nil }
    }

    /// What the names of small files that belong to the store begin with.
    var filePrefix: String { file ?? "\(folder)/offboard" }

    /// For people: names no host and no user.
    var description: String { file ?? "PostgreSQL" }

    /// Whether it is the same place, wherever in the configuration it is written.
    static func == (left: StorageSettings, right: StorageSettings) -> Bool {
        guard left.folder == right.folder else { return false }
        return switch (left.engine, right.engine) {
        case (.sqlite(let left), .sqlite(let right)): left == right
        case (.postgreSQL(let left), .postgreSQL(let right)): left.source == right.source
        case (.sqlite, .postgreSQL), (.postgreSQL, .sqlite): false
        }
    }
}
