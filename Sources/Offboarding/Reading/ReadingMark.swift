/// Says which delivery is being read, so that the next process knows whose reading ended this one.
///
/// It has to survive the end of the process and need not survive the machine's: a power cut is no delivery's fault. So it
/// needs no synchronized write, and setting it can cost next to nothing, which it must, because it is set for every
/// delivery.
public protocol ReadingMark: Sendable {
    /// Says what is being read in a place; `nil` says that nothing is. Never fails: where the mark cannot be kept, a
    /// crash is blamed on nobody.
    func set(_ id: DeliveryID?, in place: ReadingPlace)

    /// What the process before this one was reading when it ended; empty where it was reading nothing.
    var left: [DeliveryID] { get }
}

/// Where a delivery is being read. Each place reads one at a time.
public enum ReadingPlace: Int, Sendable, CaseIterable {
    /// Deliveries in the order of their arrival.
    case queue
    /// Deliveries whose reading failed before, one at a time.
    case suspects
}

/// For workers that read no deliveries.
public struct NoReadingMark: ReadingMark {
    public init() {}

    public func set(_ id: DeliveryID?, in place: ReadingPlace) {}
    public var left: [DeliveryID] { [] }
}
