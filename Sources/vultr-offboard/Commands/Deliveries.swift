import ArgumentParser
import Offboarding

/// `deliveries`: what was received, newest first.
struct Deliveries: Command {
    static let configuration = CommandConfiguration(abstract: "List deliveries, newest first.")

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption
    @OptionGroup var limit: LimitOption

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let bound = limit.bound
        let deliveries = try await Workbench.with(configuration, terminal: terminal) { bench in
            try await bench.store.read { try $0.deliveries(limit: bound, after: nil) }
        }
        if output.json {
            terminal.print(JSONOutput.list(deliveries.map(Self.json)).pretty)
        } else if deliveries.isEmpty {
            terminal.note("no deliveries")
        } else {
            terminal.print(Self.table(deliveries).text(colours: terminal.hasColours))
        }
        return .done
    }

    /// One object of `deliveries --json` (design, section 8).
    static func json(_ delivery: DeliverySummary) -> JSONOutput {
        .object([
            ("id", .text(delivery.id.text)),
            ("sender", .text(delivery.sender)),
            ("received_at", .optional(delivery.receivedAt)),
            ("state", .text(delivery.state.rawValue)),
            ("cases", .list(delivery.cases.map { .text($0.text) })),
        ])
    }

    static func table(_ deliveries: [DeliverySummary]) -> Table {
        var table = Table("DELIVERY", "SENDER", "RECEIVED", "STATE", "CASES", "REASON")
        for delivery in deliveries {
            let colour: Colour? =
                switch delivery.state {
                case .unresolved, .quarantined: .bad
                case .accepted: .waiting
                case .ignored: .faint
                case .interpreted: nil
                }
            table.add(
                Table.Cell(delivery.id.text),
                Table.Cell(delivery.sender),
                Table.Cell(TimeText.text(delivery.receivedAt)),
                Table.Cell(delivery.state.rawValue, colour),
                Table.Cell(delivery.cases.map(\.text).joined(separator: ", ")),
                Table.Cell(delivery.reason)
            )
        }
        return table
    }
}
