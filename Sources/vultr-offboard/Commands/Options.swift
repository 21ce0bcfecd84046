import ArgumentParser
import Foundation

/// Where the configuration is.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The configuration file; OFFBOARD_CONFIG names it too. Without either, the environment: VULTR_API_KEY, "
                + "VULTR_API_URL, OFFBOARD_SECRET, OFFBOARD_MODE, STATE_DIRECTORY.",
            valueName: "file"
        ),
        completion: .file(extensions: ["yaml", "yml"])
    )
    var config: String?
}

/// How data is printed.
struct OutputOption: ParsableArguments {
    @Flag(name: .long, help: "Print JSON instead of a table.")
    var json = false
}

/// What time something is about, such as a report or an export.
struct PeriodOption: ParsableArguments {
    @Option(
        name: [.customLong("from"), .customLong("since")],
        help: "From then on: a time, a date (its beginning in UTC), or so long ago, such as 30d.",
        transform: Arguments.time
    )
    var from: Date?

    @Option(name: .long, help: "Before this time, or up to the end of this date.", transform: Arguments.end)
    var to: Date?

    func validate() throws {
        if let from, let to, from >= to { throw ValidationError("--from must be before --to") }
    }
}

/// How many rows a list shows.
struct LimitOption: ParsableArguments {
    @Option(name: .long, help: "At most so many, newest first; 0 for all.")
    var limit = 100

    /// For the store: `nil` means all.
    var bound: Int? { limit == 0 ? nil : limit }

    func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit must be 0 or more") }
    }
}
