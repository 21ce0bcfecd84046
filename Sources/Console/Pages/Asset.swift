import Foundation
import HTTPListener
import WebhookSignature

/// A file that pages load, or that programs read: in the program, so that nothing is loaded from elsewhere.
struct Asset: Sendable {
    let path: String
    /// The path with what tells this version of the file from every other one.
    let address: String
    let response: Response

    static let style = Asset("/assets/console.css", "text/css; charset=utf-8", PackageResources.console_css)
    static let script = Asset("/assets/console.js", "text/javascript; charset=utf-8", PackageResources.console_js)
    static let icon = Asset("/assets/icon.svg", "image/svg+xml", PackageResources.icon_svg)
    /// What the API is (OpenAPI 3.1).
    static let openAPI = Asset(
        "/api/v1/openapi.json",
        "application/json",
        PackageResources.openapi_json,
        isVersioned: false
    )

    static func named(_ path: String) -> Asset? { all.first { $0.path == path } }

    private static let all = [style, script, icon, openAPI]

    private init(_ path: String, _ type: String, _ bytes: [UInt8], isVersioned: Bool = true) {
        self.path = path
        // Without a digest it is asked for each time: a broken OpenSSL costs speed here and is told elsewhere.
        let digest = isVersioned ? try? SHA256.hexDigest(of: bytes).prefix(16) : nil
        address = digest.map { "\(path)?\($0)" } ?? path
        response = Response(
            status: 200,
            headers: [
                HeaderField("Content-Type", type), HeaderField("X-Content-Type-Options", "nosniff"),
                HeaderField("Cross-Origin-Resource-Policy", "same-origin"),
                HeaderField("Cache-Control", digest == nil ? "no-store" : "public, max-age=31536000, immutable"),
            ],
            body: bytes
        )
    }
}
