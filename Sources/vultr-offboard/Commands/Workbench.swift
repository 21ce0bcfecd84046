import Foundation
import Offboarding
import Presentation
import Storage

/// The store as a command has it open, beside a daemon or without one.
struct Workbench: Sendable {
    let configuration: Configuration
    let store: any Store
    let terminal: Terminal
    let time: any TimeSource
    /// Where the configuration is read from again when more of it is needed.
    private let file: String?

    var desk: CaseDesk { CaseDesk(store: store, time: time, policy: configuration.policy) }

    var limitDesk: LimitDesk { LimitDesk(store: store, time: time, policy: configuration.policy) }

    /// Opens the store, does something, and closes it.
    ///
    /// - Throws: what the body throws; ``ConfigurationError``, before anything is opened; `StoreError`.
    static func with<Answer: Sendable>(
        _ option: ConfigurationOption,
        needs: Configuration.Needs = [],
        terminal: Terminal,
        _ body: (Workbench) async throws -> Answer
    ) async throws -> Answer {
        let configuration = try Configuration.load(file: option.config, needs: needs.union(.store))
        let store = try configuration.openStore(as: .command)
        if let loss = (store as? SQLiteStore)?.loss { terminal.note(HarmlessText.text("warning: \(loss)")) }
        let bench = Workbench(
            configuration: configuration,
            store: store,
            terminal: terminal,
            time: SystemTime(),
            file: option.config
        )
        let answer: Answer
        do {
            answer = try await body(bench)
        } catch {
            await bench.closeAfterFailure()
            throw error
        }
        try await store.close()
        return answer
    }

    /// A living daemon's heartbeat, where there is one: this machine's, if several share the store.
    func daemon() async throws -> Heartbeat? {
        let now = time.now()
        let living = try await store.read { session in
            try session.heartbeats().filter { $0.isOfLivingDaemon(at: now) }
        }
        return living.first(where: Node.isHere) ?? living.first
    }

    /// What reaches Vultr and works cases in this process.
    ///
    /// - Throws: ``ConfigurationError`` where a key's secret cannot be read.
    func machinery() async throws -> Machinery {
        let whole = try Configuration.load(file: file, needs: .keySecrets)
        try await ConfigurationRecord(whole, process: "command").note(in: store, always: false)
        return try Machinery(
            whole,
            store: store,
            worker: Node.worker("command:"),
            time: time,
            logger: Machinery.quietLogger
        )
    }

    /// Does something with a machinery of its own, and closes that.
    func withMachinery<Answer: Sendable>(_ body: (Machinery) async throws -> Answer) async throws -> Answer {
        let machinery = try await machinery()
        do {
            let answer = try await body(machinery)
            await machinery.shutdown()
            return answer
        } catch {
            await machinery.shutdown()
            throw error
        }
    }

    private func closeAfterFailure() async {
        do { try await store.close() } catch { terminal.note("the store could not be closed: \(error)") }
    }
}

/// The person at the keyboard.
enum OperatingSystemUser {
    /// The login name, or the number of an account without one.
    static var name: String {
        let number = getuid()
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(number, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
        else { return "uid \(number)" }
        return String(cString: name)
    }
}
