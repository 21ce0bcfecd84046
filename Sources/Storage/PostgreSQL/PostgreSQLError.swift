internal import Offboarding

/// What PostgreSQL or the way to it said: a class of errors by the five characters of its SQLSTATE, never its text, which
/// can hold values.
struct PostgreSQLError: EngineError {
    /// `nil` where the server said nothing: it cannot be reached, or the connection is gone.
    let sqlState: String?
    /// The constraint that a change would break, where there is one. A name of ours.
    var constraint: String?
    /// Whether the connection is of no more use.
    var isConnectionLost = false
    /// Whether it was lost while a commit was awaited: what was written may be kept or not.
    var isCommitUnknown = false

    /// Whether the server cannot take anything now, though nothing is wrong with what was said to it.
    private var isOutOfReach: Bool {
        guard let sqlState else { return true }
        // Connection exceptions, operator intervention, not the primary any more.
        return sqlState.hasPrefix("08") || sqlState.hasPrefix("57") || sqlState == "25006"
    }

    var storeError: StoreError {
        let state = sqlState.map { " (PostgreSQL \($0))" } ?? ""
        if isCommitUnknown {
            return StoreError(
                .unavailable,
                "PostgreSQL went away while a commit was awaited; what was written may be kept or not\(state)"
            )
        }
        if isOutOfReach { return StoreError(.unavailable, "PostgreSQL is out of reach\(state)") }
        switch sqlState {
        case "53100": return StoreError(.full, "there is no room left for PostgreSQL\(state)")
        case "55P03", "40001", "40P01":
            return StoreError(.busy, "another node kept the store locked for too long\(state)")
        case "25P03": return StoreError(.busy, "a transaction was left idle for too long\(state)")
        case "28000", "28P01", "3D000", "42501":
            return StoreError(.unavailable, "PostgreSQL does not let us in, or not far enough\(state)")
        case let code? where code.hasPrefix("XX"): return StoreError(.damaged, "PostgreSQL's data is damaged\(state)")
        default: return StoreError(.unavailable, "PostgreSQL refused what was asked\(state)")
        }
    }

    var conflict: StoreConflict? {
        guard sqlState?.hasPrefix("23") ?? false else { return nil }
        return StoreConflict(constraint.map { "the constraint \($0) failed" } ?? "a constraint failed")
    }

    var endsTransaction: Bool { isConnectionLost || isOutOfReach || ["53100", "25P03"].contains(sqlState) }
}
