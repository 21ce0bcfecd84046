extension Schema {
    /// Deliveries that did not go the usual way are few among many, and what people look for. What is not read yet is not
    /// among them, so that appending pays nothing for it.
    static let unusualDeliveries = """
        CREATE INDEX deliveries_unusual ON deliveries (state, id) WHERE is_read = 1 AND state <> 'interpreted';
        """

    /// When cases ended, for what is told of a day.
    static let finishedCases = """
        CREATE INDEX cases_finished ON cases (finished_at) WHERE finished_at IS NOT NULL;
        """
}
