/// A queue whose elements leave in the order in which they came, at constant cost an element.
struct FIFO<Element> {
    /// From how many taken places on the storage is moved together: below it the move costs more than it frees.
    private static var compactFrom: Int { 256 }

    private var storage: [Element] = []
    private var head = 0

    var isEmpty: Bool { head == storage.count }
    var count: Int { storage.count - head }
    var first: Element? { isEmpty ? nil : storage[head] }

    mutating func append(_ element: Element) { storage.append(element) }

    mutating func removeFirst() {
        guard !isEmpty else { return }
        head += 1
        if head >= Self.compactFrom, head * 2 >= storage.count {
            storage.removeFirst(head)
            head = 0
        }
    }
}
