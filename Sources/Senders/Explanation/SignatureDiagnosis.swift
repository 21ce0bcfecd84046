import Foundation
import WebhookSignature

/// Looks for what would make a request verify, by trying it out. Says nothing that did not verify.
struct SignatureDiagnosis {
    let attempt: SignatureAttempt
    let now: Date

    /// Pairs of deviations are tried for bodies up to so many bytes: there are thousands of pairs, and each hashes all of
    /// it.
    static let longestBodyForPairs = 65_536
    /// The most findings that are said: one change often has several names.
    static let mostFindings = 3

    /// What would make it verify; empty where nothing that was tried does.
    var findings: [String] {
        let deviations = SignatureDeviation.all(for: attempt)
        let single = deviations.filter { verifies($0.apply(attempt)) }.map(\.finding)
        if !single.isEmpty { return Array(single.prefix(Self.mostFindings)) }
        guard attempt.request.body.count <= Self.longestBodyForPairs else { return [] }
        for (index, first) in deviations.enumerated() {
            guard let changed = first.apply(attempt) else { continue }
            for second in deviations[(index + 1)...] where second.kind != first.kind {
                guard verifies(second.apply(changed)) else { continue }
                return ["two things at once: \(first.finding); \(second.finding)"]
            }
        }
        return []
    }

    private func verifies(_ attempt: SignatureAttempt?) -> Bool { attempt?.verified(now: now) != nil }
}
