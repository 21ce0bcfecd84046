/// The figures of one set of labels.
protocol Series: AnyObject, Sendable {
    /// What is shown of it now: what follows the family's name, one more label, and the value. Empty where nothing is
    /// known yet.
    var lines: [SeriesLine] { get }
    /// The value; of a histogram how many values it took; `nil` where nothing is known yet.
    var value: Double? { get }
}

/// One line of a series.
struct SeriesLine: Sendable, Equatable {
    var suffix = ""
    /// The upper bound, of a bucket.
    var bound: Double?
    let value: Double
}
