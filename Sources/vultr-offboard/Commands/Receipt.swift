import ArgumentParser
import Foundation
import Offboarding
import Presentation

/// `receipt CASE`: one page that proves what was done for one person.
struct Receipt: Command {
    static let configuration = CommandConfiguration(
        abstract: "Print one signed page about a case: told when, removed where, proved how.",
        discussion: """
            The page says what the audit chain says, and how to check its signature with openssl. The chain is checked up \
            to the last entry of the case before anything is printed.
            """.examples("receipt c_01")
    )

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: OutputOption

    @Argument(help: "The case's id.", completion: Completions.cases())
    var id: String

    func execute(_ terminal: Terminal) async throws -> CommandStatus {
        let id = CaseID(self.id)
        return try await Workbench.with(configuration, terminal: terminal) { bench in
            let (entries, checkpoint, names) = try await bench.store.read { session in
                guard let found = try session.case(id) else { throw CaseDeskError.unknownCase(id) }
                return (
                    try session.auditEntries(of: id), try session.auditCheckpoint(),
                    try PeopleNames(of: found.emails, in: session)
                )
            }
            guard let checkpoint, !entries.isEmpty else {
                terminal.note("case \(id) is older than the audit chain: nothing can be proved of it")
                return .no
            }
            let finding = try await StoreAudit(store: bench.store, trusted: nil, checkpoints: [checkpoint]).check()
            if let fault = finding.fault {
                terminal.note("the audit chain is not valid: \(fault)")
                return .no
            }
            let history = CaseHistory(id, try entries.map { try AuditRecord($0) })
            let page = ReceiptPage(
                history: history,
                names: names,
                hash: entries.last.map { HexText.text($0.hash) } ?? "",
                checkpoint: checkpoint,
                at: bench.time.now()
            )
            let signed = try SignedPage(page.text, by: bench.configuration.auditSigner)
            terminal.print(output.json ? page.json(signed).pretty : signed.text)
            return .done
        }
    }
}
