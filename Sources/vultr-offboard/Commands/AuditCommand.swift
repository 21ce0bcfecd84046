import ArgumentParser
import AuditKeys
import Foundation
import Offboarding
import Presentation
import Storage

/// `audit keygen|verify|export`: the key that signs the chain, whether the chain is whole, and what auditors are given.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Make the key of the audit chain, check the chain, and export it for an auditor.",
        discussion: .examples("audit keygen audit.pem", "audit verify"),
        subcommands: [MakeAuditKey.self, VerifyAudit.self, ExportAudit.self]
    )
}

/// `audit keygen PATH`.
struct MakeAuditKey: Command {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Make a private key for the audit chain, readable by its owner alone.",
        discussion: """
            The public key is written beside it, to PATH.pub: give it, or the fingerprint that is printed, to your auditors \
            now and by another way than the exports. Then write `audit: {key: {file: PATH}}` into the configuration.
            """.examples("audit keygen audit.pem")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "Where to write it. Nothing that is there is replaced.", completion: .file())
    var path: String

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let key = try SigningKey()
        let publicKey = try AuditPublicKey(key.publicKey, sha256: AuditDigest.sha256)
        try NewFile.write(try key.pem, to: path, mode: 0o600)
        try NewFile.write(try VerifyingKey(key.publicKey).pem, to: "\(path).pub", mode: 0o644)
        let json = JSONOutput.object([
            ("private_key", .text(path)), ("public_key", .text("\(path).pub")),
            ("fingerprint", .text(publicKey.fingerprint)),
        ])
        terminal.print(output.json ? json.pretty : publicKey.fingerprint)
        return .done
    }
}

/// `audit verify [--checkpoint TEXT|FILE]… [--key FILE] [STORE or BUNDLE]`.
struct VerifyAudit: Command {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the audit chain of a store or of an export, and name the first bad entry.",
        discussion: """
            Works offline. Without a path it checks the configured store; with one, that store or export, and needs no \
            configuration. A checkpoint, from the log or a notice, shows whether anything up to it was changed or cut. \
            Exit status 1: something is wrong.
            """.examples("audit verify", "audit verify --checkpoint offboard.log --key audit.pem.pub")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A checkpoint, or a file that holds some, such as a log; may be given several times.",
            valueName: "text or file"
        ),
        completion: .file()
    )
    var checkpoint: [String] = []

    @Option(name: .long, help: "The public key, as PEM, that must have signed.", completion: .file())
    var key: String?

    @Argument(help: "A store's file, or a folder that `audit export` wrote.", completion: .file())
    var path: String?

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let checkpoints = try checkpoint.flatMap(CheckpointSource.read)
        let pinned = try key.map { path in
            try AuditPublicKey(
                try VerifyingKey(pem: try SmallFile.text(path)).bytes,
                sha256: AuditDigest.sha256
            )
        }
        let finding: AuditFinding
        if let path {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw CommandFailure(.usage, "\(path): there is nothing")
            }
            finding =
                isFolder.boolValue
                ? try BundleCheck(folder: path, pinned: pinned, checkpoints: checkpoints).check()
                : try await Self.check(try SQLiteStore.open(path: path), pinned, checkpoints, leavesLog: false)
        } else {
            let loaded = try Configuration.load(file: configuration.config, needs: [])
            guard let store = try loaded.openStoreIfThere() else {
                throw CommandFailure(.usage, "there is no store yet at \(loaded.storage)")
            }
            // Who checks on the machine that signs need not be told the key.
            let configured = try pinned ?? loaded.auditSigner?.publicKey()
            finding = try await Self.check(store, configured, checkpoints)
        }
        terminal.print(output.json ? finding.json.pretty : finding.text)
        return finding.fault == nil ? .done : .no
    }

    private static func check(
        _ store: any Store,
        _ trusted: AuditPublicKey?,
        _ checkpoints: [AuditCheckpoint],
        leavesLog: Bool = true
    ) async throws -> AuditFinding {
        do {
            let finding = try await StoreAudit(store: store, trusted: trusted, checkpoints: checkpoints).check()
            // A backup that was checked stays one file: `restore` takes none with a log beside it.
            if !leavesLog { try await emptyLog(of: store) }
            try await store.close()
            return finding
        } catch {
            try await store.close()
            throw error
        }
    }
}

extension VerifyAudit {
    /// Copies the log back and empties it, where nobody else has the store open.
    private static func emptyLog(of store: any Store) async throws {
        do {
            try await store.scrub()
        } catch let error as StoreError where error.code == .busy {
            // It is the store of a daemon, which looks after its log itself.
        }
    }
}

/// `audit export [--from TIME] [--to TIME] FOLDER`.
struct ExportAudit: Command {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the chain of a time, with a report of its cases, into a folder for an auditor.",
        discussion: """
            The folder holds a README.txt that says how to check it with openssl and coreutils alone. It names the people \
            whom the store can still name: hand it on as you would hand on their data.
            """.examples("audit export --from 2026-11-01 --to 2026-11-30 november")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption
    @OptionGroup var period: PeriodOption

    @Argument(help: "The folder to make.", completion: .directory)
    var path: String

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let period = period
        return try await Workbench.with(configuration, terminal: terminal) { bench in
            guard let span = try await bench.store.read({ try $0.auditSpan(from: period.from, to: period.to) }) else {
                terminal.note("there is no entry of that time")
                return .no
            }
            let written = try await Progress(terminal: terminal).during("exporting the audit chain") {
                try await BundleWriter(
                    store: bench.store,
                    signer: bench.configuration.auditSigner,
                    folder: path
                ).write(span)
            }
            terminal.print(output.json ? written.json.pretty : written.text)
            return .done
        }
    }
}

/// Checkpoints as people give them: the text of one, or a file.
enum CheckpointSource {
    /// - Throws: ``CommandFailure`` where there is none.
    static func read(_ given: String) throws -> [AuditCheckpoint] {
        if let checkpoint = AuditCheckpoint(text: given) { return [checkpoint] }
        guard !given.hasPrefix(AuditCheckpoint.mark) else {
            throw CommandFailure(.usage, "that is no checkpoint: it must be whole, as the log or the notice has it")
        }
        var found: [AuditCheckpoint] = []
        let lines = try LineReader(path: given)
        while let line = try lines.next() { found += AuditCheckpoint.all(in: String(decoding: line, as: UTF8.self)) }
        guard !found.isEmpty else { throw CommandFailure(.usage, "\(given): there is no checkpoint in it") }
        return found
    }
}
