"""Hundreds of departures at once: what runs, what waits, what a person hears, and what one command does about it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

import senders
from service import Service
from waiting import wait_until
from world import World, identifier

DEFAULT_PEOPLE = 10


def company(people: int) -> World:
    world = World()
    world.key("alpha", world.organization("Alpha", colleagues=people))
    return world


def colleague(number: int) -> str:
    return f"colleague{number}.alpha@example.com"


def staged(stage, receiver, world: World, **sections: object):
    target = {"name": "ops", "kind": "standard-webhooks", "url": receiver.url, "secret": {"env": "NOTICE_SECRET"}}
    vultr = {"requests_per_second": 1000}
    its = stage(world, start=False, notifications=[{**target, "events": ["held"]}], vultr=vultr, **sections)
    its.offboard.environment["NOTICE_SECRET"] = "whsec_bm90aWNlcyBhcmUgc2lnbmVkIHdpdGggdGhpcyBrZXk="
    its.offboard.start()
    return its


def told(receiver: Service) -> list[dict]:
    return [json.loads(call.body) for call in list(receiver.calls)]


def post_all(its, requests: list[senders.Request]) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(its.offboard.post, requests))
    assert {answer.status_code for answer in answers} == {202}


def all_settled(its, count: int) -> dict[str, list[dict]]:
    """The cases by state, once all have run or are held."""

    def look() -> dict[str, list[dict]] | None:
        found: dict[str, list[dict]] = {"completed": [], "held": []}
        cases = its.offboard.cases("--limit", "0")
        for case in cases:
            found.setdefault(case["state"], []).append(case)
        done = sum(len(found[state]) for state in ("completed", "held"))
        return found if done == len(cases) == count else None

    return wait_until(look, f"all {count} have run or are held", within=120)


def test_a_reduction_in_force_waits_for_one_look_and_one_command(stage, receiver):
    its = staged(stage, receiver, company(1800))
    strangers = [f"nobody{number}@example.com" for number in range(20)]
    leavers = [colleague(number) for number in range(380)]
    # Those without an account come first: were they counted, nobody else would run.
    post_all(its, [senders.departure(email) for email in strangers])
    for email in strangers:
        its.offboard.settled(email, "completed", within=90)
    post_all(its, [senders.departure(email) for email in leavers])
    cases = all_settled(its, 400)
    done = [case for case in cases["completed"] if case["result"] == "removed"]
    assert (len(done), len(cases["held"])) == (DEFAULT_PEOPLE, 370)
    assert len(its.simulator.deletes()) == DEFAULT_PEOPLE
    assert all("over the limit of 10 people per 1h" in case["reason"] for case in cases["held"])
    # One alert for all of them.
    (alert,) = wait_until(lambda: told(receiver), "the alert")
    assert alert["type"] == "case.held" and alert["data"]["count"] == 1
    assert "cases --state held" in alert["data"]["notices"][0]["reason"]

    approved = its.offboard.run("approve", "--held", "--yes", "--json", timeout=300)
    assert approved.status == 0, approved.errors
    assert len(approved.json) == 370
    deletes = its.simulator.deletes()
    assert len(deletes) == len(set(deletes)) == 380
    assert {user for _, user in its.gone} == {identifier(f"person {email}") for email in leavers}
    assert len(told(receiver)) == 1
    assert its.offboard.run("approve", "--held", "--yes").errors.strip() == "no case is held"


def test_a_directory_that_lost_its_sync_takes_ten_and_one_command_keeps_the_rest(stage, receiver):
    its = staged(stage, receiver, company(200))
    post_all(its, [senders.departure(colleague(number)) for number in range(200)])
    cases = all_settled(its, 200)
    assert len(cases["completed"]) == DEFAULT_PEOPLE
    refused = its.offboard.run("refuse", "--held", "--yes", "--json", timeout=120)
    assert refused.status == 0, refused.errors
    assert {case["state"] for case in refused.json} == {"refused"}
    assert len(refused.json) == 190
    assert its.offboard.cases("--state", "held") == []
    assert len(its.simulator.deletes()) == len(its.gone) == DEFAULT_PEOPLE
    assert len(told(receiver)) == 1


def test_a_stolen_secret_takes_what_its_sender_may_and_ends_with_the_secret(stage, receiver):
    own = {"limits": [{"people": 3, "per": "1d"}]}
    secrets = {"secrets": [{"env": "SVIX_SECRET"}]}
    hr = {"name": "hr", "preset": "standard-webhooks", "secrets": [{"env": "HR_SECRET"}]}
    its = staged(
        stage, receiver, company(200), senders=[hr, {"name": "svix", "preset": "svix", "policy": own, **secrets}]
    )

    def forged(email: str) -> senders.Request:
        return senders.svix_signed(senders.event(email))

    post_all(its, [forged(colleague(number)) for number in range(100)])
    cases = all_settled(its, 100)
    assert len(cases["completed"]) == 3
    assert all("for sender svix" in case["reason"] for case in cases["held"])
    # Meanwhile what is real goes on.
    its.offboard.post(senders.departure(colleague(150)))
    its.offboard.settled(colleague(150), "completed")
    its.offboard.post(senders.departure(colleague(5)))
    refused = its.offboard.run("refuse", "--held", "--sender", "svix", "--yes", timeout=120)
    assert refused.status == 0, refused.errors
    taken = len(its.simulator.deletes())
    assert taken <= 5

    its.offboard.environment["SVIX_SECRET"] = "whsec_YSBzZWNyZXQgdGhhdCB3YXMgbWFkZSBhbmV3IQ=="
    its.offboard.stop()
    its.offboard.start()
    assert its.offboard.post(forged(colleague(60))).status_code == 401
    assert len(its.simulator.deletes()) == taken


def test_limits_are_raised_for_a_while_with_a_reason_and_ended(stage, receiver):
    its = staged(stage, receiver, company(400))
    shown = its.offboard.run("limits", "show", "--json").json
    assert [(limit["window"], limit["people"], limit["left"]) for limit in shown["limits"]] == [
        ("1h", 10, 10),
        ("1d", 25, 25),
    ]
    reason = "reduction in force, HR-1234"
    raised = its.offboard.run("limits", "raise", "--people", 30, "--for", "2h", "--reason", reason, "--json").json
    assert (raised["people"], raised["reason"], raised["in_force"]) == (30, reason, True)
    assert raised["by"]
    post_all(its, [senders.departure(colleague(number)) for number in range(31)])
    cases = all_settled(its, 31)
    assert (len(cases["completed"]), len(cases["held"])) == (30, 1)
    shown = its.offboard.run("limits", "--json").json
    assert [(limit["people"], limit["people_now"], limit["used"], limit["left"]) for limit in shown["limits"]] == [
        (10, 30, 30, 0),
        (25, 30, 30, 0),
    ]
    ended = its.offboard.run("limits", "end", raised["id"], "--json").json
    assert ended["in_force"] is False and ended["ended_by"]
    its.offboard.post(senders.departure(colleague(40)))
    held = its.offboard.settled(colleague(40), "held")
    assert "over the limit of 10 people per 1h" in held["reason"]
    # It is kept, with who said it and why.
    (kept,) = its.offboard.run("limits", "show", "--json").json["overrides"]
    assert (kept["id"], kept["reason"], kept["by"]) == (raised["id"], reason, raised["by"])
    assert its.offboard.run("limits", "end", raised["id"]).status == 64


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--people", 200, "--for", "8d", "--reason", "x"], "at most 7d"),
        (["--people", 200, "--for", "2h", "--reason", "  "], "say why"),
        (["--people", 200, "--for", "soon", "--reason", "x"], "must be a duration"),
        (["--people", 10, "--for", "2h", "--reason", "x"], "10 people pass as it is"),
        (["--people", 200, "--for", "2h", "--reason", "x", "--sender", "nobody"], "no sender nobody"),
        (["--people", 200, "--for", "2h", "--reason", "x", "--sender", "hr"], "no limits of its own"),
        (["--people", 200, "--for", "2h"], "--reason"),
    ],
)
def test_an_override_that_cannot_be_is_refused_and_says_why(stage, arguments, complaint):
    its = stage(company(20), start=False)
    refused = its.offboard.run("limits", "raise", *arguments)
    assert refused.status == 64
    assert complaint in refused.errors
    assert its.offboard.run("limits", "--json").json["overrides"] == []
