import HTTPListener
import PrometheusText
import Testing

@testable import Intake

@Suite("What is counted of requests")
struct CountingTests {
    private func deliveries(_ fixture: IntakeFixture, _ result: IntakeInstruments.Result) -> Double? {
        fixture.metrics.value(IntakeInstruments.deliveries, ["hr", result.rawValue])
    }

    @Test("every result is there from the start, so that the first event is an increase")
    func zeroes() throws {
        let fixture = try IntakeFixture()
        for result in IntakeInstruments.Result.allCases { #expect(deliveries(fixture, result) == 0) }
        #expect(fixture.metrics.refused == 0)
    }

    @Test("a refusal is counted under its sender, and under its cause")
    func refusals() throws {
        let fixture = try IntakeFixture(", allow_from: [192.0.2.0/24]")
        #expect(fixture.status(try fixture.head()) == 401)
        #expect(fixture.status(try fixture.head()) == 401)
        #expect(fixture.status(try fixture.head(from: "198.51.100.1")) == 403)
        #expect(deliveries(fixture, .refused) == 3)
        #expect(fixture.metrics.value(IntakeInstruments.refusals, ["hr", "missing_signature"]) == 2)
        #expect(fixture.metrics.value(IntakeInstruments.refusals, ["hr", "forbidden_source"]) == 1)
        #expect(fixture.metrics.refused == 0)
    }

    @Test("2,000 names of senders that nobody configured add no series")
    func strangers() throws {
        let fixture = try IntakeFixture()
        let before = fixture.metrics.text().split(separator: "\n").count
        for number in 0..<2_000 {
            #expect(fixture.status(try fixture.head("POST", "/hooks/stranger-\(number)")) == 404)
        }
        #expect(fixture.metrics.text().split(separator: "\n").count == before)
        #expect(fixture.metrics.value(StrangerInstruments.requests) == 2_000)
        #expect(fixture.status(try fixture.head("GET", "/elsewhere")) == 404)
        #expect(fixture.metrics.value(StrangerInstruments.requests) == 2_000)
    }
}
