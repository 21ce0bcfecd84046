import ArgumentParser
import Foundation
import Offboarding
import Presentation
import Senders
import StrictYAML

/// `senders list|show|explain`.
struct SendersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "senders",
        abstract: "The senders of the configuration, the presets that ship, and what becomes of a captured request.",
        discussion: .examples("senders list", "senders show hr"),
        subcommands: [List.self, ShowSender.self, ExplainSender.self]
    )

    struct List: Command {
        static let configuration = CommandConfiguration(
            abstract: "List the configured senders, or with --presets what ships.",
            discussion: """
                A preset is `proven` where its signature and its events were seen on published values; check an `unproven` \
                one with a live delivery.
                """.examples("senders list", "senders list --presets")
        )

        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var output: OutputOption

        @Flag(name: .long, help: "List the presets. Needs no configuration.")
        var presets = false

        func execute(_ terminal: Terminal) async throws -> CommandStatus {
            if presets { return try listPresets(terminal) }
            let configuration = try Configuration.load(file: configuration.config, needs: [])
            let usage = try await SenderUsage.read(of: configuration, at: SystemTime().now())
            let list = SenderList(configuration.senders, mode: configuration.policy.mode, usage: usage)
            if output.json {
                terminal.print(list.json.pretty)
            } else if list.senders.isEmpty {
                terminal.note("no senders")
            } else {
                terminal.print(list.text(colours: terminal.hasColours))
            }
            return .done
        }

        private func listPresets(_ terminal: Terminal) throws -> CommandStatus {
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

    struct ShowSender: Command {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show a configured sender as YAML, laid over its preset; or a preset as it ships.",
            discussion: "Secrets are not in it: where they are named, it shows where they are.".examples(
                "senders show hr",
                "senders show okta --preset"
            )
        )

        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var output: OutputOption

        @Flag(name: .long, help: "The name is a preset's. Needs no configuration.")
        var preset = false

        @Argument(
            help: "The sender's or, with --preset, the preset's name.",
            completion: .custom { words, _, _ in
                words.contains("--preset") ? Preset.names : Completions.senderNames(words)
            }
        )
        var name: String

        func execute(_ terminal: Terminal) async throws -> CommandStatus {
            if preset {
                let found = try named()
                terminal.print(output.json ? YAMLText.output(found.sender).pretty : found.text.trimmedEnd)
                return .done
            }
            let configuration = try Configuration.load(file: configuration.config, needs: [])
            guard let sender = configuration.sender(named: name)?.sender else {
                let names = configuration.senders.map(\.sender.name).joined(separator: ", ")
                let hint = Preset.names.contains(name) ? "; --preset shows the preset of that name" : ""
                throw CommandFailure(
                    .usage,
                    "there is no sender \(name); there are: \(names.isEmpty ? "none" : names)\(hint)"
                )
            }
            if output.json {
                terminal.print(YAMLText.output(sender.effective).pretty)
                return .done
            }
            let preset = sender.preset.map { "the preset \(HarmlessText.text($0)) (\(sender.proof.rawValue)) and " }
            terminal.print("# \(preset ?? "")what the configuration writes\n" + YAMLText.text(sender.effective))
            return .done
        }

        private func named() throws -> Preset {
            if let preset = try Preset.named(name) { return preset }
            throw CommandFailure(
                .usage,
                "there is no preset \(name); there are: \(Preset.names.joined(separator: ", "))"
            )
        }
    }
}

extension String {
    /// Without the line's end behind it, which whoever prints adds.
    fileprivate var trimmedEnd: String { hasSuffix("\n") ? String(dropLast()) : self }
}
