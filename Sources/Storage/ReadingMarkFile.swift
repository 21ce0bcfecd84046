internal import Foundation
public import Offboarding
internal import Synchronization

/// The mark of what is being read, in a small file beside the store.
///
/// Written without synchronizing: the kernel keeps it when the process dies, and more is not needed. Measured 2026-12:
/// a write takes about a microsecond.
public final class ReadingMarkFile: ReadingMark {
    /// Bytes for one place: an identifier has 28, and what is left is zero.
    private static let width = 64

    public let left: [DeliveryID]
    /// Never changes; closed with the last owner.
    private let descriptor: CInt

    /// Opens the mark of a store, or makes one, readable by its owner alone. Call it only while holding the store as its
    /// daemon.
    ///
    /// - Throws: ``StoreError`` with `unavailable` where it cannot be made.
    public init(store path: String) throws(StoreError) {
        let name = path + ".reading"
        descriptor = Foundation.open(name, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(.unavailable, "cannot open \(name): \(StoreFile.reason(errno))")
        }
        var bytes = [UInt8](repeating: 0, count: Self.width * ReadingPlace.allCases.count)
        let count = max(0, pread(descriptor, &bytes, bytes.count, 0))
        left = ReadingPlace.allCases.compactMap { place in
            let text = bytes[..<count].dropFirst(place.rawValue * Self.width).prefix(Self.width).prefix { $0 != 0 }
            return text.isEmpty ? nil : DeliveryID(String(decoding: text, as: UTF8.self))
        }
    }

    deinit { Foundation.close(descriptor) }

    public func set(_ id: DeliveryID?, in place: ReadingPlace) {
        var bytes = Array((id?.text ?? "").utf8.prefix(Self.width))
        bytes.append(contentsOf: repeatElement(0, count: Self.width - bytes.count))
        // A disk that is full or read-only keeps no mark: then nobody is blamed for a crash, and nothing else is lost.
        _ = pwrite(descriptor, bytes, bytes.count, off_t(place.rawValue * Self.width))
    }
}
