"""A store with a million deliveries, each with the case that came of it, as the daemon would have left it.

The daemon itself works one departure, in dry run, of a person in one organization. All rows that come of it are then
written again and again with other ids, people, times and commitments, and the audit chain goes on from entry to entry.
Where the rows are not of the shape that is known here the run ends: copies of them would not be real.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator

import signed
from daemon import Daemon
from server import ask, wait_for

# A member of the daemon's one organization.
PERSON = "template.person@example.com"

# Copied in one transaction: the rows of a chunk lie together in each table, like those of a busy hour.
CHUNK = 1_000
# The newest copy is a day old, so that what comes afterwards is newer than all; the oldest is a year older.
NEWEST_AGE = 86_400_000
SPAN = 365 * 86_400_000
# Longer than it takes to work a case.
MOST_TAKEN = 3_600_000
# Seconds from when a departure occurred until it is told.
OCCURRED_BEFORE = 7200

# What one departure leaves. Its entries in the audit chain are written apart.
TABLES = (
    *("deliveries", "delivery_contents", "cases", "case_emails", "statements", "statement_emails", "removals"),
    "audit_salts",
)
# What a daemon writes whoever left; a row for all deliveries of a secret.
DAEMONS_OWN = {"heartbeats", "sweep_schedule", "secret_uses"}
# Columns that count on, and the table that they count the rows of.
COUNTED = {
    ("deliveries", "sequence"): "deliveries",
    ("deliveries", "audit_sequence"): "audit_entries",
    ("delivery_contents", "sequence"): "deliveries",
    ("statements", "sequence"): "statements",
    ("statement_emails", "statement"): "statements",
}
# Columns that are made anew, and the column of the copies that has them.
MADE = {
    ("deliveries", "body_digest"): "digest",
    ("deliveries", "audit_salt"): "contents_salt",
    ("audit_salts", "salt"): "salt",
    ("cases", "plan_digest"): "plan",
}
# What stands for the template's person and its things wherever it occurs in a text.
NAMES = ("delivery", "case_id", "email", "user", "signed_id", "occurred")


def fill(daemon: Daemon, count: int) -> None:
    """Fills the store of a daemon that does not run."""
    template = Template(daemon)
    with contextlib.closing(sqlite3.connect(daemon.store, isolation_level=None)) as store:
        # If this does not end well, the store is thrown away.
        store.execute("PRAGMA synchronous = OFF")
        Copier(store, template).copy(count)
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(daemon.store, "rb") as file:
        os.fsync(file.fileno())


class Template:
    """The rows that one departure left, by table, and what in them is its own."""

    def __init__(self, daemon: Daemon):
        with daemon:
            self._depart(daemon, 1, "nobody.first@example.com")
            before = self._rows(daemon)
            self._depart(daemon, 2, PERSON)
        after = self._rows(daemon)
        new = {table: list((Counter(after[table]) - Counter(before[table])).elements()) for table in after}
        wrong = {table for table, rows in new.items() if rows} ^ {*TABLES, "audit_entries"}
        if wrong - DAEMONS_OWN:
            raise SystemExit(f"a departure leaves rows in other tables than are known here: {wrong}")
        self.columns = {table: self._columns(daemon, table) for table in new}
        self.rows = {table: [dict(zip(self.columns[table], row)) for row in rows] for table, rows in new.items()}
        for rows in self.rows.values():
            rows.sort(key=lambda row: row.get("sequence", 0))
        self.entries = self.rows["audit_entries"]
        (self.delivery,) = self.rows["deliveries"]
        (self.case,) = self.rows["cases"]
        (self.removal,) = self.rows["removals"]
        self.at = self.delivery["received_at"]
        self.names = {
            "delivery": self.delivery["id"],
            "case_id": self.case["id"],
            "email": PERSON,
            "user": self.removal["user_id"],
            "signed_id": self.delivery["signed_id"].decode(),
            "occurred": signed.OCCURRED_AT,
        }
        (self.contents,) = self.rows["delivery_contents"]

    @staticmethod
    def _depart(daemon: Daemon, number: int, email: str) -> None:
        fields, body = signed.parts(signed.standard_webhooks(number, int(time.time()), 999, email=email))
        if (status := ask(daemon.port, "POST", "/hooks/hr", body, fields).status) != 202:
            raise SystemExit(f"the departure was answered with {status}")
        wait_for(lambda: daemon.cases().get("completed") == number, "the case is completed", pause=0.05)

    @staticmethod
    def _rows(daemon: Daemon) -> dict[str, list[tuple]]:
        with contextlib.closing(sqlite3.connect(daemon.store)) as store:
            names = store.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            return {name: store.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in names}

    @staticmethod
    def _columns(daemon: Daemon, table: str) -> list[str]:
        with contextlib.closing(sqlite3.connect(daemon.store)) as store:
            return [row[1] for row in store.execute(f'PRAGMA table_info("{table}")')]


class Copier:
    """Writes copies of the template's rows."""

    def __init__(self, store: sqlite3.Connection, template: Template):
        self.store = store
        self.template = template
        self.chain = Chain(template)
        self.inserts = [self._insert(table, row) for table in TABLES for row in template.rows[table]]
        store.execute("PRAGMA temp_store = MEMORY")
        made = dict.fromkeys(MADE.values())
        store.execute(
            f"CREATE TEMP TABLE copies (number INTEGER PRIMARY KEY, shift, occurred_at, {', '.join((*NAMES, *made))})"
        )

    def copy(self, count: int) -> None:
        now = int(time.time() * 1000)
        for first in range(1, count + 1, CHUNK):
            numbers = range(first, min(first + CHUNK, count + 1))
            copies = [self._copy(number, now - NEWEST_AGE - SPAN * (count - number) // count) for number in numbers]
            self.store.execute("BEGIN")
            self.store.execute("DELETE FROM copies")
            self.store.executemany(
                f"INSERT INTO copies VALUES ({', '.join(':' + column for column in copies[0] if column != 'at')})",
                copies,
            )
            for insert in self.inserts:
                self.store.execute(insert)
            self.store.executemany(
                "INSERT INTO audit_entries (sequence, at, case_id, bytes, hash) VALUES (?, ?, ?, ?, ?)",
                (entry for copy in copies for entry in self.chain.entries(copy)),
            )
            self.store.execute("COMMIT")

    def _copy(self, number: int, at: int) -> dict:
        email = f"person{number:09}@example.com"
        user = f"user-{number}"
        salts = hashlib.sha512(b"%d" % number).digest()
        plan = {"email": email, "memberships": [[self.template.removal["organization_id"], user]]}
        occurred_at = at // 1000 - OCCURRED_BEFORE
        occurred = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(occurred_at))
        body = self.template.contents["body"].replace(PERSON.encode(), email.encode())
        body = body.replace(signed.OCCURRED_AT.encode(), occurred.encode())
        return {
            "number": number,
            "shift": at - self.template.at,
            "occurred_at": occurred_at * 1000,
            "delivery": identifier("d_", at, number),
            "case_id": identifier("c_", at, number),
            "email": email,
            "user": user,
            "signed_id": f"evt_filled_{number:09}",
            "occurred": occurred,
            "digest": hashlib.sha256(body).digest(),
            "contents_salt": salts[:16],
            "salt": salts[16:48],
            "plan": hashlib.sha256(canonical(plan)).hexdigest(),
            "at": at,
        }

    def _insert(self, table: str, row: dict) -> str:
        """Writes this row for every copy."""
        counted = {column: len(self.template.rows[of]) for (its, column), of in COUNTED.items() if its == table}
        values = [
            f"{value} + copies.number * {counted[column]}"
            if column in counted
            else f"copies.{MADE[table, column]}"
            if (table, column) in MADE
            else self._expression(value)
            for column, value in row.items()
        ]
        return f"INSERT INTO {table} ({', '.join(row)}) SELECT {', '.join(values)} FROM copies"

    def _expression(self, value: object) -> str:
        """The template's value with the copy's names and times in it."""
        if value is None:
            return "NULL"
        if isinstance(value, int):
            if value == self.template.case["occurred_at"]:
                return "copies.occurred_at"
            is_time = abs(value - self.template.at) < MOST_TAKEN
            return f"{value} + copies.shift" if is_time else str(value)
        is_text = isinstance(value, str)
        text = value if is_text else value.decode()
        names = {of: name for name, of in self.template.names.items()}
        parts = re.split("|".join(f"({re.escape(name)})" for name in names), text)
        parts = [part for part in parts if part]
        terms = [f"copies.{names[part]}" if part in names else quoted(part) for part in parts] or ["''"]
        joined = " || ".join(terms)
        return joined if is_text else f"CAST({joined} AS BLOB)"


class Chain:
    """Makes the entries of copies, each with the hash of the one before."""

    def __init__(self, template: Template):
        (salt,) = (row["salt"] for row in template.rows["audit_salts"])
        delivery = template.delivery
        known = {
            "subject": hashlib.sha256(salt + PERSON.encode()),
            "contents": hashlib.sha256(delivery["audit_salt"] + delivery["body_digest"]),
            "sealed_plan": hashlib.sha256(salt + template.case["plan_digest"].encode()),
        }
        names = {value: name for name, value in template.names.items()}
        names |= {commitment.hexdigest(): name for name, commitment in known.items()}
        self._shapes = [(self._shape(entry["bytes"], names), entry["case_id"]) for entry in template.entries]
        last = template.entries[-1]
        self._sequence, self._hash = last["sequence"], last["hash"]
        self._template = template

    @staticmethod
    def _shape(entry: bytes, names: dict[str, str]) -> bytes:
        """The entry with places for what differs, to be filled in by `%`."""
        shape = entry.decode().replace("%", "%%")
        for value, name in names.items():
            shape = shape.replace(value, f"%({name})b")
        shape = re.sub(
            r'"previous":"[0-9a-f]{64}","sequence":[0-9]+', '"previous":"%(previous)b","sequence":%(sequence)d', shape
        )
        shape = re.sub(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z", "%(time)b", shape)
        if left := re.search("[0-9a-f]{64}", shape):
            raise SystemExit(f"an entry has a commitment to something that is not known here: {left[0]} in {shape}")
        return shape.encode()

    def entries(self, copy: dict) -> Iterator[tuple]:
        salt = copy["salt"]
        seconds, milliseconds = divmod(copy["at"], 1000)
        made = {
            b"delivery": copy["delivery"].encode(),
            b"case_id": copy["case_id"].encode(),
            b"user": copy["user"].encode(),
            b"signed_id": copy["signed_id"].encode(),
            b"occurred": copy["occurred"].encode(),
            b"subject": hashlib.sha256(salt + copy["email"].encode()).hexdigest().encode(),
            b"contents": hashlib.sha256(copy["contents_salt"] + copy["digest"]).hexdigest().encode(),
            b"sealed_plan": hashlib.sha256(salt + copy["plan"].encode()).hexdigest().encode(),
            # One moment for all that came of the departure.
            b"time": time.strftime(f"%Y-%m-%dT%H:%M:%S.{milliseconds:03}Z", time.gmtime(seconds)).encode(),
        }
        for shape, case_id in self._shapes:
            self._sequence += 1
            made[b"previous"] = self._hash.hex().encode()
            made[b"sequence"] = self._sequence
            bytes = shape % made
            self._hash = hashlib.sha256(bytes).digest()
            yield self._sequence, copy["at"], case_id and copy["case_id"], bytes, self._hash


def identifier(prefix: str, at: int, number: int) -> str:
    """An id as the daemon makes them: 48 bits of time and 80 others, in Crockford's base 32."""
    bits = at << 80 | number
    return prefix + "".join("0123456789abcdefghjkmnpqrstvwxyz"[bits >> shift & 31] for shift in range(125, -1, -5))


def canonical(value: object) -> bytes:
    """RFC 8785, for what is ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
