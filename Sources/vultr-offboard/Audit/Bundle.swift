import AuditKeys
import Foundation
import Offboarding

/// The files of an export, each with one way to write it, so that any change of any byte shows.
enum Bundle {
    /// One entry a line, exactly as it was hashed.
    static let entries = "entries.jsonl"
    /// `SEQUENCE HASH`, a line for each entry.
    static let hashes = "hashes.txt"
    /// Signed heads, one checkpoint a line.
    static let heads = "heads.txt"
    /// Who is who: what the salts that are kept reveal.
    static let people = "people.csv"
    static let cases = "cases.csv"
    static let removals = "removals.csv"
    static let guide = "README.txt"
    static let script = "check.sh"
    /// The digests of all of these and of the keys.
    static let manifest = "SHA256SUMS"

    /// The public key of a fingerprint.
    static func keyName(_ fingerprint: String) -> String { "key-\(fingerprint).pem" }

    /// The signature of a key over the manifest, 64 bytes.
    static func signatureName(_ fingerprint: String) -> String { "\(manifest).\(fingerprint).sig" }

    /// What the manifest lists, beside the keys.
    static let listed = [guide, cases, script, entries, hashes, heads, people, removals]

    /// The manifest's text: what `sha256sum --check` reads, in the order of the names.
    static func manifestText(of names: [String], in folder: String) throws -> String {
        try names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { name in
            "\(HexText.text(try StreamDigest.digest(ofFile: "\(folder)/\(name)")))  \(name)\n"
        }.joined()
    }
}
