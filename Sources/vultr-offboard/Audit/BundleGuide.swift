/// What an export says about itself, and the check that it brings: POSIX shell, openssl and coreutils.
enum BundleGuide {
    static func readMe(_ range: ClosedRange<Int64>, keys: [String], signer: String?) -> String {
        """
        Audit chain of vultr-offboard, entries \(range.lowerBound) to \(range.upperBound)

        Each line of entries.jsonl is one entry: something that was decided or done. Its SHA-256 is in
        hashes.txt; the entry after it holds that hash as "previous". So whoever changes, removes or adds an
        entry changes every hash behind it. heads.txt holds hashes that were signed when they were made.
        \(signer.map { "This export is signed by key \($0)." } ?? "This export is NOT signed: no key was configured.")

        To check it, with openssl 3 and GNU coreutils and nothing of ours:

            sh check.sh

        It takes some milliseconds for each entry. What it does can be done by hand:

          1. The files are those that were exported:
                 sha256sum --check --strict SHA256SUMS
             and SHA256SUMS is signed:
                 openssl pkeyutl -verify -rawin -pubin -inkey key-KEY.pem -in SHA256SUMS -sigfile SHA256SUMS.KEY.sig
          2. The key is the one that you were given before, by another way than this export. KEY in the names is:
                 openssl pkey -pubin -in key-KEY.pem -outform DER | openssl dgst -sha256
          3. An entry has the hash in hashes.txt, here entry N, on line N - \(range.lowerBound - 1):
                 sed -n 1p entries.jsonl | tr -d '\\n' | openssl dgst -sha256
             and names the hash of the entry before it as "previous".
          4. A line audit1:SEQUENCE:HASH:KEY:SIGNATURE of heads.txt is signed over its part audit1:SEQUENCE:HASH:
                 printf %s audit1:SEQUENCE:HASH > head
                 printf %s SIGNATURE | tr a-f A-F | basenc --base16 -d > head.sig
                 openssl pkeyutl -verify -rawin -pubin -inkey key-KEY.pem -in head -sigfile head.sig
             The last entry has one, if the export is signed.
          5. A checkpoint from a log or a notice names the hash of its entry: compare it with hashes.txt. One that is
             beyond the last entry, of a time that this export covers, says that the end was cut.

        Who is meant: entries name people by commitments ("subject"). people.csv reveals those whose salts are kept:
                 { printf %s SALT | base64 -d; printf %s EMAIL; } | openssl dgst -sha256
        Where somebody's salt was erased, nobody can tell any more whom the entries are about; the chain stays whole.

        cases.csv and removals.csv say what the entries of this export say about each case: who, told when and by whom,
        removed when, how long that took, and the exceptions. Times are UTC; seconds_to_revoke runs from being told, or
        from the time of effect where that is later, to the answer to the last DELETE. case.proven entries hold the lists
        that show that the person is gone.

        Keys in this export: \(keys.isEmpty ? "none" : keys.joined(separator: ", "))

        """
    }

    /// Exits 0 where all is well, else 1 with what is not.
    static let script = #"""
        #!/bin/sh
        # Checks an export of vultr-offboard's audit chain with openssl and coreutils alone.
        # usage: sh check.sh [FINGERPRINT of the key that must have signed]
        set -eu
        cd "$(dirname "$0")"
        fail() { echo "FAILED: $1" >&2; exit 1; }
        work=$(mktemp -d)
        trap 'rm -rf "$work"' EXIT

        # signed KEY MESSAGE SIGNATURE: whether a file holds the key's signature over another.
        signed() {
            openssl pkeyutl -verify -rawin -pubin -inkey "key-$1.pem" -in "$2" -sigfile "$3" > /dev/null 2>&1
        }

        # The keys are what their names say.
        for file in key-*.pem; do
            [ -e "$file" ] || continue
            name=${file#key-}
            actual=$(openssl pkey -pubin -in "$file" -outform DER 2> /dev/null | openssl dgst -sha256 -r)
            [ "${actual%% *}" = "${name%.pem}" ] || fail "$file is another key than its name says"
        done

        # The files are those that were exported.
        signer=
        for file in SHA256SUMS.*.sig; do
            [ -e "$file" ] || continue
            [ -z "$signer" ] || fail "there are two signatures over SHA256SUMS"
            signer=${file#SHA256SUMS.}
            signer=${signer%.sig}
            signed "$signer" SHA256SUMS "$file" || fail "SHA256SUMS is not what key $signer signed"
        done
        [ $# -eq 0 ] || [ "$signer" = "$1" ] || fail "it is not signed by key $1"
        sha256sum --check --strict --quiet SHA256SUMS || fail "a file is not what was exported"

        # Each entry has its hash, and names the hash of the one before it.
        next=
        previous=
        while IFS= read -r entry <&3; do
            IFS=' ' read -r sequence hash <&4 || fail "there is an entry without a hash"
            [ -z "$next" ] || [ "$sequence" = "$next" ] || fail "entry $next is missing"
            actual=$(printf %s "$entry" | openssl dgst -sha256 -r)
            [ "${actual%% *}" = "$hash" ] || fail "entry $sequence: its bytes are not those that were hashed"
            case $entry in
            *",\"previous\":\"$previous"*"\",\"sequence\":$sequence"[,}]*) ;;
            *) fail "entry $sequence: it does not follow from the one before it" ;;
            esac
            previous=$hash
            next=$((sequence + 1))
        done 3< entries.jsonl 4< hashes.txt
        [ -n "$next" ] || fail "there is no entry"
        [ "$(wc -l < hashes.txt)" -eq "$(wc -l < entries.jsonl)" ] || fail "there is a hash without an entry"

        # Signed heads are heads of this chain, and the last entry has one.
        through=0
        while IFS=: read -r mark sequence hash key signature; do
            [ "$mark" = audit1 ] || fail "heads.txt cannot be read"
            printf %s "audit1:$sequence:$hash" > "$work/head"
            printf %s "$signature" | tr a-f A-F | basenc --base16 -d > "$work/signature"
            signed "$key" "$work/head" "$work/signature" || fail "entry $sequence: the signature over it is not right"
            grep -qx "$sequence $hash" hashes.txt || fail "entry $sequence: another head was signed"
            through=$sequence
        done < heads.txt
        if [ -z "$signer" ]; then
            echo "valid, and NOT signed: entries up to $((next - 1))"
            exit 0
        fi
        [ "$through" -eq $((next - 1)) ] || fail "what follows entry $through is not signed"
        echo "valid: entries up to $((next - 1)), signed by key $signer"

        """#
}
