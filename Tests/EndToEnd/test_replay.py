"""Rule 14 for senders that sign neither a time nor a header's id: what tells a repetition, and for how long."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from preset_cases import CASES, CHAT, LEAVER, OTHER_LEAVER, a_world, everywhere, fixture, prepare, section
from senders import Request
from waiting import wait_until
from world import ALPHA, AVERY

PRESETS = {case.preset: case for case in CASES + CHAT}
# Nothing in their requests is an id that is signed, so the body's digest tells.
BY_DIGEST = ["github", "jira", "hibob", "deel", "merge"]
# The id is in the body, which is signed.
BY_BODY_ID = ["teams", "gusto", "keycloak", "pagerduty"]
# A chat tool asks, it does not tell.
CALLED = {"teams": "asked"}


def again(request: Request) -> Request:
    """The same request once more, with everything changed that its signature does not cover."""
    names = ["x-github-delivery", "x-webhook-id", "x-atlassian-webhook-identifier", "x-request-id"]
    unsigned = {name: value for name, value in request.headers.items() if name.lower() not in names}
    return Request(request.path, request.body, {**unsigned, **{name: "another" for name in names}})


def age(its, by: timedelta) -> None:
    """Lets time pass for what was received; the daemon must not run."""
    with sqlite3.connect(its.offboard.store) as store:
        store.execute("UPDATE deliveries SET received_at = received_at - ?", [int(by.total_seconds() * 1000)])
    store.close()


def staged(stage, preset: str, **more: object):
    """A stage whose one sender is of a preset."""
    case = PRESETS[preset]
    its = stage(a_world(), start=False, senders=[section(case, **more)])
    prepare(its, case)
    return its, case


@pytest.mark.parametrize("preset", [*BY_DIGEST, *BY_BODY_ID])
def test_the_same_body_is_a_repetition_whatever_unsigned_headers_say(stage, preset):
    its, case = staged(stage, preset)
    request = fixture(preset, CALLED.get(preset, "departed"), case.sign)
    assert its.offboard.post(request).is_success
    assert its.offboard.post(again(request)).status_code == 200
    its.offboard.kill()
    its.offboard.start()
    assert its.offboard.post(again(request)).status_code == 200
    assert len(its.offboard.deliveries()) == 1


@pytest.mark.parametrize("preset", [*BY_DIGEST, *BY_BODY_ID])
def test_another_body_is_another_delivery_even_under_the_same_id(stage, preset):
    its, case = staged(stage, preset)
    request = fixture(preset, CALLED.get(preset, "departed"), case.sign)
    assert its.offboard.post(request).is_success
    longer = case.sign(request.body + b"\n", {})
    longer.path = request.path
    assert its.offboard.post(longer).is_success
    assert len(its.offboard.deliveries()) == 2
    assert ("another body" in its.offboard.log) == (preset in BY_BODY_ID)


@pytest.mark.parametrize("preset", BY_DIGEST)
def test_by_digest_alone_a_repetition_after_a_day_is_held_where_the_person_is_back(stage, preset):
    its, case = staged(stage, preset)
    request = fixture(preset, "departed", case.sign)
    its.offboard.post(request)
    first = its.offboard.settled(LEAVER, "completed")
    assert its.gone == everywhere(its.world, LEAVER)
    its.simulator.add_member(ALPHA, AVERY)
    # Within a day it is the sender's own retry.
    assert its.offboard.post(again(request)).status_code == 200
    assert its.offboard.stop() == 0
    age(its, timedelta(hours=25))
    its.offboard.start()
    assert its.offboard.case(LEAVER)["id"] == first["id"]
    deletes = its.simulator.deletes()
    assert its.offboard.post(again(request)).status_code == 200
    held = its.offboard.settled(LEAVER, "held")
    assert held["id"] != first["id"]
    assert "came again" in held["reason"]
    assert its.simulator.deletes() == deletes
    assert len(its.offboard.deliveries()) == 1


@pytest.mark.parametrize("preset", ["keycloak", "pagerduty"])
def test_a_signed_id_in_the_body_is_a_repetition_for_good(stage, preset):
    its, case = staged(stage, preset)
    request = fixture(preset, "departed", case.sign)
    its.offboard.post(request)
    its.offboard.settled(LEAVER, "completed")
    its.simulator.add_member(ALPHA, AVERY)
    assert its.offboard.stop() == 0
    age(its, timedelta(days=300))
    its.offboard.start()
    assert its.offboard.post(again(request)).status_code == 200
    # Another departure, begun later, is done: a case of the repetition would have been seen.
    other = case.sign(request.body.replace(LEAVER.encode(), OTHER_LEAVER.encode()), {})
    other.path = request.path
    its.offboard.post(other)
    its.offboard.settled(OTHER_LEAVER, "completed")
    assert len(its.offboard.cases("--email", LEAVER)) == 1
    wait_until(lambda: (ALPHA, AVERY) not in its.gone, "the person is still back")


def test_what_is_no_longer_remembered_is_new(stage):
    its, case = staged(stage, "github", replay_memory="1h")
    request = fixture("github", "departed", case.sign)
    its.offboard.post(request)
    its.offboard.settled(LEAVER, "completed")
    assert its.offboard.stop() == 0
    age(its, timedelta(hours=2))
    its.offboard.start()
    assert its.offboard.post(again(request)).status_code == 202
    assert len(its.offboard.deliveries()) == 2
