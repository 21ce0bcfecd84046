import Intake
import Offboarding
import PrometheusText
import Storage
import VultrAPI

/// Every family that is served: what `GET /metrics` shows, and what alert rules may name. Labels are names of the
/// configuration and words from fixed lists, never anything that came with a request.
enum MetricCatalogue {
    static let families = departures + deliveries + vultr + store + others + ProcessSamples.families

    private static let departures = [
        MetricFamily(
            EngineInstruments.timeToRevoke,
            .histogram(buckets: [
                1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400, 604_800,
            ]),
            "Seconds from a departure, told and in effect, to the proof that the person is gone."
        ),
        MetricFamily(
            FigureSamples.oldestUnrevoked,
            .gauge,
            "Seconds for which the departure that waits longest has been told and in effect; 0 where none waits."
        ),
        MetricFamily(FigureSamples.cases, .gauge, "Cases by state.", labels: ["state"]),
        MetricFamily(
            EngineInstruments.removals,
            .counter,
            "Removals that came to an outcome; retrying and operator also count each DELETE that failed.",
            labels: ["key", "outcome"]
        ),
        MetricFamily(FigureSamples.back, .gauge, "Cases whose people are members again although they left."),
        MetricFamily(FigureSamples.enforcing, .gauge, "1 where the policy removes people, 0 where it is a dry run."),
    ]

    private static let deliveries = [
        MetricFamily(
            IntakeInstruments.deliveries,
            .counter,
            "Requests of each sender by what became of them.",
            labels: ["sender", "result"]
        ),
        MetricFamily(
            IntakeInstruments.refusals,
            .counter,
            "Requests of each sender that were not taken, by cause.",
            labels: ["sender", "cause"]
        ),
        MetricFamily(StrangerInstruments.requests, .counter, "Requests to hooks of senders that are not configured."),
        MetricFamily(
            IntakeInstruments.skew,
            .gauge,
            "Seconds by which the last verified timestamp was behind this machine's clock.",
            labels: ["sender"]
        ),
        MetricFamily(
            IntakeInstruments.lastDelivery,
            .gauge,
            "When the last delivery of a sender was taken, in seconds since 1970.",
            labels: ["sender"]
        ),
        MetricFamily(FigureSamples.queue, .gauge, "Deliveries that are accepted and not yet read."),
        MetricFamily(FigureSamples.queueAge, .gauge, "Seconds for which the first of them has waited."),
        MetricFamily(
            FigureSamples.deliveriesState,
            .gauge,
            "Deliveries that wait for something: accepted ones for being read, the others for a person.",
            labels: ["state"]
        ),
        MetricFamily(FigureSamples.lookups, .gauge, "People whose emails are asked for at a sender's service."),
    ]

    private static let vultr = [
        MetricFamily(
            VultrInstruments.requests,
            .counter,
            "Requests to Vultr by endpoint and status, or by the way in which they ended without one.",
            labels: ["endpoint", "status"]
        ),
        MetricFamily(
            VultrInstruments.seconds,
            .histogram(buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]),
            "Seconds that requests to Vultr took."
        ),
        MetricFamily(
            DirectoryInstruments.lastReading,
            .gauge,
            "When a key's lists were last read whole, in seconds since 1970.",
            labels: ["key"]
        ),
        MetricFamily(DirectoryInstruments.failing, .gauge, "1 where a key's last reading failed.", labels: ["key"]),
        MetricFamily(
            DirectoryInstruments.unproven,
            .gauge,
            "Lists of a key that its last reading could not prove complete.",
            labels: ["key"]
        ),
    ]

    private static let store = [
        MetricFamily(
            StorageInstruments.commitSeconds,
            .histogram(buckets: [
                0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
            ]),
            "Seconds that commits took, with their sync."
        ),
        MetricFamily(
            StorageInstruments.commitWrites,
            .histogram(buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]),
            "Deliveries and pieces of work that shared a commit."
        ),
        MetricFamily(StorageInstruments.commitFailures, .counter, "Commits of which nothing was kept."),
        MetricFamily(FigureSamples.ready, .gauge, "1 where the store can take a delivery now."),
        MetricFamily(FigureSamples.losses, .gauge, "Times that something acknowledged was found missing in the store."),
    ]

    private static let others = [
        MetricFamily(
            NoticeInstruments.notices,
            .counter,
            "Messages to each target, sent or not taken.",
            labels: ["target", "result"]
        ),
        MetricFamily(
            FigureSamples.waitingNotices,
            .gauge,
            "Messages that wait to be taken by a target.",
            labels: ["target"]
        ),
        MetricFamily(FigureSamples.auditEntries, .gauge, "Entries of the audit chain."),
        MetricFamily(FigureSamples.auditLast, .gauge, "When its last entry was made, in seconds since 1970."),
        MetricFamily(
            AuditInstruments.checkpoint,
            .gauge,
            "When a checkpoint of the audit chain was last written to the log, in seconds since 1970."
        ),
        MetricFamily(FigureSamples.sweepEnded, .gauge, "When the last sweep ended, in seconds since 1970."),
        MetricFamily(FigureSamples.sweepProblems, .gauge, "Keys that the last sweep could not read whole."),
        MetricFamily(FigureSamples.build, .gauge, "Always 1; says which version runs.", labels: ["version"]),
        MetricFamily(FigureSamples.refusedSeries, .counter, "Series that were not made: nobody foresaw them."),
    ]
}
