import CMicroHTTPD

/// An answer in the library's form, which it can send any number of times.
///
/// `@unchecked Sendable`: the form does not change after `init`, and the library counts its users under a lock of its own.
final class PreparedResponse: @unchecked Sendable {
    private let pointer: OpaquePointer

    /// Copies all of the answer, or is nil where the library refuses a header (control characters) or memory ran out.
    init?(_ response: Response) {
        let created = response.body.withUnsafeBytes { bytes in
            MHD_create_response_from_buffer(
                bytes.count,
                UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                .RESPMEM_MUST_COPY
            )
        }
        guard let created else { return nil }
        pointer = created
        for field in response.headers {
            guard field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
                MHD_add_response_header(created, field.name, field.value) == .YES
            else { return nil }
        }
        if response.closes, MHD_add_response_header(created, "Connection", "close") != .YES { return nil }
    }

    deinit {
        MHD_destroy_response(pointer)
    }

    /// Hands it to a connection, which keeps it until it is sent.
    ///
    /// - Returns: false when the library takes none any more; the connection is then to be closed.
    func queue(on connection: OpaquePointer, status: Int) -> Bool {
        MHD_queue_response(connection, UInt32(status), pointer) == .YES
    }
}
