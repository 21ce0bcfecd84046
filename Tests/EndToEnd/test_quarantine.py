"""A delivery that cannot be read never keeps the others from being read, and is never lost."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

import senders
from test_notices import received, signed, staged
from waiting import SANITIZED, wait_until
from world import AVERY

COLLEAGUES = [f"colleague0.{organization}@example.com" for organization in ("alpha", "beta", "gamma")]
# What the daemon may take beyond what it has when it is idle, in bytes. It is enough to store the body below, and not
# to read it.
MARGIN = 130 << 20

limited = pytest.mark.skipif(SANITIZED or not shutil.which("prlimit"), reason="memory cannot be limited here")


def poison() -> senders.Request:
    """A departure with three million numbers beside it: 6 MB to store, some 300 MB to read."""
    body = senders.event("avery.stone@example.com", numbers="HERE")
    return senders.standard(body.replace(b'"HERE"', b"[" + b"0," * 3_000_000 + b"0]"))


def data_bytes(process: subprocess.Popen) -> int:
    """The memory of its own that a process has, as RLIMIT_DATA counts it."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"^VmData:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1024


@limited
def test_a_delivery_that_crashes_the_daemon_is_quarantined_and_the_rest_goes_on(stage, receiver):
    """The crash is a real one: the memory that reading takes is not to be had."""
    its = staged(
        stage, signed(receiver.url, events=["quarantined"]), listen={"max_body_bytes": 16 << 20, "body_deadline": "60s"}
    )
    # Once to see what it takes when all is well.
    its.offboard.post(senders.departure(COLLEAGUES[0]))
    its.offboard.settled(COLLEAGUES[0], "completed")
    limit = data_bytes(its.offboard.process) + MARGIN
    assert its.offboard.stop() == 0
    its.offboard.prefix = ["prlimit", f"--data={limit}"]
    its.offboard.start()

    first = its.offboard.post(senders.departure(COLLEAGUES[1]))
    accepted = its.offboard.post(poison())
    assert accepted.status_code == 202
    id = accepted.json()["delivery"]
    assert first.status_code == 202
    # As a supervisor would, until it lives.
    statuses = []
    for _ in range(3):
        statuses.append(its.offboard.wait(within=60))
        its.offboard.start()
    assert all(status < 0 for status in statuses), "it was ended by a signal each time"
    [quarantined] = [row for row in its.offboard.deliveries() if row["state"] == "quarantined"]
    assert quarantined["id"] == id
    assert its.offboard.settled(COLLEAGUES[1], "completed")["result"] == "removed"
    its.offboard.post(senders.departure(COLLEAGUES[2]))
    assert its.offboard.settled(COLLEAGUES[2], "completed")["result"] == "removed"

    [notice] = received(receiver, "delivery.quarantined")[0]["data"]["notices"]
    assert notice["delivery"] == id
    assert "ended the process" in notice["reason"]
    assert notice["action"] == f"vultr-offboard resolve {id} EMAIL"

    # The sender's own repetition is still known, and a person settles it.
    assert len({user for _, user in its.gone}) == 3
    done = its.offboard.run("resolve", id, "avery.stone@example.com", "--yes")
    assert done.status == 0, done.errors
    assert {user for _, user in its.gone} >= {AVERY}
    assert [row["state"] for row in its.offboard.deliveries() if row["id"] == id] == ["interpreted"]
    assert len(received(receiver, "delivery.quarantined")) == 1
    assert len(its.simulator.deletes()) == len(its.gone)


@limited
def test_a_quarantined_delivery_is_read_again_when_a_person_says_so(stage):
    its = stage(listen={"max_body_bytes": 16 << 20, "body_deadline": "60s"})
    limit = data_bytes(its.offboard.process) + MARGIN
    assert its.offboard.stop() == 0
    its.offboard.prefix = ["prlimit", f"--data={limit}"]
    its.offboard.start()
    id = its.offboard.post(poison()).json()["delivery"]
    for _ in range(3):
        assert its.offboard.wait(within=60) < 0
        its.offboard.start()
    assert its.offboard.deliveries()[0]["state"] == "quarantined"
    assert its.offboard.run("retry", "d_none").status == 64
    assert its.offboard.stop() == 0
    # With enough memory it is a delivery like any other.
    its.offboard.prefix = []
    its.offboard.start()
    assert its.offboard.read("retry", id)[0]["state"] == "accepted"
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "removed"
    assert its.offboard.run("retry", id).status == 1


def test_a_delivery_whose_bytes_are_damaged_keeps_no_other_from_being_read(stage):
    its = stage()
    ids = [its.offboard.post(senders.departure(email)).json()["delivery"] for email in COLLEAGUES]
    for email in COLLEAGUES:
        its.offboard.settled(email, "completed")
    assert its.offboard.stop() == 0
    # By hand, as no daemon leaves it: three that wait to be read, and one of them cannot be.
    connection = sqlite3.connect(its.offboard.store)
    connection.execute("PRAGMA foreign_keys = ON")
    with connection:
        connection.execute("DELETE FROM statements")
        connection.execute("DELETE FROM cases")
        connection.execute("UPDATE deliveries SET state = 'accepted', is_read = 0")
        [sequence] = connection.execute("SELECT sequence FROM deliveries WHERE id = ?", [ids[1]]).fetchone()
        connection.execute("UPDATE delivery_contents SET headers = 'x' WHERE sequence = ?", [sequence])
    connection.close()
    its.offboard.start()

    def states() -> dict[str, str]:
        return {row["id"]: row["state"] for row in its.offboard.deliveries()}

    wait_until(lambda: states()[ids[1]] == "quarantined", "it is set aside")
    assert [states()[id] for id in (ids[0], ids[2])] == ["interpreted", "interpreted"]
