import NIOCore

/// A request as it came.
struct APIRequest: Sendable {
    let method: String
    /// Still percent-encoded.
    let path: String
    /// Without the question mark, still percent-encoded; `nil` where there is none.
    let query: String?
    /// What `Authorization: Bearer` holds; `nil` where it is missing, repeated or of another form.
    let secret: String?
    let contentType: String?
    let body: ByteBuffer
    let address: String
    /// When the head arrived: unix microseconds, and the monotonic clock for the rate limit.
    let arrival: Int64
    let monotonicArrival: NIODeadline

    /// The headers and the body are as every call of the API has them.
    var isWellFormed: Bool { secret != nil && hasJSONContentType && body.readableBytes == 0 }

    private var hasJSONContentType: Bool {
        guard let contentType else { return false }
        let type = contentType.split(separator: ";").first ?? ""
        return type.lowercased() == "application/json"
    }
}
