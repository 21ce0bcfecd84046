import Foundation
import Offboarding
import Synchronization
import Testing

@testable import VultrAPI

@Suite("The rate limit")
struct RateTests {
    @Test("several who share a rate keep to it together", arguments: [1, 2, 3, 20, 1000], [2, 3, 7])
    func shared(rate: Int, processes: Int) {
        let origin = ContinuousClock.now
        var beginnings: [Int64] = []
        for _ in 0..<processes {
            var pace = Pace(rate: rate, mostInFlight: 10_000)
            pace.share(among: processes)
            var now: Int64 = 0
            while now < 8_000_000 {
                switch pace.ask(at: origin + .microseconds(now)) {
                case .begin(let ticket):
                    beginnings.append(now)
                    pace.end(ticket, at: origin + .microseconds(now))
                case .at(let opening): now = max(now + 1, Int64(((opening - origin).seconds * 1_000_000).rounded(.up)))
                case .whenOneEnds: Issue.record("nothing is under way")
                }
            }
        }
        // Where there are more processes than requests, each may be the one of this second.
        #expect(mostInAnySecond(beginnings) <= max(processes, rate + rate / 10))
        let used = Double(beginnings.count) / 8 / Double(rate)
        // Of three requests two processes take one each: the half that is left over is nobody's.
        #expect(used > (rate < 20 ? 0.6 : 0.85))
    }

    /// What a simulated run did, in microseconds.
    private struct Run {
        var beginnings: [Int64] = []
        var arrivals: [Int64] = []
    }

    /// Plays calls that come at `demands` through a ``Pace``: timers fire up to `lateness` late, requests take up to
    /// `latency`, and each arrives somewhere between its beginning and its end, as far as travelling takes at most.
    private func play(
        rate: Int,
        demands: [Int64],
        lateness: Int64,
        latency: Int64,
        random: inout SplitMix64
    ) -> Run {
        let origin = ContinuousClock.now
        var pace = Pace(rate: rate, mostInFlight: 10_000)
        var run = Run()
        var ends: [(at: Int64, ticket: Pace.Ticket)] = []
        var timer: Int64?
        var next = 0
        var waiting = 0
        while next < demands.count || waiting > 0 {
            let now = [next < demands.count ? demands[next] : nil, timer, ends.first?.at].compactMap { $0 }.min() ?? 0
            let instant = origin + .microseconds(now)
            while next < demands.count, demands[next] <= now {
                next += 1
                waiting += 1
            }
            while let first = ends.first, first.at <= now {
                pace.end(first.ticket, at: instant)
                ends.removeFirst()
            }
            timer = nil
            asking: while waiting > 0 {
                switch pace.ask(at: instant) {
                case .begin(let ticket):
                    waiting -= 1
                    let end = now + Int64.random(in: 0...latency, using: &random)
                    let latest = min(end, now + 1_000_000)
                    run.beginnings.append(now)
                    run.arrivals.append(Int64.random(in: now...latest, using: &random))
                    let place = ends.firstIndex { $0.at > end } ?? ends.endIndex
                    ends.insert((end, ticket), at: place)
                case .at(let opening):
                    let due = Int64(((opening - origin).seconds * 1_000_000).rounded(.up))
                    timer = max(due, now + 1) + Int64.random(in: 0...lateness, using: &random)
                    break asking
                case .whenOneEnds:
                    break asking
                }
            }
        }
        return run
    }

    /// The most moments in any second, both of its ends included.
    private func mostInAnySecond(_ moments: [Int64]) -> Int {
        let moments = moments.sorted()
        var first = 0
        var most = 0
        for last in moments.indices {
            while moments[last] - moments[first] > 1_000_000 { first += 1 }
            most = max(most, last - first + 1)
        }
        return most
    }

