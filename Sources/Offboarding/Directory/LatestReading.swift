/// What a key showed when it was read last.
public struct LatestReading: Sendable {
    public let key: VultrKey
    /// `nil` before its first reading ends.
    public let reading: KeyReading?

    public init(key: VultrKey, reading: KeyReading?) {
        self.key = key
        self.reading = reading
    }
}
