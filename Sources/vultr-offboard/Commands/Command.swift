import ArgumentParser

/// A command whose errors become the exit statuses of the contract.
protocol Command: AsyncParsableCommand {
    /// Does the work.
    ///
    /// - Throws: any error; see ``CommandFailure/init(_:)``.
    func execute(_ terminal: Terminal) async throws -> CommandStatus
}

extension Command {
    mutating func run() async throws {
        let terminal = Terminal.standard
        let status: CommandStatus
        do {
            status = try await execute(terminal)
        } catch {
            let failure = CommandFailure(error)
            terminal.note(failure.message)
            throw failure.status.code
        }
        guard status == .done else { throw status.code }
    }
}
