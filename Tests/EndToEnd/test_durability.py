"""What was acknowledged is never lost, whatever happens to the process, the disk or the file."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time

import httpx
import pytest

import effects
import senders
from load import Load
from offboard import PROGRAM, outcomes
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA, World, three_organizations

EVERYWHERE = {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}


@pytest.mark.parametrize("applied", [True, False])
def test_a_kill_between_two_deletes_loses_nothing(stage, applied):
    its = stage(vultr={"timeout": "60s"})
    # One DELETE is never answered, so that the daemon dies with some done and one under way.
    its.simulator.fault("hang", method="DELETE", path="/**", key="beta", times=1, applied=applied)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    wait_until(lambda: len(its.simulator.deletes()) == 3, "every DELETE has begun")
    its.offboard.kill()
    before = its.simulator.deletes()
    assert ((BETA, AVERY) in its.gone) == applied
    its.offboard.start()
    case = its.offboard.settled("avery.stone@example.com", "completed", within=90)
    assert case["result"] == "removed"
    assert outcomes(case) == {ALPHA: "removed", BETA: "removed", GAMMA: "removed"}
    assert its.gone == EVERYWHERE
    # What had been answered or applied before is not sent again.
    again = its.simulator.deletes()[len(before) :]
    assert set(again) <= ({(BETA, AVERY)} if not applied else set())


def test_a_kill_right_after_the_acknowledgement_loses_nothing(stage):
    its = stage(three_organizations(latency="200ms"))
    assert its.offboard.post(senders.departure("avery.stone@example.com")).status_code == 202
    its.offboard.kill()
    its.offboard.start()
    assert its.offboard.settled("avery.stone@example.com", "completed", within=90)["result"] == "removed"
    assert its.gone == EVERYWHERE


def kill_rounds(stage, rounds: int, record_property) -> None:
    """The loss checker. Somebody's departure is the last thing that is acknowledged before each kill."""
    world, alpha = effects.one_organization(rounds + 10)
    its = stage(world, policy=effects.NO_LIMITS, start=False)
    chance = random.Random(20261125)
    acknowledged: set[str] = set()
    told: set[str] = set()
    for round in range(rounds):
        its.offboard.start()
        load = Load(its.offboard.port)
        enough = chance.randint(1, 60)
        wait_until(lambda: len(load.acknowledged) >= enough, "some deliveries are acknowledged")
        answer = its.offboard.post(senders.departure(effects.colleague(round)))
        assert answer.status_code == 202
        its.offboard.kill()
        sent = load.stop()
        assert sent, round
        acknowledged |= {*sent, answer.json()["delivery"]}
        told.add(effects.colleague(round))
    its.offboard.start()
    wait_until(lambda: len(its.gone) >= len(told), "everybody who was told of is gone", within=180)
    for email in told:
        assert its.offboard.settled(email, "completed", within=180)["result"] == "removed"
    lost = acknowledged - {row["id"] for row in its.offboard.deliveries()}
    wrong = effects.wrong(its, alpha, told)
    record_property(
        "summary",
        f"loss checker, {rounds} kills: acknowledged {len(acknowledged)}, lost {len(lost)}, wrong effects {len(wrong)}",
    )
    assert not lost
    assert not wrong
    assert len(acknowledged) >= 2 * rounds
    assert "a part of the store is missing" not in its.offboard.log


def test_twenty_kills_under_load_lose_no_acknowledged_delivery(stage, record_property):
    kill_rounds(stage, 20, record_property)


@pytest.mark.long
def test_two_hundred_kills_under_load_lose_no_acknowledged_delivery(stage, record_property):
    kill_rounds(stage, 200, record_property)


def test_a_termination_under_load_answers_what_waits_and_ends_in_time(stage):
    its = stage(three_organizations(None), policy={"mode": "dry_run"})
    load = Load(its.offboard.port, threads=8)
    wait_until(lambda: len(load.acknowledged) > 100, "a hundred deliveries are acknowledged")
    began = time.monotonic()
    assert its.offboard.stop(within=10) == 0
    assert time.monotonic() - began < 10
    acknowledged = load.stop()
    assert set(acknowledged) <= {row["id"] for row in its.offboard.deliveries()}
    assert set(load.refused) <= {503}


def test_a_termination_while_people_leave_removes_each_who_was_acknowledged_once(stage):
    world, alpha = effects.one_organization(160)
    its = stage(world, policy=effects.NO_LIMITS)
    load = Load(its.offboard.port, threads=8, people=[effects.colleague(number) for number in range(150)])
    wait_until(lambda: len(its.gone) > 5, "some are gone")
    assert its.offboard.stop(within=10) == 0
    load.stop()
    told = set(load.told)
    assert len(told) > 5
    its.offboard.start()
    wait_until(lambda: len(its.gone) >= len(told), "everybody who was told of is gone", within=90)
    for email in told:
        assert its.offboard.settled(email, "completed", within=90)["result"] == "removed"
    stored = {row["id"] for row in its.offboard.deliveries()}
    assert set(load.acknowledged) <= stored
    # Of one that was stored and whose answer got lost on its way nothing was promised; it counts as told.
    told |= {case["email"] for case in its.offboard.cases()}
    assert effects.wrong(its, alpha, told) == []


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_termination_in_the_middle_of_a_case_leaves_it_to_the_next_start(stage, sent):
    its = stage(three_organizations(latency="300ms"))
    its.offboard.post(senders.departure("avery.stone@example.com"))
    wait_until(lambda: its.simulator.calls("GET", "/v2/users"), "the case is under way")
    its.offboard.process.send_signal(sent)
    assert its.offboard.wait(within=10) == 0
    its.offboard.start()
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "removed"
    assert its.gone == EVERYWHERE


