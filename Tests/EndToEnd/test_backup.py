"""A copy of the store is whole, and putting it back loses nothing that it holds and removes nobody by itself."""

from __future__ import annotations

import os
import random
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

import senders
from load import Load
from waiting import wait_until
from world import ALPHA, AVERY, three_organizations

COLLEAGUES = [f"colleague0.{organization}@example.com" for organization in ("alpha", "beta", "gamma")]


def back_up(its, name: str = "backup.sqlite") -> tuple[Path, dict]:
    path = its.offboard.folder / name
    return path, its.offboard.read("backup", path)


def test_a_backup_under_load_holds_all_that_was_acknowledged_before_it(stage):
    its = stage(three_organizations(None), policy={"mode": "dry_run"})
    load = Load(its.offboard.port)
    wait_until(lambda: len(load.acknowledged) > 100, "a hundred deliveries are acknowledged")
    before = set(load.acknowledged)
    path, told = back_up(its)
    wait_until(lambda: len(load.acknowledged) > len(before) + 50, "the load goes on")
    its.offboard.kill()
    acknowledged = set(load.stop())
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    assert path.stat().st_size == told["bytes"]
    assert not list(its.offboard.folder.glob("backup.sqlite?*")), "nothing is left beside it"

    restored = its.offboard.read("restore", path)
    assert restored["taken_at"] == told["taken_at"]
    kept = {row["id"] for row in its.offboard.deliveries()}
    assert before <= kept
    assert len(kept) == told["deliveries"] == restored["deliveries"]
    assert kept < acknowledged, "the load went on after the backup"
    # All of them are in the store that was kept.
    assert acknowledged <= set(ids_in(Path(restored["kept_as"])))


def ids_in(store: Path) -> list[str]:
    connection = sqlite3.connect(store)
    try:
        return [id for (id,) in connection.execute("SELECT id FROM deliveries")]
    finally:
        connection.close()


def test_what_came_after_the_backup_can_be_sent_again_and_what_came_before_is_known(stage):
    its = stage()
    early, late = (senders.departure(email) for email in COLLEAGUES[:2])
    assert its.offboard.post(early).status_code == 202
    its.offboard.settled(COLLEAGUES[0], "completed")
    path, told = back_up(its)
    assert datetime.fromisoformat(told["last_delivery_at"]) < datetime.fromisoformat(told["taken_at"])
    assert its.offboard.post(late).status_code == 202
    its.offboard.settled(COLLEAGUES[1], "completed")

    refused = its.offboard.run("restore", path)
    assert refused.status == 69
    assert "another daemon has the store" in refused.errors
    assert its.offboard.post(late).status_code == 200, "nothing has changed"
    assert its.offboard.stop() == 0

    done = its.offboard.run("restore", path)
    assert done.status == 0, done.errors
    assert told["taken_at"] in done.output and told["taken_at"] in done.errors
    assert "are missing" in done.errors
    verified = its.offboard.run("audit", "verify")
    assert verified.status == 0, verified.output + verified.errors
    its.offboard.start()
    assert its.offboard.post(early).status_code == 200
    assert its.offboard.post(late).status_code == 202
    # Told a second time of somebody who is gone already, it finds nobody and asks Vultr for nothing.
    assert its.offboard.settled(COLLEAGUES[1], "completed")["result"] == "no_account"
    assert len(its.simulator.deletes()) == 2
    assert len(its.gone) == 2


def test_a_case_that_was_open_in_the_backup_waits_for_a_person(stage):
    """The person has come back since then, and the restored store cannot know."""
    its = stage()
    leaving = senders.event("avery.stone@example.com", effective_at=senders.in_(seconds=10))
    its.offboard.post(senders.standard(leaving))
    assert its.offboard.settled("avery.stone@example.com", "scheduled")
    path, _ = back_up(its)
    its.offboard.post(senders.standard(senders.event("avery.stone@example.com", type="employee.reinstated")))
    its.offboard.settled("avery.stone@example.com", "cancelled")
    assert its.offboard.stop() == 0
    assert its.offboard.read("restore", path)["held"] == 1
    its.offboard.start()
    case = its.offboard.settled("avery.stone@example.com", "held")
    assert "backup" in case["reason"]
    assert its.simulator.deletes() == []
    # Whoever has looked decides.
    assert its.offboard.run("approve", case["id"], "--digest", case["plan_digest"]).status == 0
    assert its.simulator.organizations_of(AVERY) == set()


def test_a_backup_overwrites_nothing(stage):
    its = stage()
    path, _ = back_up(its)
    before = path.read_bytes()
    again = its.offboard.run("backup", path)
    assert again.status == 64
    assert "is there already" in again.errors
    assert path.read_bytes() == before
    dangling = its.offboard.folder / "link"
    dangling.symlink_to("nowhere")
    assert its.offboard.run("backup", dangling).status == 64
    assert its.offboard.run("backup", its.offboard.store).status == 64
    assert its.offboard.run("backup", its.offboard.folder / "none" / "backup.sqlite").status == 69
    assert len(its.offboard.deliveries()) == 0


