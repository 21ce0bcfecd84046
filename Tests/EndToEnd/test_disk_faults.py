"""What a disk can do to a store: fill up, turn read-only, lose the end of the log."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import senders
from load import Load
from test_notices import received, signed, staged
from waiting import wait_until
from world import AVERY, three_organizations

MISSING = "a part of the store is missing"
COLLEAGUES = [f"colleague0.{organization}@example.com" for organization in ("alpha", "beta", "gamma")]


def run(*command: object) -> subprocess.CompletedProcess:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


# A disk that turns read-only


@pytest.fixture
def loop_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 megabytes on a loop device."""
    image, disk = tmp_path / "image", tmp_path / "disk"
    disk.mkdir()
    image.write_bytes(b"")
    os.truncate(image, 32 << 20)
    made = run("mkfs.ext4", "-q", "-F", image)
    mounted = run("mount", "-o", "loop", image, disk) if made.returncode == 0 else made
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def remount(disk: Path, how: str) -> None:
    """`ro` is refused while a file is open for writing, so that the file system is shut down as after an error."""
    done = run("mount", "-o", f"remount,{how}", disk)
    if done.returncode != 0:
        pytest.skip(f"it cannot be remounted here: {done.stderr.strip()}")


def test_a_disk_that_turns_read_only_is_answered_503_and_loses_nothing(stage, loop_disk):
    store = loop_disk / "offboard.sqlite"
    its = stage(storage={"sqlite": str(store)})
    kept = its.offboard.post(senders.departure(COLLEAGUES[0])).json()["delivery"]
    its.offboard.settled(COLLEAGUES[0], "completed")
    remount(loop_disk, "abort")
    request = senders.departure("avery.stone@example.com")
    answer = its.offboard.post(request)
    assert answer.status_code == 503
    assert answer.headers["retry-after"].isdigit()
    wait_until(
        lambda: httpx.get(f"http://127.0.0.1:{its.offboard.port}/readyz", trust_env=False).status_code == 503,
        "it says that it is not ready",
    )
    assert httpx.get(f"http://127.0.0.1:{its.offboard.port}/healthz", trust_env=False).status_code == 200
    its.offboard.kill()
    deletes = its.simulator.deletes()

    # The operator repairs the disk.
    subprocess.run(["umount", loop_disk], check=True)
    run("e2fsck", "-p", loop_disk.parent / "image")
    subprocess.run(["mount", "-o", "loop", loop_disk.parent / "image", loop_disk], check=True)
    its.offboard.start()
    assert MISSING not in its.offboard.log
    assert [row["id"] for row in its.offboard.deliveries()] == [kept]
    assert its.simulator.deletes() == deletes, "nothing was removed for what was refused"
    assert its.offboard.post(request).status_code == 202
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "removed"
    assert its.simulator.organizations_of(AVERY) == set()
    assert its.offboard.stop() == 0


def test_a_disk_that_is_read_only_from_the_start_is_told(stage, loop_disk):
    store = loop_disk / "offboard.sqlite"
    its = stage(storage={"sqlite": str(store)})
    assert its.offboard.stop() == 0
    remount(loop_disk, "ro")
    its.offboard.start(wait=False)
    assert its.offboard.wait() == 69
    assert "Read-only file system" in its.offboard.log
    remount(loop_disk, "rw")
    its.offboard.start()
    assert its.offboard.post(senders.departure("avery.stone@example.com")).status_code == 202
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "removed"
    assert its.offboard.stop() == 0


# A log whose end is damaged


HEADER, FRAME = 32, 24 + 4096


def live(log: Path) -> int:
    """How many bytes of the file the log takes; behind it stands what is left of the one before."""
    content = log.read_bytes()
    end = HEADER
    while content[end + 8 : end + 16] == content[16:24]:
        end += FRAME
    assert end > HEADER
    return end


