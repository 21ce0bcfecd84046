/// Why a state file, or the body of a control request, cannot be taken.
struct StateError: Error, CustomStringConvertible {
    /// The state file's path, or `request` for a control request.
    let file: String
    /// One-based; 0 where the place is not known.
    let line: Int
    let message: String

    var description: String { line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)" }
}
