"""When a departure runs: its grace, and what arrives in another order than it happened."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

import senders
from waiting import wait_until

EMAIL = "avery.stone@example.com"


def ago(**distance: float) -> str:
    return (datetime.now(timezone.utc) - timedelta(**distance)).isoformat(timespec="milliseconds")


def said(sender: str, kind: str, at: str) -> senders.Request:
    body = json.dumps({**json.loads(senders.event(EMAIL, type=f"employee.{kind}")), "timestamp": at}).encode()
    return senders.standard(body) if sender == "hr" else senders.svix_signed(body)


def test_with_a_grace_a_departure_waits_and_can_be_taken_back(stage):
    its = stage(policy={"grace": "1h"})
    its.offboard.post(senders.departure(EMAIL))
    case = wait_until(lambda: its.offboard.cases("--email", EMAIL), "a case")[0]
    assert case["state"] == "scheduled"
    assert "begins" in its.offboard.run("show", case["id"]).output
    its.offboard.post(senders.standard(senders.event(EMAIL, type="employee.reinstated")))
    wait_until(lambda: its.offboard.case(EMAIL)["state"] == "cancelled", "it is taken back")
    assert its.simulator.deletes() == []


def test_a_grace_that_is_over_lets_the_departure_run(stage):
    its = stage(policy={"grace": "1s"})
    its.offboard.post(senders.departure(EMAIL))
    assert its.offboard.settled(EMAIL)["result"] == "removed"


def test_a_person_need_not_wait_for_the_grace(stage):
    its = stage(policy={"grace": "4d"})
    done = its.offboard.run("remove", EMAIL, "--yes", "--json")
    assert done.json["state"] == "scheduled" and done.status != 0
    assert its.simulator.deletes() == []
    its.offboard.run("retry", done.json["id"])
    assert its.offboard.settled(EMAIL, "completed")["result"] == "removed"


@pytest.mark.parametrize(
    ("sender", "state"), [("hr", "cancelled"), ("svix", "held")], ids=["own sender", "another sender"]
)
def test_rule_13_news_that_overtakes_the_departure_counts_as_if_it_had_not(stage, sender, state):
    its = stage()
    its.offboard.post(said(sender, "reinstated", ago(minutes=1)))
    its.offboard.post(said("hr", "departed", ago(minutes=2)))
    case = its.offboard.settled(EMAIL, state)
    assert "back" in case["reason"]
    assert its.simulator.deletes() == []


def test_rule_13_news_that_happened_before_the_departure_changes_nothing(stage):
    its = stage()
    its.offboard.post(said("hr", "reinstated", ago(minutes=2)))
    its.offboard.post(said("hr", "departed", ago(minutes=1)))
    assert its.offboard.settled(EMAIL)["result"] == "removed"


def test_rule_13_news_from_the_far_future_does_not_outrank_a_departure_for_ever(stage):
    its = stage()
    its.offboard.post(said("hr", "reinstated", ago(days=-400)))
    its.offboard.post(said("hr", "departed", ago(seconds=-5)))
    assert its.offboard.settled(EMAIL)["result"] == "removed"
