import Foundation
import Offboarding
import Presentation
import Senders

/// The configured senders, ready to be shown.
struct SenderList: Sendable {
    let senders: [ConfiguredSender]
    /// The mode of the whole policy.
    let mode: Policy.Mode
    /// `nil` where there is no store.
    let usage: SenderUsage?

    init(_ senders: [ConfiguredSender], mode: Policy.Mode, usage: SenderUsage?) {
        self.senders = senders
        self.mode = mode
        self.usage = usage
    }

    func text(colours: Bool) -> String {
        var table = Table(
            "SENDER",
            "PRESET",
            "PROOF",
            "PATH",
            "VERIFIED BY",
            "HANDSHAKE",
            "LOOKUP",
            "MODE",
            "LAST DELIVERY",
            "SECRETS, LAST USED"
        )
        for configured in senders {
            let sender = configured.sender
            let mode = mode(of: configured)
            table.add(
                Table.Cell(sender.name),
                Table.Cell(sender.preset),
                Table.Cell(sender.proof.rawValue, sender.proof == .proven ? .good : .waiting),
                Table.Cell("/hooks/\(sender.name)"),
                Table.Cell(sender.vouchers.joined(separator: ", ")),
                Table.Cell(sender.handshake.rawValue),
                Table.Cell(sender.lookup == nil ? "no" : "yes"),
                Table.Cell(mode.rawValue, mode == .dryRun ? .waiting : nil),
                Table.Cell(usage?.lastDelivery(of: sender.name).map(TimeText.text)),
                Table.Cell(secrets(of: sender))
            )
        }
        var text = table.text(colours: colours)
        if let since = usage?.since { text += "\n\nDeliveries go back to \(TimeText.text(since))." }
        return text
    }

    private func mode(of configured: ConfiguredSender) -> Policy.Mode {
        mode == .dryRun ? .dryRun : configured.policy.mode ?? mode
    }

    private func secrets(of sender: Sender) -> String {
        sender.secretNames.map { name in
            "\(name) \(usage?.lastUse(of: name, by: sender.name).map(TimeText.text) ?? "never")"
        }.joined(separator: ", ")
    }

    var json: JSONOutput {
        .list(
            senders.map { configured in
                let sender = configured.sender
                return .object([
                    ("name", .text(sender.name)),
                    ("preset", .optional(sender.preset)),
                    ("proof", .text(sender.proof.rawValue)),
                    ("path", .text("/hooks/\(sender.name)")),
                    ("verified_by", .list(sender.vouchers.map(JSONOutput.text))),
                    ("handshake", .text(sender.handshake.rawValue)),
                    ("lookup", .boolean(sender.lookup != nil)),
                    ("mode", .text(mode(of: configured).rawValue)),
                    ("last_delivery", .optional(usage?.lastDelivery(of: sender.name))),
                    (
                        "secrets",
                        .list(
                            sender.secretNames.map { name in
                                .object([
                                    ("name", .text(name)),
                                    ("last_used_at", .optional(usage?.lastUse(of: name, by: sender.name))),
                                ])
                            }
                        )
                    ),
                    ("known_since", .optional(usage?.since)),
                ])
            }
        )
    }
}