def flip(log: Path) -> None:
    """One bit, in the last half of what the log holds."""
    content = bytearray(log.read_bytes())
    end = live(log)
    content[random.Random(end).randrange(end // 2, end)] ^= 1
    log.write_bytes(content)


def cut(log: Path) -> None:
    os.truncate(log, live(log) // 2)


def spoil_header(log: Path) -> None:
    with log.open("r+b") as file:
        file.write(b"\0" * 32)


def remove(log: Path) -> None:
    log.unlink()


@pytest.mark.parametrize("damage", [flip, cut, spoil_header, remove])
def test_a_damaged_log_is_told_with_how_many_deliveries_are_missing(stage, receiver, damage):
    its = staged(stage, signed(receiver.url, events=["loss", "held"]), world=three_organizations())
    first = its.offboard.post(senders.departure(COLLEAGUES[0])).json()["delivery"]
    its.offboard.settled(COLLEAGUES[0], "completed")
    # All that is in the log by now goes to the store's own file.
    assert its.offboard.stop() == 0
    its.offboard.start()
    sent = [senders.departure(f"nobody{number}@example.com") for number in range(40)]
    last = senders.departure("avery.stone@example.com", effective_at=senders.in_(hours=1))
    acknowledged = [request.send(its.offboard.port).json()["delivery"] for request in [*sent, last]]
    its.offboard.settled("avery.stone@example.com", "scheduled")
    its.offboard.kill()
    damage(its.offboard.folder / "offboard.sqlite-wal")

    its.offboard.start()
    stored = {row["id"] for row in its.offboard.deliveries()}
    lost = [id for id in acknowledged if id not in stored]
    assert first in stored
    [line] = [line for line in its.offboard.log.splitlines() if MISSING in line]
    assert '"level":"error"' in line and f'"deliveries":"{len(lost)}"' in line
    checked = its.offboard.run("check", "--json").json
    [warning] = [warning for warning in checked["warnings"] if "log was damaged" in warning]
    assert ("no delivery is among them" in warning) == (not lost)
    [notice] = received(receiver, "store.loss")[0]["data"]["notices"]
    assert "log was damaged" in notice["reason"]
    if damage is not remove:
        assert list(its.offboard.folder.glob("offboard.sqlite-wal.damaged-*"))

    # The senders send again; what is there is known, what is missing is new, and it ends where it would have ended.
    for request, id in zip([*sent, last], acknowledged):
        assert request.send(its.offboard.port).status_code == (202 if id in lost else 200)
    case = its.offboard.case("avery.stone@example.com")
    assert case["state"] in ("scheduled", "queued")
    assert len(its.gone) == 1 == len(its.simulator.deletes())
    # Told once, also over the next start.
    its.offboard.kill()
    its.offboard.start()
    assert its.offboard.log.count(MISSING) == 1
    assert len(received(receiver, "store.loss")) == 1


def test_a_command_that_opens_a_damaged_log_first_does_not_hide_it(stage):
    its = stage(three_organizations(None), policy={"mode": "dry_run"})
    load = Load(its.offboard.port)
    wait_until(lambda: len(load.acknowledged) > 200, "two hundred deliveries are acknowledged")
    its.offboard.kill()
    acknowledged = set(load.stop())
    cut(its.offboard.folder / "offboard.sqlite-wal")
    looked = its.offboard.run("deliveries", "--json", "--limit", "0")
    assert looked.status == 0
    assert "log was damaged" in looked.errors
    lost = len(acknowledged - {row["id"] for row in looked.json})
    assert lost > 0
    assert "log was damaged" not in its.offboard.run("deliveries").errors
    its.offboard.start()
    [line] = [line for line in its.offboard.log.splitlines() if MISSING in line]
    # Some were stored whose answer nobody heard, since the daemon was killed.
    assert int(line.split('"deliveries":"')[1].split('"')[0]) >= lost


def test_a_decision_that_may_be_missing_lets_no_open_case_run(stage):
    """Whoever was told of a departure and called it off must not find it done because the log forgot."""
    its = stage()
    its.offboard.post(senders.departure("avery.stone@example.com", effective_at=senders.in_(seconds=12)))
    case = its.offboard.settled("avery.stone@example.com", "scheduled")
    # The case goes to the store's own file, what comes after it stays in the log.
    assert its.offboard.stop() == 0
    its.offboard.start()
    assert its.offboard.run("cancel", case["id"]).status in (0, 1)
    assert its.offboard.case("avery.stone@example.com")["state"] == "cancelled"
    its.offboard.kill()
    spoil_header(its.offboard.folder / "offboard.sqlite-wal")
    its.offboard.start()
    held = its.offboard.settled("avery.stone@example.com", "held")
    assert "may be missing" in held["reason"]
    assert its.simulator.deletes() == []


def test_a_log_that_is_whole_is_never_called_damaged(stage):
    """Kills at every length of the log, over the moments in which it is copied back and begun anew."""
    its = stage(three_organizations(None), policy={"mode": "dry_run"}, start=False)
    chance = random.Random(20261201)
    for _ in range(12):
        its.offboard.start()
        load = Load(its.offboard.port, threads=8)
        enough = chance.randint(1, 250)
        wait_until(lambda: len(load.acknowledged) >= enough, "some deliveries are acknowledged")
        if chance.random() < 0.3:
            its.offboard.deliveries()
        its.offboard.kill()
        load.stop()
        if chance.random() < 0.3:
            its.offboard.deliveries()
    its.offboard.start()
    assert MISSING not in its.offboard.log
