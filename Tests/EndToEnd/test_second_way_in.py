"""`policy.also`: the leaver's API keys and role sessions are ended before their removal, and are seen nowhere."""

from __future__ import annotations

import sqlite3

import pytest

import senders
from offboard import outcomes
from world import ALPHA, AVERY, BETA, GAMMA, three_organizations

EMAIL = "avery.stone@example.com"
TOKEN = "Zm9v/YmFy+Q=canary-session-token"
ALSO = {"also": ["api_keys", "role_sessions"]}


@pytest.fixture
def world():
    world = three_organizations()
    for person in world.users:
        if person["id"] == AVERY:
            person |= {"api_keys": ["canary-key-1", "canary-key-2"], "sessions": [TOKEN]}
        else:
            person["api_keys"] = [f"kept-{person['id']}"]
    return world


def test_api_keys_and_role_sessions_are_ended_before_the_first_removal(stage, world):
    its = stage(world, policy=ALSO)
    its.offboard.post(senders.departure(EMAIL))
    case = its.offboard.settled(EMAIL, "completed")
    assert outcomes(case) == {ALPHA: "removed", BETA: "removed", GAMMA: "removed"}
    assert sorted(its.simulator.ended_credentials()) == sorted(["canary-key-1", "canary-key-2", TOKEN])
    order = ["removal" if call["organization"] else "ending" for call in its.simulator.calls("DELETE")]
    assert order == ["ending"] * (len(order) - 3) + ["removal"] * 3
    ended = {kind: sum(one["count"] for one in case["also"] if one["kind"] == kind) for kind in ALSO["also"]}
    assert ended == {"api_keys": 2, "role_sessions": 1}
    assert {one["outcome"] for one in case["also"]} <= {"ended", "none"}


def test_without_it_nothing_of_it_is_asked_for(stage, world):
    its = stage(world)
    its.offboard.post(senders.departure(EMAIL))
    case = its.offboard.settled(EMAIL, "completed")
    assert "also" not in case
    assert its.simulator.calls(path=r".*(apikeys|assumed-roles).*") == []


def test_a_key_without_the_permission_stops_no_removal_and_is_named(stage, world):
    its = stage(world, policy={"also": ["api_keys"]}, retry={"first": "1s", "ceiling": "2s"})
    its.simulator.change_key("beta", permissions={"credentials": "deny"})
    its.offboard.post(senders.departure(EMAIL))
    case = its.offboard.settled(EMAIL, "attention")
    assert its.simulator.organizations_of(AVERY) == set()
    assert "key beta" in case["reason"] and "403" in case["reason"]
    assert ("beta", "operator", 403) in {(one["key"], one["outcome"], one["http_status"]) for one in case["also"]}


def test_a_list_that_hangs_holds_the_removal_up_for_a_bounded_time(stage, world):
    its = stage(world, policy={"also": ["role_sessions"]})
    its.simulator.fault("hang", path="/v2/assumed-roles/**", times=0)
    its.offboard.post(senders.departure(EMAIL))
    case = its.offboard.settled(EMAIL, "retrying", "attention")
    assert "role sessions" in case["reason"]
    assert its.simulator.organizations_of(AVERY) == set()


def test_neither_tokens_nor_key_secrets_are_seen_anywhere(stage, world):
    its = stage(world, policy=ALSO, log={"level": "trace"}, retry={"first": "1s", "ceiling": "1s"})
    # The simulator's own text of this error repeats the token.
    its.simulator.fault("status", method="DELETE", path="/v2/assumed-roles/**", status=500, times=2)
    its.offboard.post(senders.departure(EMAIL))
    case = its.offboard.settled(EMAIL, "completed")
    its.offboard.stop()
    seen = its.offboard.log + its.offboard.run("show", case["id"]).output + str(case)
    with sqlite3.connect(its.offboard.store) as store:
        seen += "\n".join(store.iterdump())
    assert "assumed-roles" in seen and "apikeys" in seen, "the calls are in the log"
    for secret in [TOKEN, "canary-session-token", "canary-key", "secret-of-"]:
        assert secret not in seen


def test_an_unknown_kind_is_a_configuration_error(stage):
    its = stage(start=False, policy={"also": ["api_key"]})
    done = its.offboard.run("check")
    assert done.status == 78
    assert "policy.also" in done.errors and "did you mean api_keys?" in done.errors
