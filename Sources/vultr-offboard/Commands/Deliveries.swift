import ArgumentParser
import Offboarding
import Presentation

/// `deliveries`: what was received, newest first.
struct Deliveries: Command {
    static let configuration = CommandConfiguration(
        abstract: "List deliveries, newest first.",
        discussion: .examples("deliveries --limit 20", "deliveries --json", "deliveries --watch")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption
    @OptionGroup var limit: LimitOption
    @OptionGroup var watching: WatchOption

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        guard !watching.watch else {
            try await Watching(terminal: terminal, json: output.json, time: SystemTime()).run { terminal in
                let deliveries = try await find(terminal)
                return Watching.Look(
                    items: deliveries.map(Self.watched),
                    text: deliveries.isEmpty
                        ? "no deliveries" : Self.table(deliveries).text(colours: terminal.hasColours)
                )
            }
            return .done
        }
        let deliveries = try await find(terminal)
        if output.json {
            terminal.print(JSONOutput.list(deliveries.map(\.json)).pretty)
        } else if deliveries.isEmpty {
            terminal.note("no deliveries")
        } else {
            terminal.print(Self.table(deliveries).text(colours: terminal.hasColours))
        }
        return .done
    }

    private func find(_ terminal: Terminal) async throws -> [DeliverySummary] {
        let bound = limit.bound
        return try await Workbench.with(configuration, terminal: terminal) { bench in
            try await bench.store.read { try $0.deliveries(limit: bound, after: nil) }
        }
    }

    /// The delivery as `--watch` tells of it.
    private static func watched(_ delivery: DeliverySummary) -> Watching.Item {
        let cases = delivery.cases.isEmpty ? "-" : delivery.cases.map(\.text).joined(separator: ",")
        let words = [delivery.id.text, delivery.sender, delivery.state.rawValue, cases, delivery.reason ?? "-"]
        return Watching.Item(
            id: delivery.id.text,
            line: words.map(HarmlessText.text).joined(separator: "  "),
            json: delivery.json
        )
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
