import Foundation

/// A certificate for 127.0.0.1 and its key, made by OpenSSL's command line and gone with the value.
final class TLSFixture {
    private let folder: URL

    var certificate: String { folder.appendingPathComponent("certificate.pem").path }
    var key: String { folder.appendingPathComponent("key.pem").path }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        _ = try run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ]
        )
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }
}

/// Runs a program to its end and returns what it printed.
func run(_ path: String, _ arguments: [String], input: String = "") throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let output = Pipe()
    let source = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = source
    try process.run()
    try source.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    // Left open until the program has printed all: s_client ends with its input.
    let printed = try output.fileHandleForReading.readToEnd() ?? Data()
    try source.fileHandleForWriting.close()
    process.waitUntilExit()
    return String(decoding: printed, as: UTF8.self)
}
