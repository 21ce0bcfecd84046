/// Finds the client behind trusted proxies.
enum ForwardedFor {
    static let header = "x-forwarded-for"

    /// Walks `X-Forwarded-For` from the right for as long as the address at hand is a trusted proxy.
    ///
    /// Each proxy appends the peer it saw, so only what a trusted one appended is believed; whatever the client wrote
    /// itself stands further left. Several fields are one list in their order. An entry that is no address ends the
    /// walk at the proxy that appended it.
    static func client(peer: IPAddress, headers: HeaderFields, trusted: [AddressRange]) -> IPAddress {
        guard !trusted.isEmpty, trusted.contains(address: peer) else { return peer }
        var client = peer
        for field in headers.reversed() where field.name == header {
            for entry in field.value.split(separator: ",", omittingEmptySubsequences: false).reversed() {
                guard let address = address(of: entry) else { return client }
                client = address
                guard trusted.contains(address: client) else { return client }
            }
        }
        return client
    }

    /// The address of one entry, which some proxies write with a port: `192.0.2.1:4711`, `[2001:db8::1]:4711`.
    private static func address(of entry: Substring) -> IPAddress? {
        var text = entry
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        if let address = IPAddress(String(text)) { return address }
        if text.first == "[", let end = text.firstIndex(of: "]") {
            guard isPortOrNothing(text[text.index(after: end)...]) else { return nil }
            return IPAddress(String(text[text.index(after: text.startIndex)..<end]))
        }
        guard let colon = text.firstIndex(of: ":"), isPortOrNothing(text[colon...]) else { return nil }
        return IPAddress(String(text[..<colon]))
    }

    private static func isPortOrNothing(_ text: Substring) -> Bool {
        guard !text.isEmpty else { return true }
        let digits = text.dropFirst()
        return text.first == ":" && UInt16(digits) != nil && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
