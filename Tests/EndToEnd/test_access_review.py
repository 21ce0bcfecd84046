"""Everybody in every organization, as tables and files; nothing is changed by looking."""

from __future__ import annotations

import csv
import io
import subprocess

import senders
from offboard import PROGRAM
from world import ALPHA, AVERY, BETA, GAMMA, World, identifier, three_organizations

EMAIL = "avery.stone@example.com"
MARKS = {"service_user", "suspended", "departed"}


def raw_csv(its, *arguments: str) -> bytes:
    """The bytes as they are written: nothing translated."""
    done = subprocess.run(
        [PROGRAM, "access-review", "--csv", *arguments, "--config", its.offboard.file],
        capture_output=True,
        env=its.offboard.environment,
        cwd=its.offboard.folder,
        timeout=90,
    )
    return done.stdout


def test_everybody_is_there_with_service_users_suspended_and_departed_ones_marked(stage):
    world = three_organizations(None)
    world.person(EMAIL, ALPHA, BETA, id=AVERY)
    world.person("robot@example.com", ALPHA, id="robot", service_user=True)
    world.person("paused@example.com", GAMMA, id="paused", suspended=[GAMMA])
    its = stage(world, policy={"mode": "dry_run"})
    its.offboard.post(senders.departure(EMAIL))
    case = its.offboard.settled(EMAIL, "completed")
    before = its.simulator.members()
    calls = len(its.simulator.calls())
    done = its.offboard.run("access-review", "--json")
    assert done.status == 0, done.errors
    rows = done.json
    assert {(row["organization_id"], row["user_id"]) for row in rows} == before
    assert len(rows) == len(before)
    by_place = {(row["organization_id"], row["user_id"]): row for row in rows}
    robot = by_place[ALPHA, "robot"]
    assert [robot[mark] for mark in sorted(MARKS)] == [False, True, False]
    assert by_place[GAMMA, "paused"]["suspended"] is True
    for organization in (ALPHA, BETA):
        avery = by_place[organization, AVERY]
        assert (avery["departed"], avery["case"], avery["email"]) == (True, case["id"], EMAIL)
    colleague = by_place[ALPHA, identifier("person colleague1.alpha@example.com")]
    assert colleague["key"] == "alpha" and not any(colleague[mark] for mark in MARKS)
    # The log of the simulator is the judge of "changes nothing".
    assert {call["method"] for call in its.simulator.calls()[calls:]} == {"GET"}
    assert its.simulator.members() == before
    table = its.offboard.run("access-review").output
    assert "service user" in table and case["id"] in table
    read = list(csv.DictReader(io.StringIO(raw_csv(its).decode(), newline="")))
    assert {(row["organization_id"], row["user_id"]) for row in read} == before
    assert [row["service_user"] for row in read if row["user_id"] == "robot"] == ["true"]


def test_who_was_reinstated_is_not_departed(stage):
    its = stage()
    its.offboard.post(senders.departure(EMAIL))
    case = its.offboard.settled(EMAIL, "completed")
    its.offboard.post(senders.standard(senders.event(EMAIL, type="employee.reinstated")))
    its.offboard.settled(EMAIL, "attention")
    its.simulator.add_member(ALPHA, AVERY)
    [row] = [row for row in its.offboard.run("access-review", "--json").json if row["user_id"] == AVERY]
    assert row["departed"] is False
    its.offboard.run("cancel", case["id"])
    its.offboard.post(senders.departure(EMAIL))
    its.offboard.settled(EMAIL, "completed")
    its.simulator.add_member(BETA, AVERY)
    [row] = [row for row in its.offboard.run("access-review", "--json").json if row["user_id"] == AVERY]
    assert row["departed"] is True


def test_a_csv_file_is_rfc_4180_and_holds_no_formula(stage):
    world = World()
    alpha = world.organization('=HYPERLINK("http://x", "a, b")')
    world.key("alpha", alpha)
    world.person("+evil@example.com", alpha, id="u-1")
    world.person('"quoted, name"@example.com', alpha, id="u-2")
    its = stage(world, start=False)
    written = raw_csv(its)
    assert written.endswith(b"\r\n") and written.count(b"\r\n") == written.count(b"\n")
    rows = list(csv.reader(io.StringIO(written.decode(), newline=""), strict=True))
    assert {len(row) for row in rows} == {10}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert [row[3] for row in rows if row[4] == "u-1"] == ["'+evil@example.com"]
    assert [row[3] for row in rows if row[4] == "u-2"] == ['"quoted, name"@example.com']
    assert rows[1][2] == "'" + '=HYPERLINK("http://x", "a, b")'


def test_unproven_lists_and_unreadable_keys_are_named_and_make_it_incomplete(stage):
    its = stage()
    its.simulator.fault("missing_meta", path="/v2/users", key="alpha", times=0)
    its.simulator.change_key("beta", permissions={"list": "deny"})
    its.simulator.change_key("gamma", permissions={"suspended": "deny"})
    done = its.offboard.run("access-review", "--json")
    assert done.status == 1
    problems = [row for row in done.json if row["problem"]]
    assert [row["key"] for row in problems] == ["alpha", "beta", "gamma"]
    assert all(row["user_id"] is None and row["departed"] is None for row in problems)
    for row in problems:
        assert row["problem"] in done.errors
    # Who is shown is shown all the same.
    assert {row["organization_id"] for row in done.json if row["user_id"] == AVERY} == {ALPHA, GAMMA}
    assert raw_csv(its).decode().count("not proven complete") == 1
    assert its.simulator.deletes() == []


def test_it_makes_no_store_where_there_is_none(stage):
    its = stage(start=False)
    assert its.offboard.run("access-review", "--json").status == 0
    assert not its.offboard.store.exists()


def test_json_and_csv_at_once_are_wrong_usage(stage):
    its = stage(start=False)
    assert its.offboard.run("access-review", "--json", "--csv").status == 64


def test_uncovered_organizations_are_named(stage):
    world = three_organizations()
    world.keys[0].update({"lists": [ALPHA, BETA], "reach": "listed", "users_list": "all"})
    world.configured["alpha"] = {"organizations": [ALPHA], "users_list": "all_organizations"}
    del world.keys[1], world.configured["beta"]
    its = stage(world, start=False)
    done = its.offboard.run("access-review", "--json")
    assert BETA in done.errors
    # Which of several organizations a person is in, the list does not say.
    avery = [row for row in done.json if row["user_id"] == AVERY]
    assert [(row["key"], row["organization_id"]) for row in avery] == [("alpha", None), ("gamma", GAMMA)]
    assert "Alpha, Beta" in avery[0]["organization_name"]
