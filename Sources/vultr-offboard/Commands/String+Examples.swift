extension String {
    private static let heading = "EXAMPLES:"

    /// A discussion with examples below it, one a line, each whole: what stands there can be typed.
    ///
    /// Ids in them, such as `c_01`, stand for real ones. A line longer than 76 characters is broken on narrow terminals.
    func examples(_ lines: String...) -> String {
        ([isEmpty ? Self.heading : "\(self)\n\n\(Self.heading)"] + lines.map { "  vultr-offboard \($0)" })
            .joined(separator: "\n")
    }

    /// Nothing but examples.
    static func examples(_ lines: String...) -> String {
        ([heading] + lines.map { "  vultr-offboard \($0)" }).joined(separator: "\n")
    }
}
