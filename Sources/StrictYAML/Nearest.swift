/// Finds what somebody probably meant to write.
public enum Nearest {
    /// The candidate with the smallest edit distance; `nil` where none has anything in common with the word.
    public static func match(for word: String, among candidates: some Sequence<String>) -> String? {
        let best = candidates.map { (candidate: $0, distance: distance(word, $0)) }
            .min { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }
        guard let best, best.distance < max(word.count, best.candidate.count) else { return nil }
        return best.candidate
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other.
    static func distance(_ left: String, _ right: String) -> Int {
        // A word longer than any key is no typing error; cutting it bounds the work.
        let left = Array(left.prefix(80))
        let right = Array(right.prefix(80))
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let substitution = last[column] + (left[row] == right[column] ? 0 : 1)
                var best = min(substitution, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
