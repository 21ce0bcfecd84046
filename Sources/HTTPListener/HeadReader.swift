import CMicroHTTPD
import Glibc

/// Reads a request's head out of libmicrohttpd's memory, and notices what the library lets pass.
///
/// The library parses in place: a line ends where zeros now stand, and a field's name and value lie in one line of one
/// buffer. Things that it accepts silently show in that layout (all seen with 0.9.75, 2026-11):
///
/// - A folded line (RFC 9112 section 5.2) is glued to the *name* of its field, which moves to memory behind the buffer.
/// - A zero byte inside a value ends the value early; the rest of the line lies behind it.
/// - A line that begins with a colon ends the head early; what follows would be read as body.
///
/// Each would let two readers see different requests.
struct HeadReader {
    private(set) var fields = HeaderFields()
    private(set) var defect: Framing.Defect?
    /// One past what was read last, to look at the gap up to what comes next.
    private var end: UInt

    /// More than this between two fields is no gap of one buffer. It bounds what is looked at.
    private static let widestGap: UInt = 1024
    /// Room for the fields that webhooks usually have.
    private static let usualFields = 16
    /// The zeros that stand for the end of a line, and for the end of the last line and the empty one behind it.
    private static let endOfLine = 2
    private static let endOfHead = 4

    /// - Parameters:
    ///   - start: where the head begins, which is where its method stands.
    ///   - version: the version, the last word before the fields.
    static func read(
        _ connection: OpaquePointer,
        start: UnsafePointer<CChar>,
        version: UnsafePointer<CChar>
    ) -> HeadReader {
        var reader = HeadReader(end: UInt(bitPattern: version) + UInt(strlen(version)))
        let headSize = offboard_connection_info(connection, .CONNECTION_INFO_REQUEST_HEADER_SIZE)?.pointee.header_size
        reader.fields.reserve(fields: usualFields, bytes: Int(headSize ?? 0))
        withUnsafeMutablePointer(to: &reader) { pointer in
            _ = MHD_get_connection_values_n(
                connection,
                .HEADER_KIND,
                { closure, _, name, nameLength, value, valueLength in
                    guard let closure, let name else { return .YES }
                    closure.assumingMemoryBound(to: HeadReader.self).pointee.take(
                        name: UnsafeRawBufferPointer(start: name, count: nameLength),
                        value: UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueLength)
                    )
                    return .YES
                },
                pointer
            )
        }
        if let headSize {
            let headEnd = UInt(bitPattern: start) + UInt(headSize)
            if !isBlank(from: reader.end, to: headEnd, zeros: endOfHead) {
                reader.defect = reader.defect ?? .brokenLine
            }
        }
        return reader
    }

    private init(end: UInt) {
        self.end = end
    }

    private mutating func take(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        checkLayout(name: name, value: value)
        guard !name.isEmpty, name.allSatisfy(Self.isToken) else {
            defect = defect ?? .malformedHeader
            return
        }
        guard value.allSatisfy(Self.isFieldContent) else {
            defect = defect ?? .malformedHeader
            return
        }
        var length = value.count
        while length > 0, value[length - 1] == 0x20 || value[length - 1] == 0x09 { length -= 1 }
        fields.append(name: name, value: UnsafeRawBufferPointer(rebasing: value[..<length]))
        // The library compares with the blanks in place: "chunked " is no chunked to it, so we may not call it one.
        if length != value.count, fields.last?.name == "transfer-encoding" { defect = defect ?? .unknownEncoding }
    }

    private mutating func checkLayout(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        guard let nameStart = name.baseAddress, let valueStart = value.baseAddress else { return }
        let nameEnd = UInt(bitPattern: nameStart) + UInt(name.count)
        // One zero stands for the colon.
        if !Self.isBlank(from: nameEnd, to: UInt(bitPattern: valueStart), zeros: 1)
            || !Self.isBlank(from: end, to: UInt(bitPattern: nameStart), zeros: Self.endOfLine)
        {
            defect = defect ?? .brokenLine
        }
        end = UInt(bitPattern: valueStart) + UInt(value.count)
    }

    /// Whether only blanks and at most so many zeros or line ends lie between two addresses of the same buffer.
    private static func isBlank(from start: UInt, to end: UInt, zeros most: Int) -> Bool {
        guard end >= start, end - start <= widestGap else { return false }
        guard let pointer = UnsafeRawPointer(bitPattern: start) else { return false }
        var zeros = 0
        for byte in UnsafeRawBufferPointer(start: pointer, count: Int(end - start)) {
            switch byte {
            case 0x20, 0x09: continue
            case 0x00, 0x0D, 0x0A: zeros += 1
            default: return false
            }
        }
        return zeros <= most
    }

    /// RFC 9110 section 5.6.2. White space before the colon is refused by it too.
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
        default: false
        }
    }

    /// RFC 9110 section 5.5: visible characters, blanks, and bytes above ASCII.
    private static func isFieldContent(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7F || byte == 0x09
    }
}
