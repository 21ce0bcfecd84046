public import Foundation

/// What a store had said to be kept, and did not have any more when it was opened.
public struct StoreLoss: Sendable, Equatable, CustomStringConvertible {
    public let foundAt: Date
    /// Pages of the store's log that had been synchronized and are missing or damaged.
    public let pages: Int
    /// Acknowledged deliveries among it.
    public let deliveries: Int
    /// When the newest delivery that is still there was received; `nil` where none is.
    public let keptUntil: Date?
    /// When the newest delivery that was acknowledged had been received; `nil` where none had.
    public let lostUntil: Date?
    /// Whether what is left holds together. Where it does not, only a backup helps.
    public let isConsistent: Bool
    /// Where the log is kept as it was found.
    public let evidence: String?

    public init(
        foundAt: Date,
        pages: Int,
        deliveries: Int,
        keptUntil: Date?,
        lostUntil: Date?,
        isConsistent: Bool,
        evidence: String?
    ) {
        self.foundAt = foundAt
        self.pages = pages
        self.deliveries = deliveries
        self.keptUntil = keptUntil
        self.lostUntil = lostUntil
        self.isConsistent = isConsistent
        self.evidence = evidence
    }

    /// For people: what is missing, and what to do.
    public var description: String {
        var text = "the end of the store's log was damaged: \(pages) pages that had been written to disk are missing"
        if deliveries > 0 {
            text += ", and with them \(deliveries == 1 ? "1 delivery" : "\(deliveries) deliveries") that had been"
            text += " acknowledged, received"
            if let keptUntil { text += " after \(Self.text(keptUntil))" }
            if let lostUntil { text += " until \(Self.text(lostUntil))" }
            text += ": have the senders send them again"
        } else {
            text += "; no delivery is among them"
        }
        text += ". What was decided last may be missing too, so open cases are held"
        if let evidence { text += ". The log is kept as \(evidence)" }
        if !isConsistent { text += ". What is left does not hold together: restore a backup" }
        return text
    }

    private static func text(_ date: Date) -> String {
        AuditText.time(milliseconds: date.inMilliseconds)
    }
}

/// Losses, as they can be read inside a transaction.
public protocol LossReadings {
    /// Those that were found since a time, oldest first.
    func losses(since: Date) throws -> [StoreLoss]
}

/// Losses, as they can be changed inside a transaction.
public protocol LossSession: LossReadings {
    /// Hands out each loss once, oldest first.
    func takeUntoldLosses() throws -> [StoreLoss]
}

/// Tells of losses that nobody was told of. Runs inside one transaction.
public struct LossReport {
    private let session: any StoreSession
    private let now: Date

    public init(session: any StoreSession, now: Date) {
        self.session = session
        self.now = now
    }

    /// Tells each once, and lets no open case run by itself: a reinstatement or a refusal may be among what is missing.
    ///
    /// - Returns: what was told, for the log.
    public func tell() throws -> [StoreLoss] {
        let untold = try session.takeUntoldLosses()
        guard !untold.isEmpty else { return [] }
        _ = try Restoration(session: session).restrainOpenCases()
        for loss in untold {
            try session.note(.lost(loss, at: now))
            try session.insert(Notice(kind: .loss, at: now, sender: "store", reason: "\(loss)"))
        }
        return untold
    }
}
