// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

func module(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        exclude: ["README.md"],
        resources: resources,
        swiftSettings: settings
    )
}

func tests(_ module: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: module + "Tests",
        dependencies: [.target(name: module)] + dependencies,
        swiftSettings: settings
    )
}

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")

let package = Package(
    name: "vultr-offboard",
    products: [
        .executable(name: "vultr-offboard", targets: ["vultr-offboard"]),
        .executable(name: "vultr-simulator", targets: ["vultr-simulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.34.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // C libraries: module maps, nothing else.
        .systemLibrary(
            name: "CMicroHTTPD",
            pkgConfig: "libmicrohttpd",
            providers: [.apt(["libmicrohttpd-dev"])]
        ),
        .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        // The domain: no HTTP, no database, no C.
        module("Offboarding", [logging, metrics]),

        // What stands around it.
        module("HTTPListener", ["CMicroHTTPD", logging]),
        module("WebhookSignature", ["COpenSSL"]),
        module("AuditKeys", ["COpenSSL"]),
        module("SignedTokens", ["WebhookSignature", .product(name: "JWTKit", package: "jwt-kit")]),
        module("PrometheusText", [metrics]),
        module("StrictYAML", [.product(name: "Yams", package: "Yams")]),
        module(
            "Senders",
            ["Offboarding", "SignedTokens", "StrictYAML", "WebhookSignature"],
            resources: [.embedInCode("Presets")]
        ),
        module("Intake", ["HTTPListener", "Offboarding", "Senders", "WebhookSignature", logging, metrics]),
        module(
            "VultrAPI",
            [
                "Offboarding", logging, metrics,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        module(
            "Storage",
            [
                "CPostgreSQL", "Offboarding", metrics, .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]
        ),
        module(
            "Outbound",
            [
                "Offboarding", "Senders", "WebhookSignature", logging,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        module("Presentation", ["Offboarding"]),
        module(
            "Console",
            [
                "HTTPListener", "Offboarding", "Presentation", "WebhookSignature", logging,
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            resources: [.embedInCode("Assets"), .embedInCode("Pages/Templates")]
        ),

        // Programs.
        .executableTarget(
            name: "vultr-offboard",
            dependencies: [
                "AuditKeys", "Console", "HTTPListener", "Intake", "Offboarding", "Outbound", "Presentation",
                "PrometheusText", "Senders", "SignedTokens", "Storage", "StrictYAML", "VultrAPI", "WebhookSignature",
                logging, metrics,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "vultr-simulator",
            dependencies: [
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["README.md"],
            swiftSettings: settings
        ),

        tests("Offboarding", ["AuditKeys", "PrometheusText", "Storage", "WebhookSignature", logging]),
        tests("HTTPListener", [logging]),
        tests("WebhookSignature", ["Senders", "SignedTokens"]),
        tests("AuditKeys"),
        tests(
            "SignedTokens",
            ["Senders", "WebhookSignature", .product(name: "JWTKit", package: "jwt-kit")]
        ),
        tests("PrometheusText", [metrics]),
        tests("StrictYAML"),
        tests("Senders", ["Offboarding", "SignedTokens", "StrictYAML", "WebhookSignature"]),
        tests("Intake", ["HTTPListener", "Offboarding", "PrometheusText", "Senders", "StrictYAML", logging]),
        tests(
            "VultrAPI",
            [
                "Offboarding", "PrometheusText", logging, .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        tests("Console", ["HTTPListener", "Offboarding", "Storage", "WebhookSignature", logging]),
        tests(
            "Outbound",
            [
                "Offboarding", "Senders", "Storage", "StrictYAML", "WebhookSignature", logging,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        tests(
            "Storage",
            [
                "AuditKeys", "Offboarding", "PrometheusText", "WebhookSignature",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        tests(
            "vultr-offboard",
            [
                "AuditKeys", "Console", "HTTPListener", "Offboarding", "Outbound", "Presentation", "PrometheusText",
                "Senders", "Storage", "StrictYAML", "WebhookSignature", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
