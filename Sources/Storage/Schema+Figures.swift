extension Schema {
    /// Deliveries that need a person, so that they are counted without looking at all others. Few deliveries ever come
    /// into it, and appending one costs nothing more.
    static let figures = """
        CREATE INDEX deliveries_needing ON deliveries (state) WHERE state IN ('unresolved', 'quarantined');
        """
}
