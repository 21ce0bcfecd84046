import Glibc

/// Has the allocator give back the memory that a rush took.
///
/// By itself it keeps eight heaps for each core, and once a large body was let go of it takes the next ones from them, where
/// they leave holes that stay resident.
enum HeapBounds {
    /// As in the C library's `malloc.h`, which no module of Swift's shows.
    private static let largePieces: CInt = -3
    private static let heaps: CInt = -8

    /// Heaps; beyond them threads share.
    private static let mostHeaps: CInt = 2
    /// Bytes from which a piece is mapped by itself, and given back when it is freed.
    private static let large: CInt = 64 * 1024

    /// Call it before other threads are begun. It does nothing where the allocator is another one.
    static func set() {
        typealias Setting = @convention(c) (CInt, CInt) -> CInt
        guard let symbol = dlsym(nil, "mallopt") else { return }
        let mallopt = unsafeBitCast(symbol, to: Setting.self)
        _ = mallopt(heaps, mostHeaps)
        _ = mallopt(largePieces, large)
    }
}
