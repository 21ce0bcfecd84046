import Offboarding
import Presentation
import Storage

/// What is told of a backup.
enum BackupPresentation {
    /// Members of the objects of `backup --json` and `restore --json`.
    static func members(_ facts: BackupFacts) -> [(key: String, value: JSONOutput)] {
        [
            ("taken_at", .optional(facts.takenAt)),
            ("bytes", .integer(Int(facts.bytes))),
            ("deliveries", .integer(facts.deliveries)),
            ("last_delivery_at", .optional(facts.lastDeliveryAt)),
        ]
    }

    static func text(_ facts: BackupFacts) -> String {
        let taken = facts.takenAt.map { "as of \(TimeText.text($0))" } ?? "of an unknown time"
        let last = facts.lastDeliveryAt.map { ", the last one of \(TimeText.text($0))" } ?? ""
        return "the store \(taken), \(facts.deliveries) deliveries\(last), \(facts.bytes) bytes, checked"
    }

    /// What a person must know after a restore.
    static func warnings(_ facts: BackupFacts, held: Int, sweep: SweepPolicy) -> [String] {
        let since = (facts.takenAt ?? facts.lastDeliveryAt).map(TimeText.text) ?? "an unknown time"
        var warnings = [
            "Deliveries that were acknowledged after \(since) are missing. Have their senders send them again: they count "
                + "as new."
        ]
        if held > 0 {
            warnings.append(
                "\(held == 1 ? "1 open case is" : "\(held) open cases are") held with the plan when the daemon reaches "
                    + "\(held == 1 ? "it" : "them"): look, then approve or refuse."
            )
        }
        if sweep.removeAgain {
            warnings.append(
                "sweep.remove_again is on, and who was reinstated after \(since) is not known: turn it off until you have "
                    + "seen a sweep."
            )
        }
        return warnings
    }
}
