import Foundation
import Logging
import Storage
import Testing

@testable import Offboarding

@Suite("Traces")
struct TraceTests {
    private static let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test("a valid header is kept, one of a later version in the form of the first")
    func valid() {
        #expect(TraceParent(Self.valid)?.text == Self.valid)
        let later = "cc" + Self.valid.dropFirst(2)
        #expect(TraceParent(later)?.text == Self.valid)
        #expect(TraceParent(later + "-what-the-future-will-be")?.text == Self.valid)
    }

    @Test(
        "anything else is no trace",
        arguments: [
            "", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
            "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nX: y",
        ]
    )
    func invalid(_ text: String) { #expect(TraceParent(text) == nil) }

    private func delivery(_ traces: [String]) -> Delivery {
        Delivery(
            id: DeliveryID("d_1"),
            sender: "hr",
            receivedAt: Samples.start,
            headers: traces.map { Delivery.Header(name: "traceparent", value: $0) },
            body: [],
            replayKey: ReplayKey(signedID: "evt_1", bodyDigest: Array(repeating: 1, count: 32)),
            secretName: nil
        )
    }

    @Test("a header that comes twice is no trace")
    func twice() {
        #expect(delivery([Self.valid]).trace?.text == Self.valid)
        #expect(delivery([Self.valid, Self.valid]).trace == nil)
        #expect(delivery([]).trace == nil)
    }

    @Test("a case has the trace of the delivery that told of it, and hands it on with its notices")
    func ofCase() async throws {
        let shop = try Workshop()
        let told = delivery([Self.valid])
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            let incoming = IncomingDelivery(delivery: told, rememberedSince: .distantPast, onlyIfKnown: false)
            shop.store.append(incoming) { done.resume(with: $0.map { _ in }) }
        }
        let (policy, now) = (shop.parts.policy, shop.time.now())
        let id = try await shop.store.write { session in
            try CaseLedger(session: session, now: now, policy: policy).record(
                Departure(kind: .departed, email: try EmailAddress(Samples.avery)),
                sender: "hr",
                delivery: told.id,
                receivedAt: now
            )[0]
        }
        #expect(try await shop.store.read { try $0.trace(of: id) }?.text == Self.valid)
        let forbidden = VultrError(.operatorNeeded, status: 403, message: "forbidden")
        shop.vultr[0].change { $0.faults["remove"] = [forbidden] }
        #expect(try await shop.engine.work(id).state == .attention)
        let notices = try await shop.store.read { try $0.notices(of: .attention, after: 0, limit: 5) }
        #expect(notices.map(\.trace) == [Self.valid])
        try await shop.close()
    }

    @Test("lines of a task that works a case have its id and its trace, others have neither")
    func lines() {
        let trace = TraceParent(Self.valid)
        #expect(WorkContext.metadata.get() == [:])
        WorkContext.$current.withValue(WorkContext(caseID: CaseID("c_1"), trace: trace)) {
            #expect(WorkContext.metadata.get() == ["case": "c_1", "trace": "\(Self.valid)"])
        }
    }
}
