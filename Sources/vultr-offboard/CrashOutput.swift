import Foundation

/// Keeps secrets out of what a crash leaves behind.
///
/// Swift's runtime answers a crash with a report on standard error that shows the memory behind each register: in the
/// middle of a comparison, a copy or a call that is a secret or a person's email. The kernel may write all of the memory
/// into a core file. This process has both in memory all the time, so it leaves neither.
enum CrashOutput {
    /// The signals that the runtime reports on (Swift's `docs/Backtracing.rst`).
    private static let reported = [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP]
    /// Who sets it wants the report, and has read what is in it.
    private static let wish = "SWIFT_BACKTRACE"

    /// Lets a crash end the process at once, with no more than the signal's number and the runtime's own line.
    static func limit() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        guard ProcessInfo.processInfo.environment[wish] == nil else { return }
        for number in reported { signal(number, SIG_DFL) }
    }
}
