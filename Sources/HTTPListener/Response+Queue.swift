import CMicroHTTPD
import Logging

extension Response {
    /// Hands the answer to libmicrohttpd, which copies all of it.
    ///
    /// - Returns: false when the library takes none any more; the connection is then to be closed.
    func queue(on connection: OpaquePointer, logger: Logger) -> Bool {
        guard (200...599).contains(status), let response = build() else {
            // An answer cut short would be worse: a header that is missing may be the one that protects.
            logger.error("an answer could not be sent as it was given", metadata: ["status": "\(status)"])
            guard let substitute = Response.internalError.build() else { return false }
            return Self.queue(substitute, status: Response.internalError.status, on: connection)
        }
        return Self.queue(response, status: status, on: connection)
    }

    private static func queue(_ response: OpaquePointer, status: Int, on connection: OpaquePointer) -> Bool {
        let result = MHD_queue_response(connection, UInt32(status), response)
        MHD_destroy_response(response)
        return result == .YES
    }

    /// The library's form of the answer, or nil if it refuses a header (control characters) or memory ran out.
    private func build() -> OpaquePointer? {
        let created = body.withUnsafeBytes { bytes in
            MHD_create_response_from_buffer(
                bytes.count,
                UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                .RESPMEM_MUST_COPY
            )
        }
        guard let created else { return nil }
        for field in headers {
            guard field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
                MHD_add_response_header(created, field.name, field.value) == .YES
            else {
                MHD_destroy_response(created)
                return nil
            }
        }
        if closes, MHD_add_response_header(created, "Connection", "close") != .YES {
            MHD_destroy_response(created)
            return nil
        }
        return created
    }
}
