extension Schema {
    /// Deliveries that wait to be read and whose reading failed before. Nearly always empty: a row goes when its delivery
    /// was read or set aside.
    static let failedReadings = """
        CREATE TABLE failed_readings (
            delivery TEXT NOT NULL PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
            tries INTEGER NOT NULL,
            last_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
