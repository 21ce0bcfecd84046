extension Schema {
    /// Who said what, and which secret vouched for it. ``secretUses`` takes the first index's place.
    static let origins = """
        CREATE INDEX deliveries_secret ON deliveries (sender, secret_name);
        CREATE INDEX statements_case ON statements (case_id, sender) WHERE case_id IS NOT NULL;
        CREATE INDEX statements_sender ON statements (sender, received_at);
        """
}
