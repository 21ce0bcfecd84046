import Foundation

/// The log of all calls: JSON lines in memory, and in a file where one is given.
///
/// Each line is written with one system call before the call is answered, so that a reader sees whole lines and a
/// client never knows of a call that the log does not.
struct CallLog: Sendable {
    private(set) var lines: [[UInt8]] = []
    /// When each call arrived, in unix microseconds.
    private(set) var arrivals: [Int64] = []
    private let descriptor: Int32?

    /// - Throws: ``StateError`` for a file that cannot be opened for writing. A file that is there is emptied.
    init(path: String?) throws(StateError) {
        guard let path else {
            descriptor = nil
            return
        }
        let opened = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o644)
        guard opened >= 0 else { throw StateError(file: path, line: 0, message: String(cString: strerror(errno))) }
        descriptor = opened
    }

    mutating func append(_ record: CallRecord) {
        let line = record.json.bytes
        lines.append(line)
        arrivals.append(record.arrival)
        guard let descriptor else { return }
        var rest = (line + [UInt8(ascii: "\n")])[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                StandardStreams.complain("the log cannot be written: \(String(cString: strerror(errno)))")
                return
            }
            rest = rest.dropFirst(written)
        }
    }

    /// Forgets all calls, in the file too.
    mutating func clear() {
        lines = []
        arrivals = []
        if let descriptor, ftruncate(descriptor, 0) != 0 {
            StandardStreams.complain("the log cannot be emptied: \(String(cString: strerror(errno)))")
        }
    }

    /// The most calls that any second, from some call's arrival on, has seen.
    var mostInAnySecond: Int {
        let sorted = arrivals.sorted()
        var most = 0
        var first = 0
        for (last, arrival) in sorted.enumerated() {
            while arrival - sorted[first] >= 1_000_000 { first += 1 }
            most = max(most, last - first + 1)
        }
        return most
    }
}

/// One line of the log. It holds the key's name, never its secret.
struct CallRecord: Sendable {
    let arrival: Int64
    let json: JSON

    init(request: APIRequest, call: Call, key: String?, outcome: World.Outcome) {
        arrival = request.arrival
        var status: Int?
        if case .answer(let answer, _) = outcome.reaction { status = answer.status }
        json = .object([
            ("at", .microseconds(request.arrival)), ("method", .string(request.method)),
            ("path", .string(request.path)), ("query", request.query.map { .string($0) } ?? .null),
            ("key", key.map { .string($0) } ?? .null), ("status", status.map { .integer($0) } ?? .null),
            ("organization", call.organization.map { .string($0) } ?? .null),
            ("user", call.user.map { .string($0) } ?? .null), ("applied", .bool(outcome.isApplied)),
            ("fault", outcome.fault.map { .string($0) } ?? .null), ("headers_ok", .bool(request.isWellFormed)),
        ])
    }
}
