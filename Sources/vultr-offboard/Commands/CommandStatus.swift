import ArgumentParser
import Offboarding
import Storage

/// The exit statuses of every command, after sysexits(3).
enum CommandStatus: Int32, Sendable, Comparable {
    case done = 0
    /// It ran, and the answer is no.
    case no = 1
    case usage = 64
    /// Vultr or the store is out of reach; not decided yet.
    case unavailable = 69
    case configuration = 78

    var code: ExitCode { ExitCode(rawValue) }

    /// What a program that waits for a case is told of where the case stands.
    init(of settled: Case) {
        switch settled.state {
        case .completed: self = .done
        case .held, .attention, .cancelled, .refused: self = .no
        case .retrying, .scheduled, .queued, .running: self = .unavailable
        }
    }

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Why a command ends before it has an answer.
struct CommandFailure: Error, Sendable {
    let status: CommandStatus
    /// For the person at the terminal.
    let message: String

    init(_ status: CommandStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// What any error means for the exit status.
    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as ConfigurationError: self.init(.configuration, error.description)
        case let error as StoreError: self.init(.unavailable, "the store: \(error)")
        case let error as CaseDeskError:
            if case .unknownCase = error { self.init(.usage, error.description) } else { self.init(.no, "\(error)") }
        case let error as DeliveryDeskError:
            if case .unknownDelivery = error { self.init(.usage, "\(error)") } else { self.init(.no, "\(error)") }
        case let error as PersonDeskError: self.init(.no, "\(error)")
        case let error as BackupError:
            let status: CommandStatus =
                switch error.code {
                case .exists, .notABackup: .usage
                case .damaged: .no
                case .unavailable: .unavailable
                }
            self.init(status, error.description)
        case let error as LimitDeskError: self.init(.usage, error.description)
        case let error as VultrError: self.init(.unavailable, "Vultr: \(error)")
        default: self.init(.unavailable, String(describing: error))
        }
    }
}
