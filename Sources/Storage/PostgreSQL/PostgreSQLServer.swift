internal import Foundation
internal import Offboarding

/// Where PostgreSQL is, and how each session with it begins.
struct PostgreSQLServer: Sendable {
    /// Reads libpq's connection URI, anew for each session: it may hold a password, and that may change.
    let uri: @Sendable () throws -> String
    /// The schema that has our tables.
    let schema: String
    /// How long one node waits for another's transaction, in seconds.
    let patience: Double

    /// The oldest version that this was tried with.
    private static let oldestVersion = 150_000
    /// A node that hangs inside a transaction is cut off after so many seconds, because all others wait for it.
    private static let longestIdle = 10
    /// How far the clocks of this machine and the server may be apart, in seconds. Nodes judge each other's leases, of
    /// ``Engine/lease`` seconds, by their clocks.
    static let longestSkew: TimeInterval = 10

    /// What other nodes are told on.
    var channel: String { schema }

    /// Begins a session.
    ///
    /// - Throws: ``PostgreSQLError``; `StoreError` where the URI cannot be read.
    func connect() throws -> PostgreSQLConnection {
        let uri: String
        do {
            uri = try self.uri()
        } catch {
            throw StoreError(.unavailable, "the URI of PostgreSQL cannot be read: \(error)")
        }
        guard PostgreSQLConnection.canRead(uri) else {
            throw StoreError(.unavailable, "what is configured as the URI of PostgreSQL is none that libpq can read")
        }
        let connection = try PostgreSQLConnection(uri: uri)
        try connection.run(
            """
            SET search_path TO \(schema);
            SET client_min_messages TO warning;
            SET lock_timeout TO '\(Int(patience * 1000))ms';
            SET idle_in_transaction_session_timeout TO '\(Self.longestIdle)s';
            SET tcp_keepalives_idle TO 5;
            SET tcp_keepalives_interval TO 2;
            SET tcp_keepalives_count TO 3;
            SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
            """
        )
        return connection
    }

    /// Looks whether the server can be a store.
    ///
    /// - Throws: `StoreError` with `notAStore` or `unavailable`; ``PostgreSQLError``.
    func check(_ connection: PostgreSQLConnection, now: Date) throws {
        guard connection.serverVersion >= Self.oldestVersion else {
            throw StoreError(
                .notAStore,
                "PostgreSQL 15 or later is needed; this one is \(connection.serverVersion / 10_000)"
            )
        }
        let found = try connection.rows(
            """
            SELECT current_setting('server_encoding'), current_setting('fsync'),
                (extract(epoch FROM clock_timestamp()) * 1000)::bigint
            """,
            []
        )
        guard let row = found.first else { throw PostgreSQLError(sqlState: nil) }
        guard row[0] == "UTF8" else {
            throw StoreError(.notAStore, "the database's encoding is \(row[0] as String); create one with UTF8")
        }
        guard row[1] == "on" else {
            throw StoreError(.notAStore, "PostgreSQL runs with fsync off, and would lose what was acknowledged")
        }
        let skew = now.timeIntervalSince(Date(milliseconds: row[2]))
        guard abs(skew) <= Self.longestSkew else {
            throw StoreError(
                .unavailable,
                "this machine's clock is \(Int(skew)) s away from PostgreSQL's; nodes judge leases by their clocks"
            )
        }
    }
}
