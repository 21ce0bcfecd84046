"""Who had which address: whoever changed the address of their Vultr account before they left is not overlooked."""

from __future__ import annotations

import pytest

import senders
from offboard import outcomes
from world import ALPHA, AVERY, BETA, GAMMA, three_organizations

EMAIL = "avery.stone@example.com"
OTHER = "a.private.one@elsewhere.example"


def renamed(its, *emails: str) -> None:
    """The account shows another address, in every organization, as Vultr's accounts do."""
    for email in emails:
        its.simulator.add_member(ALPHA, {"id": AVERY, "email": email, "name": "Avery Stone"})


def known(its) -> None:
    """Somebody else's departure, whose reading leaves a memory of everybody."""
    its.offboard.post(senders.departure("colleague1.alpha@example.com"))
    its.offboard.settled("colleague1.alpha@example.com", "completed")


def test_whoever_changed_their_address_is_held_and_shown_and_removed_once_a_person_says_so(stage):
    its = stage()
    known(its)
    renamed(its, OTHER)
    before = len(its.simulator.deletes())
    plan = its.offboard.read("plan", EMAIL)
    assert {(m["organization_id"], m["user_id"]) for m in plan["memberships"]} == {
        (ALPHA, AVERY),
        (BETA, AVERY),
        (GAMMA, AVERY),
    }
    assert all(membership["under_other_address"] for membership in plan["memberships"])
    its.offboard.post(senders.departure(EMAIL))
    held = its.offboard.settled(EMAIL, "held")
    assert AVERY in held["reason"] and "another" in held["reason"] and "@" not in held["reason"]
    assert {removal["user_id"] for removal in held["removals"]} == {AVERY}
    assert held["plan_digest"] == plan["digest"]
    assert len(its.simulator.deletes()) == before
    assert its.offboard.run("approve", held["id"], "--digest", held["plan_digest"]).status == 0
    done = its.offboard.settled(EMAIL, "completed")
    assert outcomes(done) == {ALPHA: "removed", BETA: "removed", GAMMA: "removed"}
    assert its.simulator.organizations_of(AVERY) == set()


def test_a_sweep_is_enough_and_a_restart_forgets_nothing(stage):
    its = stage()
    assert its.offboard.run("sweep").status == 0
    its.offboard.stop()
    renamed(its, "between@example.com", OTHER)
    its.offboard.start()
    its.offboard.post(senders.departure(EMAIL))
    its.offboard.settled(EMAIL, "held")
    assert its.simulator.deletes() == []


def test_a_list_that_is_not_proven_leaves_no_memory(stage):
    world = three_organizations()
    its = stage(world)
    its.simulator.fault("total", path="/v2/users", value="+1", times=0)
    its.offboard.run("sweep")
    renamed(its, OTHER)
    its.simulator.clear_faults()
    its.offboard.post(senders.departure(EMAIL))
    assert its.offboard.settled(EMAIL)["result"] == "no_account"


@pytest.mark.parametrize("alias", [True, False])
def test_the_memory_is_of_every_address_of_the_departure_and_of_no_other(stage, alias):
    its = stage()
    known(its)
    renamed(its, OTHER)
    departed = senders.departure("avery.new@example.com", aliases=[EMAIL] if alias else [])
    its.offboard.post(departed)
    case = its.offboard.settled("avery.new@example.com")
    assert (case["state"], case["result"]) == (("held", None) if alias else ("completed", "no_account"))
