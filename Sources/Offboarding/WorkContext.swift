public import Logging

/// What the present task works for. It goes with every line that the task logs, and its trace with what it asks of others.
///
/// Work that several cases share, such as reading lists, is done for none of them.
public struct WorkContext: Sendable {
    public let caseID: CaseID
    /// The trace of the delivery that told of the case, where it was part of one.
    public let trace: TraceParent?

    @TaskLocal public static var current: WorkContext?

    public init(caseID: CaseID, trace: TraceParent?) {
        self.caseID = caseID
        self.trace = trace
    }

    /// Puts `case` and `trace` into the lines of a logger.
    public static let metadata = Logger.MetadataProvider {
        guard let current else { return [:] }
        var metadata: Logger.Metadata = ["case": "\(current.caseID)"]
        if let trace = current.trace { metadata["trace"] = "\(trace)" }
        return metadata
    }
}
