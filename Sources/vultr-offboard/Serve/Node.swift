import Foundation
import Offboarding

/// This process among those that share a store.
enum Node {
    /// The machine's name, by which people know it.
    static let name: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
        return buffer.withUnsafeBufferPointer { name in
            String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }()

    /// Whether a worker is of this machine.
    static func isHere(_ heartbeat: Heartbeat) -> Bool {
        heartbeat.worker.hasPrefix("\(Heartbeat.daemonPrefix)\(name):")
    }

    /// What tells a worker of this process from every other one: its kind, machine and process, and a number of its own.
    static func worker(_ kind: String) -> String {
        "\(kind)\(name):\(ProcessInfo.processInfo.processIdentifier):\(UInt32.random(in: 0...UInt32.max))"
    }
}
