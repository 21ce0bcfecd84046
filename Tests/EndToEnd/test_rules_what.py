"""Rules 8 to 12 of the contract: what is done, and what it comes to."""

from __future__ import annotations

import time

import pytest

import senders
from offboard import outcomes
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA, World, three_organizations

EVERYWHERE = {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}


def two_keys_for_alpha() -> World:
    world = World()
    alpha = world.organization("Alpha")
    world.key("first", alpha)
    world.key("second", alpha)
    world.person("avery.stone@example.com", alpha, id=AVERY)
    return world


def test_rule_08_two_keys_to_one_organization_make_one_removal(stage):
    its = stage(two_keys_for_alpha())
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com")
    assert case["result"] == "removed"
    assert len(case["removals"]) == 1
    assert its.simulator.deletes() == [(ALPHA, AVERY)]


@pytest.mark.parametrize("status", [401, 403])
def test_rule_08_the_second_key_is_tried_when_the_first_is_refused(stage, status):
    its = stage(two_keys_for_alpha())
    its.simulator.fault("status", method="DELETE", path="/**", key="first", status=status, times=0)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com")
    assert case["result"] == "removed"
    assert [call["key"] for call in its.simulator.calls("DELETE")] in (["first", "second"], ["second"])
    assert its.gone == {(ALPHA, AVERY)}


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_rule_08_the_second_key_is_not_tried_after_any_other_refusal(stage, status):
    its = stage(two_keys_for_alpha())
    for key in ("first", "second"):
        its.simulator.fault("status", method="DELETE", path="/**", key=key, status=status, times=1)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "removed"
    used = [call["key"] for call in its.simulator.calls("DELETE")]
    assert len(used) == 2
    assert len(set(used)) == 1


def test_rule_08_an_unreadable_key_adds_a_row_and_the_case_does_not_complete(stage):
    its = stage()
    its.simulator.change_key("beta", permissions={"list": "deny"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    wait_until(lambda: its.gone == {(ALPHA, AVERY), (GAMMA, AVERY)}, "the other keys' seats are empty")
    case = its.offboard.settled("avery.stone@example.com", "attention")
    rows = [row for row in case["removals"] if row["user_id"] is None]
    assert [(row["key"], row["outcome"]) for row in rows] == [("beta", "operator")]
    assert case["result"] is None
    its.simulator.change_key("beta", permissions={"list": "allow"})
    case = its.offboard.settled("avery.stone@example.com", "completed")
    assert outcomes(case) == {ALPHA: "removed", BETA: "removed", GAMMA: "removed"}
    assert its.gone == EVERYWHERE


def over_two_covering_one() -> World:
    """A key whose list covers two organizations, configured to act on one of them."""
    world = World()
    alpha, beta = world.organization("Alpha"), world.organization("Beta")
    configured = {"organizations": [alpha], "users_list": "all_organizations"}
    world.key("both", alpha, lists="all", reach="listed", users_list="all", configured=configured)
    world.person("avery.stone@example.com", alpha, beta, id=AVERY)
    return world


def test_rule_08_a_list_that_shows_the_person_through_an_uncovered_organization_ends_in_attention(stage):
    its = stage(over_two_covering_one())
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com")
    assert case["state"] == "attention"
    assert outcomes(case) == {ALPHA: "removed"}
    assert case["uncovered"] == [BETA]
    assert set(its.simulator.deletes()) == {(ALPHA, AVERY)}


def test_rule_09_a_plan_that_waited_for_approval_is_read_again_before_its_first_delete(stage):
    its = stage(policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "held")
    its.simulator.end_membership(BETA, AVERY)
    before = len(its.simulator.calls())
    assert its.offboard.run("approve", case["id"], "--digest", case["plan_digest"]).status == 0
    its.offboard.settled("avery.stone@example.com", "completed")
    after = its.simulator.calls()[before:]
    methods = [call["method"] for call in after]
    first = methods.index("DELETE")
    assert {call["key"] for call in after[:first] if call["path"] == "/v2/users"} == {"alpha", "beta", "gamma"}
    assert sorted(its.simulator.deletes()) == sorted({(ALPHA, AVERY), (GAMMA, AVERY)})


@pytest.mark.long
def test_rule_09_a_plan_older_than_a_minute_is_read_again(stage):
    # So slow that the DELETEs of many people are more than a minute behind the read that planned them.
    world = World()
    alpha = world.organization("Alpha", colleagues=200)
    world.key("alpha", alpha)
    its = stage(
        world,
        vultr={"requests_per_second": 1},
        policy={"limits": [{"people": 500, "per": "1h"}], "fraction_of_organization": 1.0},
    )
    people = [f"colleague{number}.alpha@example.com" for number in range(100)]
    its.offboard.post(senders.standard(senders.event(data=[{"email": email} for email in people])))
    wait_until(lambda: len(its.simulator.deletes()) >= 90, "ninety people are gone", within=400)
    read_at = 0.0
    for call in its.simulator.calls():
        if call["path"] == "/v2/users":
            read_at = call["at"]
        if call["method"] == "DELETE":
            assert call["at"] - read_at < 65


def test_rule_10_removed_and_absent(stage):
    world = World()
    alpha, beta = world.organization("Alpha"), world.organization("Beta")
    configured = {"users_list": "all_organizations"}
    world.key("both", alpha, lists="all", reach="listed", users_list="all", configured=configured)
    world.person("avery.stone@example.com", alpha, id=AVERY)
    its = stage(world)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "completed")
    assert outcomes(case) == {alpha: "removed", beta: "absent"}
    statuses = {row["organization_id"]: (row["http_status"], row["attempts"]) for row in case["removals"]}
    assert statuses == {alpha: (204, 1), beta: (404, 1)}


@pytest.mark.parametrize("status", [400, 401, 402, 403, 405, 409, 412, 422, 451])
def test_rule_10_what_only_a_person_can_fix_is_operator(stage, status):
    its = stage()
    path = f"/v2/organizations/{BETA}/user/*"
    its.simulator.fault("status", method="DELETE", path=path, status=status, times=0)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "attention")
    assert outcomes(case) == {ALPHA: "removed", BETA: "operator", GAMMA: "removed"}
    assert [row["http_status"] for row in case["removals"] if row["organization_id"] == BETA] == [status]
    its.simulator.clear_faults()
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "removed"
    assert its.gone == EVERYWHERE


