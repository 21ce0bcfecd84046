import Foundation
public import Logging

/// What the engine is put together from.
public struct EngineParts: Sendable {
    public var store: any Store
    public var directory: Directory
    public var interpreter: any DeliveryInterpreter
    public var mark: any ReadingMark
    public var policy: Policy
    public var retry: RetryPolicy
    public var sha256: SHA256Function
    public var time: any TimeSource
    public var instruments: EngineInstruments
    public var logger: Logger
    /// Who was seen under which address.
    let memory: AddressMemory

    /// - Parameter mark: says what is being read, to whoever comes after a crash.
    public init(
        store: any Store,
        directory: Directory,
        interpreter: any DeliveryInterpreter,
        mark: any ReadingMark = NoReadingMark(),
        policy: Policy,
        retry: RetryPolicy,
        sha256: @escaping SHA256Function,
        time: any TimeSource,
        instruments: EngineInstruments = EngineInstruments(),
        logger: Logger
    ) {
        self.store = store
        self.directory = directory
        self.interpreter = interpreter
        self.mark = mark
        self.policy = policy
        self.retry = retry
        self.sha256 = sha256
        self.time = time
        self.instruments = instruments
        self.logger = logger
        memory = AddressMemory(store: store, time: time)
    }
}

/// Reads a delivery: who left, who is back.
///
/// Never fails and never calls out; what it cannot read safely it says so. Should it crash or stall all the same, the
/// engine sets the delivery aside after some tries.
public protocol DeliveryInterpreter: Sendable {
    func interpret(_ delivery: Delivery) -> Interpretation
}

/// What a delivery says.
public struct Interpretation: Sendable, Equatable {
    public var departures: [Departure]
    /// The parts that are about a departure and cannot be read safely.
    public var unresolvedParts: [UnresolvedPart]
    /// The parts that name somebody by an id whose email can be asked for.
    public var lookups: [Lookup]
    /// Why the delivery is about nobody's departure, where it is not.
    public var ignored: String?
    /// What is asked for in it, where its sender is a chat tool; then it says nothing else.
    public var chat: ChatRequest?

    /// The most reasons that ``unresolved`` gives; the rest is counted.
    public static let mostReasons = 20

    /// One reason for each part that is about a departure and cannot be read safely; without an email.
    public var unresolved: [String] {
        let shown = unresolvedParts.prefix(Self.mostReasons).map(\.reason)
        let rest = unresolvedParts.count - shown.count
        return rest > 0 ? shown + ["and \(rest) more"] : shown
    }

    public init(
        departures: [Departure] = [],
        unresolvedParts: [UnresolvedPart],
        lookups: [Lookup] = [],
        ignored: String? = nil
    ) {
        self.departures = departures
        self.unresolvedParts = unresolvedParts
        self.lookups = lookups
        self.ignored = ignored
    }

    public init(chat: ChatRequest) {
        self.init(unresolvedParts: [])
        self.chat = chat
    }

    public init(departures: [Departure] = [], unresolved: [String] = [], ignored: String? = nil) {
        self.init(
            departures: departures,
            unresolvedParts: unresolved.map { UnresolvedPart(reason: $0) },
            ignored: ignored
        )
    }
}
