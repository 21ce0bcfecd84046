"""A sender's own policy narrows; in shadow mode it removes nobody and says whom it would have."""

from __future__ import annotations

import csv
import io

import pytest

import senders
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA, three_organizations

EVERYWHERE = {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}


def configured(**policies: dict) -> list[dict]:
    """The senders `hr` and `svix`, each with its own policy."""
    return [
        {
            "name": "hr",
            "preset": "standard-webhooks",
            "secrets": [{"env": "HR_SECRET"}],
            "policy": policies.get("hr", {}),
        },
        {"name": "svix", "preset": "svix", "secrets": [{"env": "SVIX_SECRET"}], "policy": policies.get("svix", {})},
    ]


def by_svix(email: str, **fields: object) -> senders.Request:
    return senders.svix_signed(senders.event(email, **fields))


def test_a_shadow_removes_nobody_and_reports_whom_it_would_have(stage):
    world = three_organizations()
    world.person("sam.river@example.com", ALPHA)
    world.person("vip@example.com", ALPHA)
    its = stage(
        world,
        senders=configured(svix={"mode": "dry_run", "limits": [{"people": 1, "per": "1h"}]}),
        policy={"protected": ["vip@example.com"], "fraction_of_organization": 1.0},
    )
    for email in ["avery.stone@example.com", "sam.river@example.com", "vip@example.com", "nobody@example.com"]:
        its.offboard.post(by_svix(email))
        its.offboard.settled(email, "completed", "attention")
    assert its.simulator.deletes() == []
    report = its.offboard.read("report", "--sender", "svix")
    assert report["mode"] == "dry_run"
    people = {row["email"]: row for row in report["people"]}
    avery = people["avery.stone@example.com"]
    assert {(one["organization_id"], one["user_id"]) for one in avery["organizations"]} == EVERYWHERE
    assert {one["outcome"] for one in avery["organizations"]} == {"dry_run"}
    assert avery["held_by"] is None and avery["told_at"]
    # A dry run tells what would have held it, which depends on the dry runs before.
    assert "over the limit for sender svix" in people["sam.river@example.com"]["held_by"]
    assert people["vip@example.com"]["held_by"] == "the person is protected"
    assert people["nobody@example.com"]["result"] == "no_account"
    summary = report["summary"]
    assert (summary["told"], summary["would_remove"], summary["would_hold"]) == (4, 1, 1)
    assert (summary["no_account"], summary["attention"], summary["removed"]) == (1, 1, 0)
    # The same as values and as a table, exit status 0.
    written = its.offboard.run("report", "--sender", "svix", "--csv")
    assert written.status == 0
    rows = list(csv.DictReader(io.StringIO(written.output)))
    assert [row["email"] for row in rows] == [row["email"] for row in report["people"]]
    assert rows[0]["organizations"].count(";") == 2
    assert "nobody is removed" in its.offboard.run("report", "--sender", "svix").output
    assert its.offboard.read("report", "--sender", "svix", "--since", "2100-01-01")["people"] == []
    assert its.offboard.run("report", "--sender", "other").status == 64


def test_a_shadow_beside_an_enforcing_sender_changes_nothing(stage):
    its = stage(senders=configured(svix={"mode": "dry_run"}))
    # The shadow speaks first, about a day to come; the other sender's word is carried out at once.
    its.offboard.post(by_svix("avery.stone@example.com", effective_at=senders.in_(days=2)))
    its.offboard.settled("avery.stone@example.com", "scheduled")
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "completed")
    assert (case["result"], case["sender"]) == ("removed", "hr")
    assert its.gone == EVERYWHERE
    # What became of the person is in the shadow's report, once.
    people = its.offboard.read("report", "--sender", "svix")["people"]
    assert [(row["case"], row["case_sender"], row["result"]) for row in people] == [(case["id"], "hr", "removed")]
    done = its.offboard.read("report", "--sender", "hr")
    assert done["mode"] == "enforce" and done["summary"]["removed"] == 1


