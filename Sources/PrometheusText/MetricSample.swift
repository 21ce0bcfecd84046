/// A figure that is read when it is asked for.
public struct MetricSample: Sendable, Equatable {
    /// The name of a declared counter or gauge.
    public let family: String
    /// The labels' values in the family's order.
    public let labels: [String]
    public let value: Double

    public init(_ family: String, _ labels: [String] = [], _ value: Double) {
        self.family = family
        self.labels = labels
        self.value = value
    }
}
