import ArgumentParser
import Foundation
import Offboarding
import Presentation
import StrictYAML

/// `limits show|raise|end`: how much of the limits is used, and more for a while.
struct LimitsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits",
        abstract: "Show how much of the limits is used, or let more people pass for a while.",
        discussion: .examples("limits", "limits raise --people 200 --for 2h --reason HR-1234"),
        subcommands: [ShowLimits.self, RaiseLimits.self, EndOverride.self],
        defaultSubcommand: ShowLimits.self
    )
}

struct ShowLimits: Command {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show each limit with what is used of it, and the overrides.",
        discussion: .examples("limits show", "limits show --json")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let shown = try await Workbench.with(configuration, terminal: terminal) { bench in
            LimitPresentation(standing: try await bench.limitDesk.show())
        }
        terminal.print(output.json ? shown.json.pretty : shown.text(colours: terminal.hasColours))
        return .done
    }
}

struct RaiseLimits: Command {
    static let configuration = CommandConfiguration(
        commandName: "raise",
        abstract: "Let more people pass for a while, such as before a reduction in force.",
        discussion: """
            Every window lets so many people pass until the time is over; who said it and why is kept. Cases that are \
            held stay held: approve them. The part of an organization that may go is not raised.
            """.examples(#"limits raise --people 40 --for 2h --reason "40 leave today""#)
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Option(name: .long, help: "How many people each window lets pass.")
    var people: Int

    @Option(name: .customLong("for"), help: "For how long, such as 2h; at most 7d.")
    var duration: String

    @Option(name: .long, help: "Why; kept.")
    var reason: String

    @Option(
        name: .long,
        help: "Raise this sender's own limits instead of the policy's.",
        completion: Completions.senders
    )
    var sender: String?

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        guard let length = DurationText.duration(duration) else {
            throw CommandFailure(.usage, "--for must be a duration such as 30m or 2h, not \(duration)")
        }
        return try await Workbench.with(configuration, terminal: terminal) { bench in
            if let sender, bench.configuration.sender(named: sender) == nil {
                throw CommandFailure(.usage, "there is no sender \(sender)")
            }
            let raised = try await bench.limitDesk.raise(
                to: people,
                for: length.seconds,
                because: reason,
                sender: sender,
                by: OperatingSystemUser.name
            )
            terminal.print(
                output.json
                    ? LimitPresentation.json(raised, at: bench.time.now()).pretty
                    : "\(raised.id): up to \(raised.people) people until \(TimeText.text(raised.until))"
            )
            return .done
        }
    }
}

struct EndOverride: Command {
    static let configuration = CommandConfiguration(
        commandName: "end",
        abstract: "End an override before its time.",
        discussion: .examples("limits end o_01")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "The override's id.")
    var id: String

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let id = LimitOverrideID(self.id)
        return try await Workbench.with(configuration, terminal: terminal) { bench in
            let ended = try await bench.limitDesk.end(id, by: OperatingSystemUser.name)
            terminal.print(
                output.json ? LimitPresentation.json(ended, at: bench.time.now()).pretty : "\(ended.id): ended"
            )
            return .done
        }
    }
}
