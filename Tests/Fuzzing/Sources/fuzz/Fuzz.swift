import Foundation

/// What is fuzzed, chosen by the environment's `FUZZ`.
private let target = ProcessInfo.processInfo.environment["FUZZ"].flatMap(Target.init) ?? .json

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
