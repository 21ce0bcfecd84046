import ArgumentParser
import Foundation
import Offboarding
import Presentation
import Storage

/// `backup PATH`: a copy of the store, also while the daemon runs.
struct Backup: Command {
    static let configuration = CommandConfiguration(
        abstract: "Make a checked copy of the store, also while the daemon runs.",
        discussion: """
            The copy holds what the store holds, people's emails and deliveries included, and is readable by its owner \
            alone. It overwrites nothing.
            """.examples("backup /var/backups/offboard.sqlite")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "The file to make.", completion: .file())
    var path: String

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let configuration = try Configuration.load(file: configuration.config, needs: [])
        let source = try configuration.storeFile(orElse: "make backups of it with pg_dump, or as its server's are made")
        guard FileManager.default.fileExists(atPath: source) else {
            throw CommandFailure(.unavailable, "there is no store at \(source)")
        }
        let store = try SQLiteStore.open(path: source)
        let facts: BackupFacts
        do {
            let path = URL(fileURLWithPath: path).path
            facts = try await Progress(terminal: terminal).during("copying the store") {
                try await store.backUp(to: path, at: SystemTime().now())
            }
        } catch {
            try await store.close()
            throw error
        }
        try await store.close()
        if output.json {
            terminal.print(JSONOutput.object([("path", .text(path))] + BackupPresentation.members(facts)).pretty)
        } else {
            terminal.print("\(HarmlessText.text(path)): \(BackupPresentation.text(facts))")
        }
        return .done
    }
}

/// `restore PATH`: a copy takes the store's place.
struct Restore: Command {
    static let configuration = CommandConfiguration(
        abstract: "Put a backup in the store's place, and keep the old store beside it.",
        discussion: """
            Refused while a daemon is alive. Deliveries that were acknowledged after the backup was made are missing \
            afterwards; their senders can send them again, and they count as new. Cases that were open in the backup are \
            held: what was said about these people since then is not known.
            """.examples("restore /var/backups/offboard.sqlite")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "The backup.", completion: .file())
    var path: String

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let configuration = try Configuration.load(file: configuration.config, needs: [])
        let store = try configuration.storeFile(orElse: "restore it with pg_restore while no daemon runs")
        let (path, now) = (URL(fileURLWithPath: path).path, SystemTime().now())
        let held = Held()
        let outcome = try await Progress(terminal: terminal).during("restoring the store") {
            try await StoreRestore(store: store, audit: configuration.auditParts()).restore(path, at: now) {
                store,
                facts in
                let count = try await store.write { session in
                    try session.acting(as: .person(OperatingSystemUser.name)) {
                        let count = try Restoration(session: session).restrainOpenCases()
                        try session.note(
                            .restored(takenAt: facts.takenAt, held: count, by: session.actor, at: session.now)
                        )
                        return count
                    }
                }
                await held.set(count)
            }
        }
        let count = await held.count
        let facts = outcome.facts
        if output.json {
            terminal.print(
                JSONOutput.object(
                    [("restored_from", .text(path)), ("kept_as", .optional(outcome.keptAs)), ("held", .integer(count))]
                        + BackupPresentation.members(facts)
                ).pretty
            )
        } else {
            terminal.print("restored: \(BackupPresentation.text(facts))")
            if let kept = outcome.keptAs { terminal.print("the old store is kept as \(HarmlessText.text(kept))") }
        }
        for line in BackupPresentation.warnings(facts, held: count, sweep: configuration.sweep) { terminal.note(line) }
        return .done
    }

    private actor Held {
        private(set) var count = 0
        func set(_ count: Int) { self.count = count }
    }
}