def test_a_shadow_does_not_hasten_what_another_sender_put_off(stage):
    world = three_organizations()
    world.person("sam.river@example.com", ALPHA)
    its = stage(world, senders=configured(svix={"mode": "dry_run"}))
    its.offboard.post(senders.departure("avery.stone@example.com", effective_at=senders.in_(days=2)))
    its.offboard.settled("avery.stone@example.com", "scheduled")
    its.offboard.post(by_svix("avery.stone@example.com"))
    # Another departure, begun later, is done: the first would have been, too.
    its.offboard.post(senders.departure("sam.river@example.com"))
    its.offboard.settled("sam.river@example.com", "completed")
    assert its.offboard.case("avery.stone@example.com")["state"] == "scheduled"
    assert not its.gone & EVERYWHERE


def test_a_shadow_that_is_let_go_can_run_for_real(stage):
    its = stage(senders=configured(svix={"mode": "dry_run"}))
    its.offboard.post(by_svix("avery.stone@example.com"))
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "dry_run"
    assert its.offboard.stop() == 0
    its.offboard.configure(its.configuration(senders=configured()))
    its.offboard.start()
    assert its.offboard.run("retry", "--dry-run-cases").status == 0
    wait_until(lambda: its.gone == EVERYWHERE, "the person is gone")


def test_a_senders_approval_holds_its_own_departures(stage):
    world = three_organizations()
    sam = world.person("sam.river@example.com", ALPHA)
    its = stage(world, senders=configured(svix={"approval": "always"}))
    its.offboard.post(by_svix("avery.stone@example.com"))
    held = its.offboard.settled("avery.stone@example.com", "held")
    its.offboard.post(senders.departure("sam.river@example.com"))
    its.offboard.settled("sam.river@example.com", "completed")
    assert its.gone == {(ALPHA, sam)}
    assert its.offboard.run("approve", held["id"], "--digest", held["plan_digest"]).status == 0
    assert its.gone == EVERYWHERE | {(ALPHA, sam)}


def test_of_two_senders_about_one_person_the_narrower_approval_wins(stage):
    its = stage(senders=configured(svix={"approval": "always"}))
    effective = senders.in_(seconds=3)
    its.offboard.post(senders.departure("avery.stone@example.com", effective_at=effective))
    its.offboard.post(by_svix("avery.stone@example.com", effective_at=effective))
    assert its.offboard.settled("avery.stone@example.com", "held", "completed")["state"] == "held"
    assert its.gone == set()


def test_a_senders_domains_are_cut_with_the_policys(stage):
    world = three_organizations()
    world.person("sam.river@example.org", ALPHA)
    its = stage(
        world,
        senders=configured(svix={"domains": ["example.com"]}),
        policy={"domains": ["example.com", "example.org"], "fraction_of_organization": 1.0},
    )
    its.offboard.post(by_svix("sam.river@example.org"))
    assert "domains" in its.offboard.settled("sam.river@example.org", "attention")["reason"]
    its.offboard.post(by_svix("avery.stone@example.com"))
    its.offboard.settled("avery.stone@example.com", "completed")
    assert its.gone == EVERYWHERE


@pytest.mark.parametrize(
    ("policy", "own", "key"),
    [
        ({"mode": "dry_run"}, {"mode": "enforce"}, "mode"),
        ({"approval": "always"}, {"approval": "over_limit"}, "approval"),
        ({"domains": ["example.com"]}, {"domains": ["example.com", "example.org"]}, "domains"),
        ({}, {"limits": [{"people": 50, "per": "1h"}]}, "limits"),
        ({}, {"protected": []}, "protected"),
    ],
)
def test_widening_is_an_error_of_the_configuration(stage, policy, own, key):
    its = stage(senders=configured(hr=own), policy=policy, start=False)
    lines = its.offboard.file.read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.startswith(f"    {key}:"))
    for command in ["serve", "check"]:
        done = its.offboard.run(command)
        assert done.status == 78
        assert f"offboard.yaml:{line}: senders[0].policy.{key}:" in done.errors