def test_rule_10_the_status_decides_and_never_the_errors_text(stage):
    its = stage(three_organizations(protected_delete=400))
    its.simulator.fault("html", method="DELETE", path=f"/v2/organizations/{BETA}/**", status=404, times=0)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    wait_until(lambda: (BETA, AVERY) in its.simulator.deletes(), "the DELETE that is answered 404")
    case = its.offboard.settled("avery.stone@example.com", "retrying", "attention", "completed")
    # Still on a proven list: whatever a 404 says, nobody is gone.
    assert outcomes(case)[BETA] in ("retrying", "operator")
    assert case["state"] != "completed"


@pytest.mark.parametrize("kind", ["status", "cut_before"])
def test_rule_10_a_removal_that_may_yet_work_is_retrying(stage, kind):
    its = stage()
    fields = {"status": 500} if kind == "status" else {}
    its.simulator.fault(kind, method="DELETE", path=f"/v2/organizations/{BETA}/**", times=0, **fields)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "retrying")
    assert outcomes(case) == {ALPHA: "removed", BETA: "retrying", GAMMA: "removed"}
    its.simulator.clear_faults()
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "removed"


def test_rule_10_dry_run_changes_nothing_and_says_so(stage):
    its = stage(policy={"mode": "dry_run"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com")
    assert (case["state"], case["result"]) == ("completed", "dry_run")
    assert outcomes(case) == {ALPHA: "dry_run", BETA: "dry_run", GAMMA: "dry_run"}
    assert {call["method"] for call in its.simulator.calls()} == {"GET"}


def test_rule_11_attention_is_tried_again_until_it_succeeds(stage):
    its = stage()
    its.simulator.change_key("gamma", permissions={"remove": "deny"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    its.offboard.settled("avery.stone@example.com", "attention")
    denied = len(its.simulator.calls("DELETE", key="gamma"))
    wait_until(lambda: len(its.simulator.calls("DELETE", key="gamma")) > denied, "another try")
    its.simulator.change_key("gamma", permissions={"remove": "allow"})
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "removed"


def test_rule_11_lasting_trouble_becomes_attention(stage):
    its = stage(retry={"attention_after": "2s"})
    its.simulator.fault("status", method="DELETE", path="/**", key="beta", status=500, times=0)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "attention")
    assert outcomes(case)[BETA] == "retrying"
    its.simulator.clear_faults()
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "removed"


def test_rule_11_a_person_ends_attention_by_cancelling(stage):
    its = stage()
    its.simulator.change_key("gamma", permissions={"remove": "deny"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "attention")
    assert its.offboard.run("cancel", case["id"]).status == 0
    case = its.offboard.settled("avery.stone@example.com", "cancelled")
    assert case["finished_at"]
    tries = len(its.simulator.deletes())
    its.offboard.post(senders.departure("colleague0.alpha@example.com"))
    its.offboard.settled("colleague0.alpha@example.com", "completed")
    assert len(its.simulator.deletes()) == tries + 1


def test_rule_11_the_times_of_a_case_are_in_utc(stage):
    its = stage()
    began = time.strftime("%Y-%m-%dT%H:%M", time.gmtime())
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "completed")
    for moment in (case["received_at"], case["finished_at"]):
        assert moment.endswith("Z")
        assert began <= moment


def test_rule_12_organizations_that_no_key_acts_on_are_named(stage):
    world = World()
    alpha, beta, delta = (world.organization(name) for name in ("Alpha", "Beta", "Delta"))
    world.key("alpha", alpha)
    world.key("beta", beta, lists=[beta, delta], reach="listed", configured={"organizations": [beta]})
    world.person("avery.stone@example.com", alpha, beta, delta, id=AVERY)
    its = stage(world)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    wait_until(lambda: its.gone == {(alpha, AVERY), (beta, AVERY)}, "the covered seats are empty")
    case = its.offboard.settled("avery.stone@example.com")
    assert case["uncovered"] == [delta]
    assert (delta, AVERY) not in its.simulator.deletes()
    shown = its.offboard.run("show", case["id"])
    assert delta in shown.output


def test_rule_12_an_organization_that_another_key_acts_on_is_covered(stage):
    world = three_organizations()
    world.keys[0]["lists"] = [ALPHA, BETA]
    world.configured["alpha"] = {"organizations": [ALPHA], "users_list": "one_organization"}
    its = stage(world)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    wait_until(lambda: its.gone == EVERYWHERE, "every seat is empty")
    assert its.offboard.settled("avery.stone@example.com")["uncovered"] == []
