import Logging

extension Response {
    /// Hands the answer to libmicrohttpd, which copies all of it.
    ///
    /// - Returns: false when the library takes none any more; the connection is then to be closed.
    func queue(on connection: OpaquePointer, logger: Logger) -> Bool {
        guard (200...599).contains(status), let form = prepared ?? PreparedResponse(self) else {
            // An answer cut short would be worse: a header that is missing may be the one that protects.
            logger.error("an answer could not be sent as it was given", metadata: ["status": "\(status)"])
            let substitute = Response.internalError
            return PreparedResponse(substitute)?.queue(on: connection, status: substitute.status) ?? false
        }
        return form.queue(on: connection, status: status)
    }
}
