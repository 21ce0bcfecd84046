import ArgumentParser
import Foundation
import Offboarding
import Storage
import Synchronization

@testable import vultr_offboard

/// A folder with a configuration and a store, in which commands run as from a shell.
struct CommandBench {
    let folder: URL
    let store: any Store
    private let heart = Heart()

    /// What the made-up daemon says of itself every second while it lives.
    private final class Heart: Sendable {
        let beating = Mutex<Heartbeat?>(nil)
    }

    var configuration: String { folder.appending(path: "c.yaml").path }

    /// What a command wrote and how it ended.
    struct Outcome {
        let status: CommandStatus
        let output: String
        let notes: String
    }

    /// Makes a bench with keys that come from files, and a Vultr that nobody answers for.
    static func with<Answer: Sendable>(_ body: (CommandBench) async throws -> Answer) async throws -> Answer {
        try await ConfigurationSamples.withFolder { folder in
            try "key-1".write(to: folder.appending(path: "key"), atomically: true, encoding: .utf8)
            try "whsec_bWFkZSB1cCwgYW5kIGxvbmcgZW5vdWdo"
                .write(to: folder.appending(path: "hr"), atomically: true, encoding: .utf8)
            try """
            vultr: {url: "http://127.0.0.1:9", timeout: 1s, keys: [{name: production, key: {file: key}}]}
            senders: [{name: hr, preset: standard-webhooks, secrets: [{file: hr}]}]
            policy: {mode: enforce}
            """.write(to: folder.appending(path: "c.yaml"), atomically: true, encoding: .utf8)
            let store = try SQLiteStore.open(path: folder.appending(path: "offboard.sqlite").path, role: .daemon)
            let bench = CommandBench(folder: folder, store: store)
            let answer = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await bench.keepBeating() }
                defer { group.cancelAll() }
                return try await body(bench)
            }
            try await store.close()
            return answer
        }
    }

    /// Runs a command; `answers` are typed at a terminal, `nil` means that there is none.
    func run(_ arguments: [String], answers: [String]? = nil) async throws -> Outcome {
        let written = Mutex((output: "", notes: ""))
        let typed = Mutex(answers ?? [])
        let terminal = Terminal(
            hasColours: false,
            showsProgress: false,
            isInteractive: answers != nil,
            write: { text, descriptor in
                written.withLock { if descriptor == STDOUT_FILENO { $0.output += text } else { $0.notes += text } }
            },
            readAnswer: { typed.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
        )
        let parsed = try VultrOffboard.parseAsRoot(arguments + ["--config", configuration])
        guard let command = parsed as? any Command else { throw ValidationError("no command of ours") }
        let status: CommandStatus
        do {
            status = try await command.execute(terminal)
        } catch {
            let failure = CommandFailure(error)
            terminal.note(failure.message)
            status = failure.status
        }
        return written.withLock { Outcome(status: status, output: $0.output, notes: $0.notes) }
    }

    /// Puts a case into the store.
    func insert(_ id: String, _ state: CaseState, digest: String? = nil, email: String? = nil) async throws {
        let now = SystemTime().now()
        var made = Case(
            id: CaseID(id),
            email: try EmailAddress(email ?? "\(id)@example.com"),
            state: state,
            sender: "hr",
            receivedAt: now,
            occurredAt: now,
            dueAt: nil
        )
        made.planDigest = digest
        if state == .completed { made.result = .noAccount }
        let new = made
        try await store.write { try $0.insert(new) }
    }

    /// Has a daemon live from now on, however slow the machine is.
    func beat(listener: String? = nil) async throws {
        heart.beating.withLock { $0 = Heartbeat(worker: "daemon:1:2", at: SystemTime().now(), listener: listener) }
        try await beatOnce(at: SystemTime().now())
    }

    /// Leaves the heartbeat of a daemon that is dead.
    func leaveHeartbeat(at date: Date) async throws {
        try await store.write { try $0.beat(Heartbeat(worker: "daemon:1:2", at: date, listener: nil)) }
    }

    private func keepBeating() async throws {
        while !Task.isCancelled {
            try await beatOnce(at: SystemTime().now())
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
        }
    }

    private func beatOnce(at date: Date) async throws {
        guard let beating = heart.beating.withLock({ $0 }) else { return }
        let now = Heartbeat(worker: beating.worker, at: date, listener: beating.listener)
        try await store.write { try $0.beat(now) }
    }

    /// Does as a daemon would: waits for a case, any where `id` is `nil`, to be queued, takes it, and puts it where it
    /// belongs.
    func work(_ id: String?, by event: CaseEvent, digest: String? = nil) async throws {
        while true {
            let isDone = try await store.write { session -> Bool in
                let now = SystemTime().now()
                let until = now.addingTimeInterval(30)
                let claimed = try session.claimDueCases(owner: "daemon:1:2", now: now, leaseUntil: until, limit: 9)
                guard var mine = claimed.first(where: { id == nil || $0.id.text == id }) else { return false }
                try mine.apply(event)
                mine.result = event == .finished ? .removed : nil
                mine.planDigest = digest ?? mine.planDigest
                mine.dueAt = nil
                try session.update(mine)
                return true
            }
            if isDone { return }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