    /// Calls that come in crowds, trickles and silences.
    private func demands(rate: Int, random: inout SplitMix64) -> [Int64] {
        var moments: [Int64] = []
        var now: Int64 = 0
        while moments.count < rate * 4 + 10 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: moments += Array(repeating: now, count: Int.random(in: 1...rate * 2 + 2, using: &random))
            case 1: now += Int64.random(in: 0...3_000_000, using: &random)
            default:
                for _ in 0..<Int.random(in: 1...rate + 1, using: &random) {
                    now += Int64.random(in: 0...2_000_000 / Int64(rate), using: &random)
                    moments.append(now)
                }
            }
        }
        return moments
    }

    @Test(
        "in any second at most a tenth more than the rate begins and arrives, for any arrivals, delays and late timers",
        arguments: [1, 2, 5, 9, 10, 19, 20, 30, 100, 400]
    )
    func bound(rate: Int) {
        var random = SplitMix64(seed: UInt64(rate))
        for round in 0..<(rate < 100 ? 30 : 4) {
            let demands = demands(rate: rate, random: &random)
            let latency: Int64 = [0, 3_000, 120_000, 900_000][round % 4]
            let lateness: Int64 = [0, 2_000, 30_000, 400_000][(round / 4) % 4]
            let run = play(rate: rate, demands: demands, lateness: lateness, latency: latency, random: &random)
            #expect(run.beginnings.count == demands.count)
            #expect(mostInAnySecond(run.beginnings) <= rate + rate / 10, "beginnings, round \(round)")
            #expect(mostInAnySecond(run.arrivals) <= rate + rate / 10, "arrivals, round \(round)")
        }
    }

    @Test("under steady load the rate is used, at 1 a second and at 1,000", arguments: [1, 5, 20, 100, 1_000])
    func throughput(rate: Int) throws {
        var random = SplitMix64(seed: 7)
        let demands = Array(repeating: Int64(0), count: rate * 10 + 1)
        let run = play(rate: rate, demands: demands, lateness: 1_500, latency: 2_000, random: &random)
        let seconds = Double(try #require(run.beginnings.last)) / 1_000_000
        #expect(seconds < 10.4, "10 seconds' worth took \(seconds) s")
        #expect(mostInAnySecond(run.arrivals) <= rate + rate / 10)
    }

    @Test("the first second is no exception")
    func start() {
        var random = SplitMix64(seed: 3)
        let run = play(rate: 20, demands: Array(repeating: 5, count: 60), lateness: 0, latency: 0, random: &random)
        #expect(run.beginnings.filter { $0 < 1_000_000 }.count <= 22)
        #expect(run.beginnings.filter { $0 == 5 }.count == 1)
    }

    @Test("requests under way are bounded, and the next begins when one ends")
    func inFlight() {
        let origin = ContinuousClock.now
        var pace = Pace(rate: 1_000, mostInFlight: 2)
        guard case .begin(let first) = pace.ask(at: origin), case .begin = pace.ask(at: origin) else {
            Issue.record("two may begin")
            return
        }
        #expect(pace.ask(at: origin + .seconds(30)) == .whenOneEnds)
        pace.end(first, at: origin + .seconds(30))
        guard case .begin = pace.ask(at: origin + .seconds(30)) else {
            Issue.record("one ended, one may begin")
            return
        }
        pace.end(first, at: origin + .seconds(30))
        #expect(pace.ask(at: origin + .seconds(31)) == .whenOneEnds, "a second note of the same end counts for nothing")
    }

    @Test("a pause holds everything until its end, and a shorter one does not cut a longer one")
    func pause() {
        let origin = ContinuousClock.now
        var pace = Pace(rate: 20, mostInFlight: 9)
        pace.pause(until: origin + .seconds(20))
        pace.pause(until: origin + .seconds(5))
        #expect(pace.ask(at: origin + .seconds(6)) == .at(origin + .seconds(20)))
        guard case .begin = pace.ask(at: origin + .seconds(20)) else {
            Issue.record("the pause is over")
            return
        }
    }
}
