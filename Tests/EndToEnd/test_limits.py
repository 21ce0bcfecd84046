"""Forty departures at once, with the limits as they are by default: no massacre."""

from __future__ import annotations

import senders
from waiting import wait_until
from world import World, identifier


def test_of_forty_departures_ten_run_and_thirty_are_held(stage):
    world = World()
    # So large that only the limits hold anybody.
    alpha = world.organization("Alpha", colleagues=400)
    world.key("alpha", alpha)
    beta = world.organization("Beta")
    world.key("beta", beta)
    its = stage(world)
    people = [f"colleague{number}.alpha@example.com" for number in range(40)]
    for email in people:
        assert its.offboard.post(senders.departure(email)).status_code == 202

    def all_settled() -> list[dict] | None:
        cases = its.offboard.cases()
        done = [case for case in cases if case["state"] in ("completed", "held")]
        return cases if len(done) == 40 else None

    cases = wait_until(all_settled, "all forty have run or are held")
    held = [case for case in cases if case["state"] == "held"]
    assert len(held) == 30
    assert len(its.simulator.deletes()) == len(set(its.simulator.deletes())) == 10
    assert all(case["plan_digest"] and case["reason"] for case in held)
    assert len(its.offboard.cases("--state", "held")) == 30

    approved, refused, changed, *_ = held
    done = its.offboard.run("approve", approved["id"], "--digest", approved["plan_digest"])
    assert done.status == 0, done.errors
    assert its.offboard.settled(approved["email"], "completed")["result"] == "removed"
    assert len(its.simulator.deletes()) == 11

    assert its.offboard.run("refuse", refused["id"]).status == 0
    ended = its.offboard.settled(refused["email"], "refused")
    assert ended["finished_at"]

    # The person turns up in another organization: what was approved is no longer the plan.
    its.simulator.add_member(beta, identifier(f"person {changed['email']}"))
    its.offboard.run("approve", changed["id"], "--digest", changed["plan_digest"])

    def held_anew() -> dict | None:
        case = its.offboard.case(changed["email"])
        return case if case["state"] == "held" and case["plan_digest"] != changed["plan_digest"] else None

    wait_until(held_anew, "the case is held under another digest")
    assert its.offboard.run("approve", changed["id"], "--digest", changed["plan_digest"]).status == 1
    assert len(its.simulator.deletes()) == 11
    assert len(its.offboard.cases("--state", "held")) == 28
