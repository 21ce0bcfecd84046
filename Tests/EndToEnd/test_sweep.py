"""Those who were offboarded are looked for again: who is back, who is invited, and what nobody sees."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
import standardwebhooks

import senders
from offboard import outcomes
from service import Service
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA, World, identifier, three_organizations

EMAIL = "avery.stone@example.com"
EVERYWHERE = {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}
SECRET = "whsec_bm90aWNlcyBhcmUgc2lnbmVkIHdpdGggdGhpcyBrZXk="
OFTEN = {"every": "1s"}


def soon(**distance: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(**distance)).isoformat(timespec="seconds")


def told(receiver: Service, kind: str) -> list[dict]:
    """The notices of a kind, each message verified by the `standardwebhooks` package."""
    verifier = standardwebhooks.Webhook(SECRET)
    messages = [verifier.verify(call.body, call.headers) for call in list(receiver.calls)]
    return [notice for message in messages if message["type"] == kind for notice in message["data"]["notices"]]


def staged(stage, receiver: Service | None = None, world: World | None = None, *, start: bool = True, **sections):
    if receiver:
        target = {"name": "ops", "kind": "standard-webhooks", "url": receiver.url, "secret": {"env": "NOTICE_SECRET"}}
        sections["notifications"] = [{**target, "allow_private": True}]
    its = stage(world, start=False, **sections)
    its.offboard.environment["NOTICE_SECRET"] = SECRET
    if start:
        its.offboard.start()
    return its


def offboarded(its, email: str = EMAIL) -> dict:
    its.offboard.post(senders.departure(email))
    case = its.offboard.settled(email, "completed")
    assert case["result"] == "removed"
    return case


def swept(its, goal: int = 2) -> None:
    """Waits until that many more sweeps of the daemon have begun and ended."""
    before = its.offboard.log.count('"sweep done"')
    wait_until(lambda: its.offboard.log.count('"sweep done"') >= before + goal, "the daemon sweeps")


def test_who_is_back_by_an_invitation_is_a_row_and_is_told_once(stage, receiver):
    its = staged(stage, receiver, sweep=OFTEN)
    case = offboarded(its)
    nobody = its.offboard.run("sweep", "--json")
    assert (nobody.status, nobody.json) == (0, [])
    its.simulator.add_member(BETA, AVERY)
    done = its.offboard.run("sweep", "--json")
    assert done.status == 1
    [row] = done.json
    assert (row["email"], row["case"]) == (EMAIL, case["id"])
    assert [place["organization_id"] for place in row["organizations"]] == [BETA]
    wait_until(lambda: told(receiver, "case.back"), "it is told")
    swept(its, 3)
    [notice] = told(receiver, "case.back")
    assert (notice["case"], notice["email"]) == (case["id"], EMAIL)
    shown = its.offboard.read("show", case["id"])
    assert [place["organization_name"] for place in shown["back"]] == ["Beta"]
    assert shown["state"] == "completed"
    assert len(its.simulator.deletes()) == 3, "nobody is removed again unless asked for"
    its.simulator.end_membership(BETA, AVERY)
    assert its.offboard.run("sweep").status == 0
    assert "back" not in its.offboard.read("show", case["id"])


def test_who_is_back_by_a_restored_organization_is_found_without_a_daemon(stage):
    world = three_organizations()
    its = staged(stage, world=world)
    case = offboarded(its)
    its.offboard.stop()
    secret = next(key["secret"] for key in world.keys if key["name"] == "gamma")
    its.simulator.restore(GAMMA, secret)
    assert its.simulator.organizations_of(AVERY) == {GAMMA}
    done = its.offboard.run("sweep", "--json")
    assert done.status == 1
    assert [(row["case"], len(row["organizations"])) for row in done.json] == [(case["id"], 1)]
    table = its.offboard.run("sweep")
    assert EMAIL in table.output and "Gamma" in table.output
    assert len(its.simulator.deletes()) == 3


def test_with_remove_again_the_engine_removes_them_by_a_case_of_its_own(stage):
    its = staged(stage, sweep={**OFTEN, "remove_again": True})
    first = offboarded(its)
    its.simulator.add_member(ALPHA, AVERY)
    wait_until(lambda: its.gone == EVERYWHERE and len(its.simulator.deletes()) == 4, "they are removed again")
    second = its.offboard.settled(EMAIL, "completed")
    assert second["id"] != first["id"] and second["result"] == "removed"
    assert second["again_of"] == first["id"]
    assert its.offboard.read("show", first["id"])["followed_by"] == second["id"]
    assert outcomes(second) == {ALPHA: "removed"}
    swept(its)
    assert len(its.simulator.deletes()) == 4
    assert its.offboard.run("sweep").status == 0


def test_without_a_daemon_the_command_sees_the_removal_through(stage):
    its = staged(stage, sweep={"remove_again": True})
    offboarded(its)
    its.offboard.stop()
    its.simulator.add_member(ALPHA, AVERY)
    done = its.offboard.run("sweep", "--json")
    assert done.status == 1
    assert its.offboard.case(EMAIL)["id"] == done.json[0]["removed_again_by"]
    assert its.gone == EVERYWHERE


def test_removing_again_is_held_where_every_removal_needs_approval(stage):
    its = staged(stage, sweep={**OFTEN, "remove_again": True})
    first = offboarded(its)
    its.offboard.stop()
    its.offboard.configure(its.configuration(sweep={**OFTEN, "remove_again": True}, policy={"approval": "always"}))
    its.offboard.start()
    its.simulator.add_member(ALPHA, AVERY)
    held = its.offboard.settled(EMAIL, "held")
    assert held["id"] != first["id"]
    swept(its)
    assert len(its.simulator.deletes()) == 3
    assert its.offboard.run("refuse", held["id"]).status == 0
    swept(its)
    assert len(its.offboard.cases("--email", EMAIL)) == 2, "a refusal is not asked over"
    assert len(its.simulator.deletes()) == 3


@pytest.mark.parametrize("sender", ["hr", "svix"])
def test_who_was_reinstated_is_left_alone(stage, receiver, sender):
    its = staged(stage, receiver, sweep={**OFTEN, "remove_again": True})
    case = offboarded(its)
    body = senders.event(EMAIL, type="employee.reinstated")
    its.offboard.post(senders.standard(body) if sender == "hr" else senders.svix_signed(body))
    its.offboard.settled(EMAIL, "attention")
    its.simulator.add_member(ALPHA, AVERY)
    assert its.offboard.run("cancel", case["id"]).status == 0
    assert its.offboard.case(EMAIL)["state"] == "completed"
    swept(its)
    done = its.offboard.run("sweep", "--json")
    assert (done.status, done.json) == (0, [])
    assert its.simulator.organizations_of(AVERY) == {ALPHA}
    assert len(its.simulator.deletes()) == 3
    assert len(its.offboard.cases("--email", EMAIL)) == 1
    assert told(receiver, "case.back") == []


def test_a_pending_invitation_is_found_while_the_case_runs(stage, receiver):
    world = three_organizations()
    world.invitations = [
        {
            "id": "i-1",
            "email_invited": "Avery.Stone@Example.com",
            "organization": BETA,
            "expiration_date": soon(days=2),
        },
        {"id": "i-2", "email_invited": EMAIL, "organization": ALPHA, "invite_status": "Accepted"},
        {"id": "i-3", "email_invited": "avery.stonehill@example.com", "organization": ALPHA},
    ]
    its = staged(stage, receiver, world)
    case = offboarded(its)
    [one] = case["invitations"]
    assert (one["id"], one["organization_id"], one["status"]) == ("i-1", BETA, "Pending")
    wait_until(lambda: told(receiver, "case.invitation"), "it is told")
    [notice] = told(receiver, "case.invitation")
    assert notice["case"] == case["id"] and BETA in notice["reason"]
    text = its.offboard.run("show", case["id"]).output
    assert "invited" in text and "Beta" in text
    # The last DELETE did not wait for it.
    calls = its.simulator.calls()
    asked = [index for index, call in enumerate(calls) if call["path"] == "/v2/invitation"]
    removed = [index for index, call in enumerate(calls) if call["method"] == "DELETE"]
    assert len(asked) == 3 and min(asked) > max(removed)


def test_an_invitation_that_comes_later_is_found_by_the_sweep(stage, receiver):
    its = staged(stage, receiver, sweep=OFTEN)
    case = offboarded(its)
    assert "invitations" not in case
    its.simulator.invite("i-9", EMAIL, GAMMA, expiration_date=soon(days=3))
    wait_until(lambda: told(receiver, "case.invitation"), "it is told")
    swept(its)
    assert len(told(receiver, "case.invitation")) == 1
    assert [one["id"] for one in its.offboard.read("show", case["id"])["invitations"]] == ["i-9"]
    done = its.offboard.run("sweep", "--json")
    assert (done.status, done.json) == (0, []), "whoever is invited is not back yet"
    assert case["id"] in done.errors
    its.simulator.end_invitation("i-9")
    its.offboard.run("sweep")
    assert "invitations" not in its.offboard.read("show", case["id"])


def test_a_key_that_may_not_see_invitations_is_named_and_holds_nothing_up(stage):
    world = three_organizations()
    world.keys[1]["permissions"] = {"invitations": "deny"}
    its = staged(stage, world=world)
    case = offboarded(its)
    assert [(one["key"], one["id"]) for one in case["invitations"]] == [("beta", None)]
    assert "403" in case["invitations"][0]["problem"]
    done = its.offboard.run("sweep")
    assert done.status == 0 and "beta" in done.errors


def test_one_reading_serves_for_everybody(stage):
    world = three_organizations(None)
    its = staged(stage, world=world, policy={"limits": [], "fraction_of_organization": 1.0})
    people = [f"colleague{number}.alpha@example.com" for number in range(6)]
    for email in people:
        its.offboard.post(senders.departure(email))
    for email in people:
        its.offboard.settled(email, "completed")
    before = len(its.simulator.calls())
    assert its.offboard.run("sweep").status == 0
    calls = [call["path"] for call in its.simulator.calls()[before:]]
    assert calls.count("/v2/users") == 3 and calls.count("/v2/invitation") == 3
    assert {call["method"] for call in its.simulator.calls()[before:]} == {"GET"}


def test_uncovered_organizations_are_reported_by_every_sweep(stage, receiver):
    world = three_organizations()
    world.keys[0].update({"lists": [ALPHA, BETA], "reach": "listed", "users_list": "all"})
    world.configured["alpha"] = {"organizations": [ALPHA], "users_list": "all_organizations"}
    del world.keys[1], world.configured["beta"]
    its = staged(stage, receiver, world, sweep=OFTEN)
    wait_until(lambda: told(receiver, "sweep.incomplete"), "it is told")
    swept(its)
    warnings = [line for line in its.offboard.log.splitlines() if "no key acts on" in line]
    assert len(warnings) >= 3 and all(BETA in line for line in warnings)
    assert len(told(receiver, "sweep.incomplete")) == 1
    done = its.offboard.run("sweep")
    assert BETA in done.errors


def test_a_key_that_cannot_be_read_leaves_the_answer_open(stage):
    its = staged(stage)
    offboarded(its)
    its.simulator.fault("status", status=503, path="/v2/users", key="beta", times=0)
    done = its.offboard.run("sweep", "--json")
    assert done.status == 69 and done.json == []
    assert "beta" in done.errors
    its.simulator.clear_faults()
    its.simulator.change_key("beta", permissions={"list": "deny"})
    assert its.offboard.run("sweep").status == 1


def test_a_restart_neither_repeats_nor_loses_a_sweep(stage):
    its = staged(stage, sweep={"every": "1h"})
    offboarded(its)
    assert its.offboard.run("sweep").status == 0
    reads = len(its.simulator.calls("GET", "/v2/users"))
    for _ in range(2):
        its.offboard.stop()
        its.offboard.start()
    # Another person's case is read for, after the restarts.
    offboarded(its, "colleague1.alpha@example.com")
    assert its.offboard.log.count('"sweep done"') == 1
    assert len(its.simulator.calls("GET", "/v2/users")) <= reads + 9
    its.offboard.stop()
    # A shorter period counts from then on.
    its.offboard.configure(its.configuration(sweep={"every": "1s"}))
    its.offboard.start()
    swept(its, 1)


def test_no_email_is_in_the_log_of_sweeps(stage):
    its = staged(stage, sweep={**OFTEN, "remove_again": True}, log={"level": "info"})
    offboarded(its)
    its.simulator.add_member(ALPHA, AVERY)
    its.simulator.invite("i-1", EMAIL, BETA)
    wait_until(lambda: len(its.simulator.deletes()) == 4, "they are removed again")
    swept(its)
    assert "avery" not in its.offboard.log.lower()
    assert "who was offboarded is back" in its.offboard.log


@pytest.mark.parametrize(
    ("section", "place"),
    [
        ({"every": "0s"}, "sweep.every"),
        ({"every": 5}, "sweep.every"),
        ({"recheck_for": "long"}, "sweep.recheck_for"),
        ({"remove_again": "perhaps"}, "sweep.remove_again"),
        ({"evry": "1h"}, "did you mean every?"),
    ],
)
def test_a_wrong_section_is_a_configuration_error(stage, section, place):
    its = staged(stage, start=False, sweep=section)
    done = its.offboard.run("sweep")
    assert done.status == 78 and place in done.errors
    assert identifier("x") not in done.errors
