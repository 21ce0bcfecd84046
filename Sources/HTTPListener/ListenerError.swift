import Glibc

/// Why a listener could not start.
public struct ListenerError: Error, Sendable, CustomStringConvertible {
    /// What kind of trouble it is. Open: more may come.
    public struct Code: Sendable, Hashable {
        private let name: String

        public static let invalidSettings = Code(name: "invalidSettings")
        /// The address is none, or not one of this machine.
        public static let addressUnusable = Code(name: "addressUnusable")
        public static let addressInUse = Code(name: "addressInUse")
        /// The port needs a privilege.
        public static let notPermitted = Code(name: "notPermitted")
        /// The process may not open enough files for `connections`.
        public static let tooFewDescriptors = Code(name: "tooFewDescriptors")
        /// The certificate or the key cannot be read, or they do not belong together.
        public static let tlsUnusable = Code(name: "tlsUnusable")
        /// `start` on a listener that runs or has run.
        public static let alreadyStarted = Code(name: "alreadyStarted")
        /// libmicrohttpd or the system refused for another reason.
        public static let startFailed = Code(name: "startFailed")
    }

    public let code: Code
    /// What is wrong, for the person who wrote the configuration. Names addresses and paths, never contents.
    public let message: String
    /// What the system or the library said, if anything.
    public let cause: String?

    init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// An error with the system's own words for `number` as its cause.
    init(_ code: Code, _ message: String, errno number: Int32) {
        self.init(code, message, cause: systemMessage(number))
    }

    public var description: String {
        cause.map { "\(message): \($0)" } ?? message
    }
}

/// The system's words for an error number.
func systemMessage(_ number: Int32) -> String {
    let capacity = 128
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
        buffer.initialize(repeating: 0)
        guard let base = buffer.baseAddress, strerror_r(number, base, capacity) == 0 else {
            return "error \(number)"
        }
        return String(cString: base)
    }
}
