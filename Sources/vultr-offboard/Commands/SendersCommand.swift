import ArgumentParser
import Senders
import StrictYAML

/// `senders list` and `senders show`: the presets.
struct SendersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "senders",
        abstract: "The presets for senders.",
        subcommands: [List.self, ShowPreset.self]
    )

    struct List: Command {
        static let configuration = CommandConfiguration(abstract: "List the presets.")

        @OptionGroup var output: OutputOption

        func execute(_ terminal: Terminal) async throws -> CommandStatus {
            let presets = try Preset.names.compactMap { try Preset.named($0) }
            if output.json {
                let items = presets.map { preset in
                    JSONOutput.object([
                        ("name", .text(preset.name)), ("about", .text(preset.about)),
                        ("proof", .text(preset.proof.rawValue)),
                    ])
                }
                terminal.print(JSONOutput.list(items).pretty)
                return .done
            }
            var table = Table("PRESET", "PROOF", "ABOUT")
            for preset in presets {
                table.add(
                    Table.Cell(preset.name),
                    Table.Cell(preset.proof.rawValue, preset.proof == .proven ? .good : .waiting),
                    Table.Cell(preset.about)
                )
            }
            terminal.print(table.text(colours: terminal.hasColours))
            return .done
        }
    }

    struct ShowPreset: Command {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show what a sender inherits from a preset, as JSON, which YAML includes."
        )

        @Argument(help: "The preset's name.")
        var name: String

        func execute(_ terminal: Terminal) async throws -> CommandStatus {
            guard let preset = try Preset.named(name) else {
                throw CommandFailure(
                    .usage,
                    "there is no preset \(name); there are: \(Preset.names.joined(separator: ", "))"
                )
            }
            terminal.print(Self.output(preset.sender).pretty)
            return .done
        }

        private static func output(_ node: YAMLNode) -> JSONOutput {
            switch node.value {
            case .scalar(let text, let isPlain):
                if isPlain, let number = Int(text) { return .integer(number) }
                if isPlain, text == "true" || text == "false" { return .boolean(text == "true") }
                return .text(text)
            case .sequence(let items): return .list(items.map(output))
            case .mapping(let entries): return .object(entries.map { ($0.key, output($0.node)) })
            }
        }
    }
}
