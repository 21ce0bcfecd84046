extension VultrConnection.Configuration {
    /// Checks the URL without opening anything, for whoever can still say where it is written.
    ///
    /// - Throws: ``VultrConnectionError`` for a URL that a connection would refuse.
    public func checkURL() throws(VultrConnectionError) { _ = try BaseURL(url) }
}
