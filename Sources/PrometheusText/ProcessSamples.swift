import Foundation
import Glibc

/// What every client of Prometheus says of its process, read from `/proc`.
public enum ProcessSamples {
    /// What ``read()`` gives.
    public static let families = [
        MetricFamily("process_cpu_seconds_total", .counter, "Processor time that the process has used."),
        MetricFamily("process_open_fds", .gauge, "File descriptors that are open."),
        MetricFamily("process_max_fds", .gauge, "File descriptors that may be open."),
        MetricFamily("process_resident_memory_bytes", .gauge, "Memory that the process has in RAM."),
        MetricFamily("process_virtual_memory_bytes", .gauge, "Address space that the process has."),
        MetricFamily("process_start_time_seconds", .gauge, "When the process began, in seconds since 1970."),
    ]

    /// The figures as they are now; what the system does not tell is left out.
    public static func read() -> [MetricSample] {
        var samples: [MetricSample] = []
        // The process's name, in parentheses, may hold anything; what follows it is numbers.
        if let fields = text("/proc/self/stat")?.split(separator: ")").last?.split(separator: " "), fields.count > 21 {
            let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
            // Counted from behind the name: utime and stime, starttime, vsize, rss (proc(5)).
            if let user = Double(fields[11]), let system = Double(fields[12]), ticks > 0 {
                samples.append(MetricSample("process_cpu_seconds_total", [], (user + system) / ticks))
            }
            if let began = Double(fields[19]), let booted = bootTime, ticks > 0 {
                samples.append(MetricSample("process_start_time_seconds", [], booted + began / ticks))
            }
            if let size = Double(fields[20]) { samples.append(MetricSample("process_virtual_memory_bytes", [], size)) }
            if let pages = Double(fields[21]) {
                let page = Double(sysconf(Int32(_SC_PAGESIZE)))
                samples.append(MetricSample("process_resident_memory_bytes", [], pages * page))
            }
        }
        // One of them is the folder that is being read.
        if let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
            samples.append(MetricSample("process_open_fds", [], Double(open - 1)))
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            samples.append(MetricSample("process_max_fds", [], Double(limit.rlim_cur)))
        }
        return samples
    }

    private static var bootTime: Double? {
        let line = text("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst("btime ".count)) }
    }

    private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
