import CMicroHTTPD
import Synchronization

extension ConnectionState {
    /// Reads the head out of the library's memory and judges it.
    func judgeHead(
        _ connection: OpaquePointer,
        method: UnsafePointer<CChar>,
        version: UnsafePointer<CChar>
    ) -> Step {
        let (target, targetEnd) = exchange.withLock { ($0.target, $0.targetEnd) }
        let reader = HeadReader.read(connection, start: method, version: version)
        let versionText = String(cString: version)
        let question = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        let head = RequestHead(
            method: String(cString: method),
            path: question.map { String(target[..<$0]) } ?? target,
            query: question.map { String(target[target.utf8.index(after: $0)...]) },
            version: versionText,
            headers: reader.fields,
            peer: peer,
            client: ForwardedFor.client(
                peer: peer,
                headers: reader.fields,
                trusted: listener.settings.trustedProxies
            )
        )
        var framing = Framing(version: versionText, headers: reader.fields)
        if let defect = reader.defect {
            framing = .broken(defect)
        } else if !Self.isSound(target) || Self.isCut(end: targetEnd, version: UInt(bitPattern: version)) {
            framing = .broken(.malformedTarget)
        }
        return judge(head, framing: framing)
    }

    /// Whether a target has visible ASCII characters only (RFC 9112 section 3.2). The library lets blanks pass.
    private static func isSound(_ target: String) -> Bool {
        !target.isEmpty && target.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Whether a zero byte ended the target early, so that more of it lies in front of the version.
    ///
    /// The library parses the request line in place: the target ends where one zero stands for the blank before the
    /// version. Where the version does not lie behind the target in one buffer, nothing can be said.
    private static func isCut(end: UInt, version: UInt) -> Bool {
        let widest: UInt = 65_536
        guard version > end, version - end < widest, let start = UnsafeRawPointer(bitPattern: end) else { return false }
        let gap = UnsafeRawBufferPointer(start: start, count: Int(version - end))
        return gap.contains { $0 != 0 && $0 != 0x20 } || gap.count(where: { $0 == 0 }) > 1
    }
}
