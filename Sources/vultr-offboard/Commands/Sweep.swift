import ArgumentParser
import Foundation
import Offboarding
import Presentation

/// `sweep`: looks again for everybody who was offboarded.
struct Sweep: Command {
    static let configuration = CommandConfiguration(
        abstract: "Look again for everybody who was offboarded, and show who is back.",
        discussion: """
            One row for each person who is back. Nobody is removed again unless the configuration says \
            sweep: {remove_again: true}. Exit status: 0 nobody is back; 1 somebody is, or a key cannot be read and a person \
            must act; 69 a key could not be read now.
            """.examples("sweep", "sweep --json")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        try await Workbench.with(configuration, terminal: terminal) { bench in
            try await CaseWork.with(bench) { work in
                let report = try await Progress(terminal: terminal).during("looking for people who left") {
                    try await work.sweep()
                }
                // As with `remove`: what was begun here is seen through.
                _ = try await work.settle(report.opened)
                let people = try await bench.store.read { session in
                    try report.back.compactMap { try SweepRow($0, in: session) }
                }
                let presentation = SweepPresentation(report: report, people: people)
                for note in presentation.notes { terminal.note(HarmlessText.text(note)) }
                if output.json {
                    terminal.print(presentation.json.pretty)
                } else if people.isEmpty {
                    terminal.note("nobody of \(report.people) is back")
                } else {
                    terminal.print(presentation.table.text(colours: terminal.hasColours))
                }
                return presentation.status
            }
        }
    }
}

extension CaseWork {
    private static let pollInterval: TimeInterval = 0.1

    /// Has a living daemon sweep and waits for what it finds; sweeps here where there is none.
    fileprivate func sweep() async throws -> SweepReport {
        if let machinery { return try await machinery.sweeper.sweep() }
        let desk = SweepDesk(store: bench.store, time: bench.time)
        let asked = try await desk.ask()
        while true {
            if let report = try await desk.answer(to: asked) { return report }
            if try await bench.daemon() == nil {
                return try await bench.withMachinery { try await $0.sweeper.sweep() }
            }
            try await bench.time.sleep(seconds: Self.pollInterval)
        }
    }
}
