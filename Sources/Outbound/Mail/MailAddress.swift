/// An address that mail is sent to or from: such as can stand in a command and in a header as it is.
public struct MailAddress: Sendable, Hashable {
    public let text: String

    /// Takes what RFC 5321 calls a dot-string at a domain or an address literal, in ASCII; nothing else, so that no line
    /// and no list can be made of one.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 254, let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let (local, domain) = (bytes[..<at], bytes[(at + 1)...])
        guard (1...64).contains(local.count), Self.isDotted(local, of: Self.isAtomByte) else { return nil }
        let isLiteral = domain.first == UInt8(ascii: "[") && domain.last == UInt8(ascii: "]") && domain.count > 2
        let isHost =
            isLiteral
            ? domain.dropFirst().dropLast().allSatisfy { Self.isHostByte($0) || $0 == UInt8(ascii: ".") || $0 == 0x3A }
            : Self.isDotted(domain, of: Self.isHostByte)
        guard isHost else { return nil }
        self.text = text
    }

    /// What stands behind the `@`.
    var domain: Substring { text[text.index(after: text.lastIndex(of: "@") ?? text.startIndex)...] }

    private static func isDotted(_ bytes: ArraySlice<UInt8>, of isPart: (UInt8) -> Bool) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isPart) }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func isAtomByte(_ byte: UInt8) -> Bool {
        isHostByte(byte) || "!#$%&'*+/=?^_`{|}~".utf8.contains(byte)
    }
}
