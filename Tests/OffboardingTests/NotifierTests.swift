import Foundation
import Logging
import PrometheusText
import Storage
import Synchronization
import Testing

@testable import Offboarding

@Suite("Notices")
struct NotifierTests {
    /// Takes messages, or fails as told.
    private final class Targets: NoticeSender {
        let names: [(name: String, kinds: [Notice.Kind])]
        let sent = Mutex<[NoticeMessage]>([])
        let failures = Mutex(0)

        init(_ names: [(name: String, kinds: [Notice.Kind])]) { self.names = names }

        var targets: [(name: String, kinds: [Notice.Kind])] { names }

        func send(_ message: NoticeMessage) async throws(NoticeTrouble) {
            sent.withLock { $0.append(message) }
            let fails = failures.withLock { failures in
                defer { failures = max(0, failures - 1) }
                return failures > 0
            }
            if fails { throw NoticeTrouble("no") }
        }
    }

    private struct Bench {
        let shop: Workshop
        let targets: Targets
        let notifier: Notifier

        init(_ names: [(name: String, kinds: [Notice.Kind])] = [("ops", Notice.Kind.allCases)]) throws {
            shop = try Workshop()
            targets = Targets(names)
            notifier = Notifier(
                store: shop.store,
                sender: targets,
                retry: RetryPolicy(),
                time: shop.time,
                instruments: NoticeInstruments(targets: names.map(\.name), factory: shop.metrics),
                logger: Logger(label: "notices") { _ in SwiftLogNoOpLogHandler() }
            )
        }

        /// One turn of the notifier.
        func turn() async throws {
            for target in targets.targets {
                try await notifier.compose(target.name, target.kinds)
                while try await notifier.sendNext(to: target.name) {}
            }
        }

        func post(_ kind: Notice.Kind, about subject: String, because cause: String = "it is so") async throws {
            let now = shop.time.now()
            try await shop.store.write { session in
                let notice = Notice(kind: kind, at: now, sender: "hr", reason: "\(subject) \(cause)")
                try NoticeBoard(session: session, now: now).post(notice, about: subject, because: cause)
            }
        }

        var counts: [Int] { targets.sent.withLock { $0.map(\.count) } }
    }

    @Test("the same is told once until its cause changes, or is over and comes again")
    func once() async throws {
        let bench = try Bench()
        try await bench.post(.skew, about: "hr")
        try await bench.post(.skew, about: "hr")
        try await bench.turn()
        try await bench.turn()
        #expect(bench.counts == [1])
        bench.shop.time.pass(60)
        try await bench.post(.skew, about: "hr", because: "another")
        try await bench.turn()
        #expect(bench.counts == [1, 1])
        let now = bench.shop.time.now()
        try await bench.shop.store.write { try NoticeBoard(session: $0, now: now).withdraw("hr") }
        bench.shop.time.pass(60)
        try await bench.post(.skew, about: "hr", because: "another")
        try await bench.turn()
        #expect(bench.counts == [1, 1, 1])
        try await bench.shop.close()
    }

    @Test("a wave is one message at once and one sum after thirty seconds; another kind does not wait")
    func wave() async throws {
        let bench = try Bench()
        for number in 0..<3 { try await bench.post(.held, about: "case \(number)") }
        try await bench.turn()
        #expect(bench.counts == [3])
        for number in 3..<103 { try await bench.post(.held, about: "case \(number)") }
        try await bench.post(.skew, about: "hr")
        bench.shop.time.pass(29)
        try await bench.turn()
        #expect(bench.counts == [3, 1])
        bench.shop.time.pass(1)
        try await bench.turn()
        #expect(bench.counts == [3, 1, 100])
        #expect(bench.targets.sent.withLock { $0.last?.notices.count } == NoticeMessage.mostShown)
        try await bench.shop.close()
    }

    @Test("a digest is sent with the people's emails, which are not kept with it")
    func digest() async throws {
        let bench = try Bench()
        let done = try await bench.shop.work()
        let now = bench.shop.time.now()
        try await bench.shop.store.write { session in
            var notice = Notice(kind: .digest, at: now, sender: Case.commandLine, reason: "one")
            notice.digest = Digest(
                from: now - 86_400,
                to: now,
                finished: [done],
                figures: StoreFigures(),
                checkpoint: nil
            )
            try session.insert(notice)
        }
        try await bench.turn()
        let sent = bench.targets.sent.withLock { $0.first { $0.kind == .digest } }
        #expect(sent?.notices.first?.digest?.people.map(\.email) == [done.email])
        #expect(bench.shop.metrics.value(NoticeInstruments.notices, ["ops", "sent"]) == 2)
        try await bench.shop.close()
    }

    @Test("a message that is not taken is sent again under its id, and what comes meanwhile is summed behind it")
    func retried() async throws {
        let bench = try Bench()
        bench.targets.failures.withLock { $0 = 3 }
        try await bench.post(.held, about: "case 0")
        try await bench.turn()
        for number in 1..<6 {
            try await bench.post(.held, about: "case \(number)")
            bench.shop.time.pass(40)
            try await bench.turn()
        }
        let sent = bench.targets.sent.withLock { $0 }
        #expect(Set(sent.prefix(4).map(\.id)).count == 1)
        #expect(sent.dropFirst(4).first?.count ?? 0 >= 2)
        #expect(sent.dropFirst(3).map(\.count).reduce(0, +) == 6)
        try await bench.shop.close()
    }

    @Test("a message whose process died is sent again under the same id")
    func died() async throws {
        let bench = try Bench()
        try await bench.post(.held, about: "case 0")
        try await bench.notifier.compose("ops", [.held])
        let now = bench.shop.time.now()
        let taken = try await bench.shop.store.write { session in
            try session.takeDueMessage(to: "ops", now: now, again: now.addingTimeInterval(Notifier.lease))
        }
        try await bench.turn()
        #expect(bench.counts == [])
        bench.shop.time.pass(Notifier.lease)
        try await bench.turn()
        #expect(bench.targets.sent.withLock { $0.map(\.id) } == [taken?.id])
        try await bench.shop.close()
    }

    @Test("each target is told once of what it asked for; a new one hears of the last hour")
    func targets() async throws {
        let bench = try Bench([("ops", Notice.Kind.allCases), ("chat", [.held])])
        try await bench.post(.held, about: "old")
        bench.shop.time.pass(2 * Notifier.newcomersPast)
        try await bench.post(.held, about: "new")
        try await bench.post(.skew, about: "hr")
        try await bench.turn()
        let told = bench.targets.sent.withLock { $0.map { "\($0.target) \($0.notices.map(\.reason))" } }
        #expect(told.count == 3)
        #expect(!told.contains { $0.contains("old") })
        #expect(!told.contains { $0.hasPrefix("chat") && $0.contains("hr") })
        try await bench.shop.close()
    }

    @Test("a case that is held is told with its digest, and held again after an approval once more")
    func heldAgain() async throws {
        var policy = Policy(mode: .enforce)
        policy.approval = .always
        let shop = try Workshop(policy: policy)
        let held = try await shop.work()
        #expect(held.state == .held)
        let first = try await shop.store.read { try $0.notices(of: .held, after: 0, limit: 9) }
        #expect(first.map(\.planDigest) == [held.planDigest])
        #expect(first.map(\.caseID) == [held.id])
        #expect(first.map(\.email) == [held.email])
        try await shop.close()
    }
}
