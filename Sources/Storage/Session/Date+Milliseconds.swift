internal import Foundation

extension Date {
    /// Whole milliseconds since 1970: how times are kept.
    ///
    /// A time given in whole milliseconds comes back equal; others come back rounded to the nearest one.
    var milliseconds: Int64 {
        let exact = timeIntervalSince1970 * 1000
        // Beyond these the arithmetic of SQL would overflow, and no calendar reaches them.
        return Int64(min(max(exact.rounded(), -1e15), 1e15))
    }

    init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }
}
