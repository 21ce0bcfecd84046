import Foundation
import Storage
import Testing

@testable import Offboarding

@Suite("Vultr is out of reach for a week")
struct OutageTests {
    @Test("every case completes after it; each needs attention once, at the configured time, and is told of once")
    func week() async throws {
        let retry = RetryPolicy(first: 1, ceiling: 900, attentionAfter: 3600)
        let policy = Policy(mode: .enforce, limits: [], fractionOfOrganization: 1)
        let shop = try Workshop(policy: policy, retry: retry)
        let outage = VultrError(.unavailable, status: 503, message: "unavailable")
        shop.vultr[0].change { $0.outage = outage }
        let began = shop.time.now()
        var opened: [CaseID] = []
        for number in 2..<6 { opened += try await shop.record(.departed, "person\(number)@example.com") }
        let ids = opened
        var turned: [CaseID: Date] = [:]
        var tries: [CaseID: Int] = [:]
        let end = began + 7 * 86_400
        while true {
            let cases = try await shop.store.read { session in try ids.compactMap { try session.case($0) } }
            let next = try #require(cases.compactMap(\.dueAt).min(), "every one is tried again")
            if next >= end { break }
            shop.time.pass(max(0, next.timeIntervalSince(shop.time.now())))
            for due in cases where due.dueAt.map({ $0 <= shop.time.now() }) ?? false {
                let worked = try await shop.engine.work(due.id)
                tries[due.id, default: 0] += 1
                if worked.state == .attention, turned[due.id] == nil { turned[due.id] = shop.time.now() }
                #expect(worked.state == .retrying || turned[due.id] != nil, "once in attention, it stays there")
            }
        }
        for id in ids {
            let at = try #require(turned[id]).timeIntervalSince(began)
            #expect(at >= 3600 && at <= 3600 + 900, "after \(at) s")
            #expect(try #require(tries[id]) >= 7 * 86_400 / 900, "and is tried again at the ceiling")
        }
        let told = try await shop.store.read { try $0.notices(of: .attention, after: 0, limit: 1000) }
        #expect(told.count == ids.count)
        #expect(Set(told.compactMap(\.caseID)) == Set(ids))
        #expect(told.allSatisfy { $0.at == $0.caseID.flatMap { turned[$0] } })
        shop.vultr[0].change { $0.outage = nil }
        shop.time.pass(max(0, end.timeIntervalSince(shop.time.now())) + 900)
        for id in ids { #expect(try await shop.engine.work(id).result == .removed) }
        #expect(shop.vultr[0].deletes.count == ids.count)
        #expect(Set(shop.vultr[0].deletes.map(\.user.text)) == Set((2..<6).map { "u\($0)" }))
        try await shop.close()
    }
}
