// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: ["README.md"], swiftSettings: settings)
}

// A package of its own, because the fuzzer's instrumentation goes into everything that is built with it. Its sources are
// the project's, by symbolic links; of Senders only what reads bodies and paths.
let package = Package(
    name: "fuzzing",
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CMicroHTTPD", pkgConfig: "libmicrohttpd"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto"),
        module(
            "Offboarding",
            [
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        module("HTTPListener", ["CMicroHTTPD", .product(name: "Logging", package: "swift-log")]),
        module("WebhookSignature", ["COpenSSL"]),
        .target(name: "Senders", dependencies: ["Offboarding", "WebhookSignature"], swiftSettings: settings),
        .executableTarget(
            name: "fuzz",
            dependencies: ["HTTPListener", "Offboarding", "Senders", "WebhookSignature"],
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]
        ),
    ],
    swiftLanguageModes: [.v6]
)
