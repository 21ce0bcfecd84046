import ArgumentParser
import Offboarding
import Presentation

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
            terminal.print(JSONOutput.list(deliveries.map(\.json)).pretty)
        } else if deliveries.isEmpty {
            terminal.note("no deliveries")
        } else {
            terminal.print(Self.table(deliveries).text(colours: terminal.hasColours))
        }
        return .done
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