def test_a_backup_of_no_store_makes_none(stage):
    its = stage(start=False)
    assert its.offboard.run("backup", its.offboard.folder / "backup.sqlite").status == 69
    assert not list(its.offboard.folder.glob("*.sqlite*"))


def test_a_backup_that_finds_no_room_leaves_nothing(stage, small_disk):
    its = stage(three_organizations(None), policy={"mode": "dry_run"})
    for _ in range(8):
        its.offboard.post(senders.departure(f"{senders.new_id()}@example.com", reason="x" * 700_000))
    done = its.offboard.run("backup", small_disk / "backup.sqlite")
    assert done.status == 69, done.errors
    assert "no room" in done.errors
    assert list(small_disk.iterdir()) == []


@pytest.mark.parametrize("damage", ["bytes", "cut", "letter", "none", "database"])
def test_what_is_no_whole_backup_is_refused_and_the_store_left_as_it_is(stage, damage):
    its = stage()
    its.offboard.post(senders.departure(COLLEAGUES[0]))
    its.offboard.settled(COLLEAGUES[0], "completed")
    path, _ = back_up(its)
    assert its.offboard.stop() == 0
    content = bytearray(path.read_bytes())
    expected = 64
    if damage == "bytes":
        # Every page but the first, so that none of them is by chance an unused one.
        for page in range(4096, len(content), 4096):
            content[page : page + 64] = os.urandom(64)
        expected = 1
    elif damage == "cut":
        del content[random.Random(1).randrange(4096, len(content)) :]
        expected = 1
    elif damage == "letter":
        content = bytearray(b"This is a letter, no backup.\n" * 100)
    path.unlink()
    if damage == "database":
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE mine (x)")
        connection.commit()
        connection.close()
    elif damage != "none":
        path.write_bytes(content)
    before = files(its)
    done = its.offboard.run("restore", path)
    assert done.status == expected, done.errors
    assert files(its) == before
    its.offboard.start()
    assert its.offboard.case(COLLEAGUES[0])["result"] == "removed"


def files(its) -> dict[str, bytes]:
    """The store's files, but for the index of its log, which every reader may make anew."""
    found = its.offboard.folder.glob("offboard.sqlite*")
    return {file.name: file.read_bytes() for file in found if not file.name.endswith("-shm")}


def test_a_restore_that_was_cut_short_is_noticed_and_can_be_run_again(stage):
    its = stage()
    its.offboard.post(senders.departure(COLLEAGUES[0]))
    its.offboard.settled(COLLEAGUES[0], "completed")
    path, _ = back_up(its)
    assert its.offboard.stop() == 0
    # As a restore leaves it that dies after it has moved the store away.
    for suffix in ("", "-wal"):
        old = its.offboard.folder / f"offboard.sqlite{suffix}"
        old.rename(its.offboard.folder / f"offboard.sqlite.before-restore-x{suffix}")
    (its.offboard.folder / "offboard.sqlite.restoring").write_bytes(path.read_bytes())
    its.offboard.start(wait=False)
    assert its.offboard.wait() == 69
    assert "run restore again" in its.offboard.log
    assert its.offboard.run("cases").status == 69
    assert its.offboard.read("restore", path)["kept_as"] is None
    its.offboard.start()
    assert its.offboard.case(COLLEAGUES[0])["result"] == "removed"
    assert (its.offboard.folder / "offboard.sqlite.before-restore-x").exists()


def test_a_store_whose_file_is_damaged_is_restored_and_kept_with_its_log(stage):
    its = stage()
    its.offboard.post(senders.departure(COLLEAGUES[0]))
    its.offboard.settled(COLLEAGUES[0], "completed")
    path, _ = back_up(its)
    its.offboard.post(senders.departure(COLLEAGUES[1]))
    its.offboard.settled(COLLEAGUES[1], "completed")
    its.offboard.kill()
    log = (its.offboard.folder / "offboard.sqlite-wal").read_bytes()
    assert log
    # The first page says whose it is; all else is gone.
    content = bytearray(its.offboard.store.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    its.offboard.store.write_bytes(content)
    restored = its.offboard.read("restore", path)
    assert Path(restored["kept_as"]).exists()
    its.offboard.start()
    assert [case["email"] for case in its.offboard.cases()] == [COLLEAGUES[0]]
    assert (ALPHA, its.world.users[0]["id"]) in its.gone


def test_a_backup_whose_chain_was_checked_can_still_be_restored(stage):
    its = stage()
    assert its.offboard.post(senders.departure(COLLEAGUES[0])).status_code == 202
    its.offboard.settled(COLLEAGUES[0], "completed")
    path, told = back_up(its)
    assert its.offboard.stop() == 0
    assert its.offboard.run("audit", "verify", path).status == 0
    assert its.offboard.read("restore", path)["deliveries"] == told["deliveries"]