def test_a_full_disk_is_answered_503_and_loses_nothing(stage, small_disk):
    its = stage(storage={"sqlite": str(small_disk / "offboard.sqlite")})
    first = its.offboard.post(senders.departure("nobody@example.com"))
    assert first.status_code == 202
    its.offboard.settled("nobody@example.com", "completed")

    filler = small_disk / "filler"
    acknowledged = [first.json()["delivery"]]
    refused = None
    with filler.open("wb", buffering=0) as file:
        for _ in range(400):
            try:
                file.write(b"x" * 65536)
            except OSError:
                pass
            request = senders.departure(f"{senders.new_id()}@example.com", reason="x" * 20000)
            answer = its.offboard.post(request)
            if answer.status_code == 503:
                refused = request
                break
            assert answer.status_code == 202
            acknowledged.append(answer.json()["delivery"])
    assert refused, "the disk was never full"
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["retry-after"].isdigit()

    leaver = senders.departure("avery.stone@example.com", reason="x" * 20000)
    assert its.offboard.post(leaver).status_code == 503
    assert its.simulator.deletes() == []

    filler.unlink()
    wait_until(lambda: its.offboard.post(refused).status_code in (200, 202), "the sender's retry succeeds")
    wait_until(lambda: its.offboard.post(leaver).status_code in (200, 202), "the sender's retry succeeds")
    assert its.offboard.settled("avery.stone@example.com", "completed", within=90)["result"] == "removed"
    assert its.gone == EVERYWHERE
    assert len(its.simulator.deletes()) == 3
    stored = {row["id"] for row in its.offboard.deliveries()}
    assert set(acknowledged) <= stored
    assert len(stored) == len(acknowledged) + 2


def second_daemon(its) -> subprocess.CompletedProcess:
    return subprocess.run(
        [PROGRAM, "serve", "--config", its.offboard.file],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        env=its.offboard.environment,
    )


def test_a_second_daemon_on_one_store_is_refused(stage):
    its = stage()
    second = second_daemon(its)
    assert second.returncode == 69
    assert "another daemon has the store" in second.stderr
    its.offboard.post(senders.departure("avery.stone@example.com"))
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "removed"
    # It was told why, and it asked Vultr for nothing.
    assert its.gone == EVERYWHERE
    assert len(its.simulator.deletes()) == 3


@pytest.mark.parametrize("content", [b"This is a letter, no store.\n" * 100, b"x", os.urandom(8192)])
def test_a_file_that_is_no_store_is_left_as_it_is(stage, content):
    its = stage(start=False)
    its.offboard.store.write_bytes(content)
    assert second_daemon(its).returncode == 69
    assert its.offboard.store.read_bytes() == content
    assert its.offboard.run("cases").status == 69
    assert its.offboard.store.read_bytes() == content


def test_a_store_is_readable_by_its_owner_only(stage):
    its = stage(start=False)
    before = os.umask(0)
    try:
        its.offboard.start()
    finally:
        os.umask(before)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    files = list(its.offboard.folder.glob("offboard.sqlite*"))
    assert files
    assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}


@pytest.mark.parametrize("replaced", [False, True])
def test_a_store_that_was_removed_is_noticed(stage, replaced):
    its = stage(three_organizations(None), policy={"mode": "dry_run"})
    assert its.offboard.post(senders.departure("avery.stone@example.com")).status_code == 202
    its.offboard.settled("avery.stone@example.com", "completed")
    for file in its.offboard.folder.glob("offboard.sqlite*"):
        file.unlink()
    if replaced:
        its.offboard.store.write_bytes(b"")

    def is_refused() -> bool:
        return its.offboard.post(senders.departure(f"{senders.new_id()}@example.com")).status_code == 503

    wait_until(is_refused, "503", within=5)
    answer = its.offboard.post(senders.departure("sam.river@example.com"))
    assert answer.status_code == 503
    assert answer.headers["retry-after"].isdigit()
    readiness = httpx.get(f"http://127.0.0.1:{its.offboard.port}/readyz", trust_env=False)
    assert readiness.status_code == 503


@pytest.mark.long
def test_a_command_that_died_leaves_its_case_to_the_daemon(stage):
    its = stage(start=False, vultr={"timeout": "60s"})
    its.simulator.fault("hang", method="DELETE", path="/**", key="beta", times=1)
    command = subprocess.Popen(
        [PROGRAM, "remove", "avery.stone@example.com", "--yes", "--config", its.offboard.file],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=its.offboard.environment,
    )
    wait_until(lambda: len(its.simulator.deletes()) == 3, "every DELETE has begun")
    command.kill()
    command.wait()
    its.offboard.start()
    assert its.offboard.settled("avery.stone@example.com", "completed", within=120)["result"] == "removed"
    assert its.gone == EVERYWHERE


def test_an_empty_seat_is_never_sought_twice(stage):
    """Many restarts in the middle of many cases: every person leaves exactly once."""
    world = World(latency="20ms")
    alpha = world.organization("Alpha", colleagues=100)
    world.key("alpha", alpha)
    its = stage(world, policy={"limits": [{"people": 100, "per": "1h"}], "fraction_of_organization": 1.0})
    people = [f"colleague{number}.alpha@example.com" for number in range(40)]
    its.offboard.post(senders.standard(senders.event(data=[{"email": email} for email in people])))
    for goal in (5, 15, 30):
        wait_until(lambda: len(its.gone) >= goal, f"{goal} people are gone")
        its.offboard.kill()
        its.offboard.start()
    wait_until(lambda: len(its.gone) == 40, "all are gone", within=90)
    for email in people:
        assert its.offboard.settled(email, "completed", within=90)["result"] == "removed"
    applied = [call for call in its.simulator.calls("DELETE") if call["applied"]]
    assert len(applied) == 40
