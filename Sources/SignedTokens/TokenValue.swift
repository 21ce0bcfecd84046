/// A JSON value as tokens and key sets need it.
///
/// This module has no reader of its own: whoever makes a ``TokenVerifier`` hands in the strict one that reads bodies.
public indirect enum TokenValue: Sendable, Equatable {
    case text(String)
    /// As it is written.
    case number(String)
    /// `true`, `false` or `null`, which no claim that we read may be.
    case word
    case list([TokenValue])
    case object([Member])

    public struct Member: Sendable, Equatable {
        public let name: String
        public let value: TokenValue

        public init(name: String, value: TokenValue) {
            self.name = name
            self.value = value
        }
    }

    /// Reads one JSON value that fills the bytes; `nil` where they are none, are nested too deep, or hold a name twice.
    public typealias Reader = @Sendable ([UInt8]) -> TokenValue?

    /// The member of that name, compared byte for byte.
    subscript(name: String) -> TokenValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name.isSame(as: name) }?.value
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }

    /// Seconds since 1970 (RFC 7519, NumericDate); `nil` for what is none or lies thousands of years away.
    var seconds: Double? {
        guard case .number(let text) = self, let seconds = Double(text), abs(seconds) < 1e11 else { return nil }
        return seconds
    }
}

extension String {
    /// Whether both have the same bytes. Swift's `==` takes canonically equivalent texts for equal.
    func isSame(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
