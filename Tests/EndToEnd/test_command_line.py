"""The command line to the letter: exit codes, JSON shapes, and what each command changes."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
import standardwebhooks

import senders
from offboard import PROGRAM
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA, World, three_organizations

EVERYWHERE = {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}
CASE = ["id", "email", "state", "result", "reason", "sender", "received_at", "finished_at", "plan_digest", "uncovered"]
REMOVAL = ["key", "organization_id", "organization_name", "user_id", "outcome", "http_status", "attempts"]
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"


def test_cases_and_show_have_the_contracts_shape(stage):
    its = stage()
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "completed")
    assert list(case) == [*CASE, "removals"]
    assert re.fullmatch(r"c_\S+", case["id"])
    assert (case["email"], case["sender"], case["uncovered"]) == ("avery.stone@example.com", "hr", [])
    assert re.fullmatch(MOMENT, case["received_at"])
    assert re.fullmatch(MOMENT, case["finished_at"])
    assert re.fullmatch(r"[0-9a-f]{64}", case["plan_digest"])
    for row in case["removals"]:
        assert list(row) == REMOVAL
        assert (row["http_status"], row["attempts"], row["user_id"]) == (204, 1, AVERY)
    assert {row["organization_name"] for row in case["removals"]} == {"Alpha", "Beta", "Gamma"}
    assert its.offboard.read("show", case["id"]) == case
    table = its.offboard.run("cases")
    assert table.status == 0
    assert "avery.stone@example.com" in table.output
    assert "\x1b" not in table.output


def test_lists_are_newest_first_and_filtered(stage):
    its = stage(policy={"mode": "dry_run"})
    emails = [f"person{number}@example.com" for number in range(5)]
    for email in emails:
        its.offboard.post(senders.departure(email))
        its.offboard.settled(email, "completed")
    assert [case["email"] for case in its.offboard.cases()] == emails[::-1]
    assert [case["email"] for case in its.offboard.read("cases", "--limit", 2)] == emails[:2:-1]
    assert [case["email"] for case in its.offboard.cases("--email", "PERSON3@example.com")] == ["person3@example.com"]
    assert its.offboard.cases("--state", "held") == []
    assert len(its.offboard.cases("--state", "completed")) == 5
    deliveries = its.offboard.deliveries()
    assert len(deliveries) == 5
    assert len(its.offboard.read("deliveries", "--limit", 2)) == 2
    assert all(list(row) == ["id", "sender", "received_at", "state", "cases"] for row in deliveries)
    newest = next(case for case in its.offboard.cases() if case["email"] == emails[-1])
    assert deliveries[0]["cases"] == [newest["id"]]


def test_a_delivery_about_nobodys_departure_is_ignored(stage):
    its = stage()
    for type in ("employee.hired", "user.suspended", "user.locked"):
        its.offboard.post(senders.standard(senders.event("avery.stone@example.com", type=type)))
    wait_until(lambda: {row["state"] for row in its.offboard.deliveries()} == {"ignored"}, "all are read")
    assert its.offboard.cases() == []


def test_plan_shows_what_would_go_and_changes_nothing(stage):
    its = stage()
    plan = its.offboard.read("plan", "Avery.Stone@example.com")
    assert list(plan) == ["email", "digest", "memberships", "uncovered", "unproven"]
    assert (plan["email"], plan["uncovered"], plan["unproven"]) == ("avery.stone@example.com", [], [])
    assert {(row["organization_id"], row["user_id"]) for row in plan["memberships"]} == EVERYWHERE
    for row in plan["memberships"]:
        assert list(row) == ["key", "organization_id", "organization_name", "user_id", "action"]
        assert row["action"] == "remove"
    assert {call["method"] for call in its.simulator.calls()} == {"GET"}
    assert its.offboard.cases() == []
    assert its.gone == set()


def test_plan_names_the_keys_whose_lists_are_not_proven(stage):
    its = stage(start=False)
    its.simulator.fault("missing_meta", path="/v2/users", key="beta", times=0)
    done = its.offboard.run("plan", "avery.stone@example.com", "--json")
    assert done.json["unproven"] == ["beta"]


def test_remove_without_a_terminal_needs_yes(stage):
    its = stage()
    assert its.offboard.run("remove", "avery.stone@example.com").status == 64
    assert its.simulator.deletes() == []
    assert its.offboard.run("remove", "avery.stone@example.com", "--yes").status == 0
    assert its.gone == EVERYWHERE


def test_remove_works_without_a_daemon(stage):
    its = stage(start=False)
    done = its.offboard.run("remove", "avery.stone@example.com", "--yes", "--json")
    assert done.status == 0, done.errors
    assert its.gone == EVERYWHERE
    assert its.offboard.case("avery.stone@example.com")["result"] == "removed"


def test_remove_ends_with_0_for_no_account_and_for_a_dry_run(stage):
    its = stage(start=False)
    assert its.offboard.run("remove", "nobody@example.com", "--yes").status == 0
    dry = stage(start=False, policy={"mode": "dry_run"})
    assert dry.offboard.run("remove", "avery.stone@example.com", "--yes").status == 0
    assert dry.simulator.deletes() == []


@pytest.mark.parametrize("daemon", [True, False])
def test_remove_ends_with_1_where_a_person_must_decide(stage, daemon):
    its = stage(start=daemon, policy={"approval": "always", "protected": ["sam.river@example.com"]})
    assert its.offboard.run("remove", "avery.stone@example.com", "--yes").status == 1
    assert its.offboard.case("avery.stone@example.com")["state"] == "held"
    assert its.offboard.run("remove", "sam.river@example.com", "--yes").status == 1
    assert its.simulator.deletes() == []


def test_remove_ends_with_69_where_vultr_is_out_of_reach(stage):
    its = stage(start=False)
    its.simulator.process.kill()
    its.simulator.process.wait()
    assert its.offboard.run("remove", "avery.stone@example.com", "--yes").status == 69
    assert its.offboard.run("plan", "avery.stone@example.com").status == 69


def test_remove_no_wait_returns_at_once_and_the_daemon_does_it(stage):
    its = stage(three_organizations(latency="300ms"))
    done = its.offboard.run("remove", "avery.stone@example.com", "--yes", "--no-wait")
    assert done.status == 0, done.errors
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "removed"


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "c_unknown"],
        ["approve", "c_unknown", "--yes"],
        ["refuse", "c_unknown"],
        ["retry", "c_unknown"],
        ["cancel", "c_unknown"],
        ["nonsense"],
        ["cases", "--nonsense"],
        ["cases", "--limit", "-1"],
        ["cases", "--state", "nonsense"],
        ["plan"],
        ["plan", "no email"],
        ["remove", "no email", "--yes"],
        ["sign", "--sender", "nobody", "/dev/null"],
        ["test", "nobody"],
    ],
    ids=" ".join,
)
def test_wrong_usage_and_unknown_cases_end_with_64(stage, arguments):
    its = stage(start=False)
    done = its.offboard.run(*arguments)
    assert done.status == 64, done.errors
    assert done.output == ""
    assert done.errors


def test_a_store_out_of_reach_ends_with_69(stage):
    its = stage(start=False, storage={"sqlite": "/proc/no-such-folder/offboard.sqlite"})
    assert its.offboard.run("cases").status == 69


def test_approve_and_refuse_only_what_is_held(stage):
    its = stage()
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "completed")
    for command in (["approve", case["id"], "--yes"], ["refuse", case["id"]], ["cancel", case["id"]]):
        assert its.offboard.run(*command).status == 1, command


def test_approve_yes_takes_the_plan_as_it_is_now(stage):
    its = stage(policy={"approval": "always"})
    for email in ("avery.stone@example.com", "colleague0.alpha@example.com"):
        its.offboard.post(senders.departure(email))
    ids = [
        its.offboard.settled(email, "held")["id"]
        for email in ("avery.stone@example.com", "colleague0.alpha@example.com")
    ]
    assert its.offboard.run("approve", *ids).status == 64, "no terminal to ask at"
    done = its.offboard.run("approve", *ids, "--yes")
    assert done.status == 0, done.errors
    its.offboard.settled("avery.stone@example.com", "completed")
    its.offboard.settled("colleague0.alpha@example.com", "completed")
    assert len(its.simulator.deletes()) == 4


def test_decisions_work_without_a_daemon(stage):
    its = stage(start=False, policy={"approval": "always"})
    assert its.offboard.run("remove", "avery.stone@example.com", "--yes").status == 1
    held = its.offboard.case("avery.stone@example.com")
    done = its.offboard.run("approve", held["id"], "--digest", held["plan_digest"])
    assert done.status == 0, done.errors
    assert its.gone == EVERYWHERE
    assert its.offboard.case("avery.stone@example.com")["result"] == "removed"


def test_sign_makes_a_request_that_others_verify_and_the_daemon_accepts(stage, tmp_path):
    its = stage(policy={"mode": "dry_run"})
    file = tmp_path / "body.json"
    file.write_bytes(senders.event("avery.stone@example.com"))
    done = its.offboard.run("sign", "--sender", "hr", file)
    assert done.status == 0, done.errors
    headers = dict(line.split(": ", 1) for line in done.output.splitlines())
    verified = standardwebhooks.Webhook(senders.STANDARD_SECRET).verify(file.read_bytes(), headers)
    assert verified["type"] == "employee.departed"
    request = senders.Request("/hooks/hr", file.read_bytes(), headers)
    assert its.offboard.post(request).status_code == 202


@pytest.mark.parametrize("sender", ["hr", "svix", "github"])
def test_sign_serves_every_preset(stage, tmp_path, sender):
    its = stage(policy={"mode": "dry_run"})
    file = tmp_path / "body.json"
    file.write_bytes(b'{"any":"body"}')
    done = its.offboard.run("sign", "--sender", sender, file)
    headers = dict(line.split(": ", 1) for line in done.output.splitlines())
    request = senders.Request(f"/hooks/{sender}", file.read_bytes(), headers)
    assert its.offboard.post(request).status_code == 202


@pytest.mark.parametrize("sender", ["hr", "svix", "github"])
def test_test_goes_through_the_listener_and_never_enforces(stage, sender):
    its = stage()
    done = its.offboard.run("test", sender)
    assert done.status == 0, done.errors + done.output
    deliveries = its.offboard.deliveries()
    assert [(row["sender"], row["state"]) for row in deliveries] == [(sender, "interpreted")]
    wait_until(lambda: {case["state"] for case in its.offboard.cases()} == {"completed"}, "the case is planned")
    assert {case["result"] for case in its.offboard.cases()} <= {"dry_run", "no_account"}
    assert its.simulator.deletes() == []


def test_test_without_a_daemon_ends_with_69(stage):
    its = stage(start=False)
    assert its.offboard.run("test", "hr").status == 69


def test_check_is_content_with_good_keys(stage):
    its = stage(start=False)
    done = its.offboard.run("check")
    assert done.status == 0, done.output + done.errors
    for word in ("alpha", "beta", "gamma", ALPHA):
        assert word in done.output
    assert {call["method"] for call in its.simulator.calls()} == {"GET"}


@pytest.mark.parametrize(
    "change",
    [
        {"secret": "ANOTHERSECRETBYNOW"},
        {"addresses_allowed": False},
        {"permissions": {"list": "deny"}},
        {"permissions": {"organizations": "deny"}},
    ],
    ids=str,
)
def test_check_names_the_key_that_fails(stage, change):
    its = stage(start=False)
    its.simulator.change_key("beta", **change)
    done = its.offboard.run("check")
    assert done.status == 1, done.output + done.errors
    assert "beta" in done.output + done.errors


def test_check_finds_an_organization_that_the_key_does_not_list(stage):
    world = three_organizations()
    world.configured["beta"] = {"organizations": [GAMMA]}
    its = stage(world, start=False)
    assert its.offboard.run("check").status == 1


def test_check_json_is_json(stage):
    its = stage(start=False)
    done = its.offboard.run("check", "--json")
    assert done.status == 0, done.errors
    json.loads(done.output)


def test_retry_brings_a_case_forward(stage):
    its = stage(retry={"first": "10m", "ceiling": "15m"})
    its.simulator.change_key("gamma", permissions={"remove": "deny"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "attention")
    its.simulator.change_key("gamma", permissions={"remove": "allow"})
    done = its.offboard.run("retry", case["id"])
    assert done.status == 0, done.errors
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "removed"


def test_the_program_explains_itself():
    done = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    for command in ("serve", "check", "plan", "remove", "cases", "approve", "sign", "test"):
        assert command in done.stdout


def test_one_key_that_covers_several_organizations_shows_in_the_plan(stage):
    world = World()
    alpha, beta = world.organization("Alpha"), world.organization("Beta")
    world.key("both", alpha, lists="all", reach="listed", configured={"organizations": [alpha]})
    world.person("avery.stone@example.com", alpha, beta, id=AVERY)
    its = stage(world, start=False)
    plan = its.offboard.read("plan", "avery.stone@example.com")
    assert [row["organization_id"] for row in plan["memberships"]] == [alpha]
    assert plan["uncovered"] == [beta]
