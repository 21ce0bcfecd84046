"""What is kept of a person, what can be seen of it, and what goes."""

from __future__ import annotations

import pytest

import senders
from waiting import wait_until
from world import AVERY

EMAIL = "avery.stone@example.com"
OTHER = "colleague1.alpha@example.com"


def files(its) -> bytes:
    return b"".join(path.read_bytes() for path in its.offboard.folder.glob("offboard.sqlite*"))


def test_everything_that_is_kept_of_a_person_is_printed(stage):
    its = stage()
    for email in (EMAIL, OTHER):
        its.offboard.post(senders.departure(email))
        its.offboard.settled(email, "completed")
    kept = its.offboard.read("export-person", EMAIL)
    assert kept["emails"] == [EMAIL]
    assert [case["email"] for case in kept["cases"]] == [EMAIL]
    assert [said["kind"] for said in kept["said"]] == ["departed"]
    [delivery] = kept["deliveries"]
    assert EMAIL in delivery["body"] and "webhook-signature" not in str(delivery["headers"])
    assert {address["user_id"] for address in kept["addresses"]} == {AVERY}
    assert OTHER not in str(kept)


@pytest.mark.parametrize("daemon", [True, False], ids=["beside a daemon", "without one"])
def test_erasing_a_person_leaves_nothing_of_them_in_any_file_and_everybody_else(stage, daemon):
    its = stage()
    requests = {email: senders.departure(email, reason="canary-in-the-body") for email in (EMAIL, OTHER)}
    for email, request in requests.items():
        its.offboard.post(request)
        its.offboard.settled(email, "completed")
    if not daemon:
        its.offboard.stop()
    assert its.offboard.run("erase-person", EMAIL).status == 64, "nobody is asked"
    done = its.offboard.run("erase-person", EMAIL, "--yes", "--json")
    assert done.status == 0, done.errors
    assert done.json["cases"] == 1 and done.json["bodies"] == 1
    assert b"avery.stone" not in files(its)
    assert OTHER.encode() in files(its)
    assert its.offboard.cases("--email", EMAIL) == []
    assert its.offboard.run("erase-person", EMAIL, "--yes").status == 0
    assert its.offboard.case(OTHER)["result"] == "removed"
    if daemon:
        again = its.offboard.post(requests[EMAIL])
        assert again.status_code == 200 and again.json()["status"] == "duplicate"


def test_whoever_has_an_open_case_is_not_erased(stage):
    its = stage(policy={"approval": "always"})
    its.offboard.post(senders.departure(EMAIL))
    held = its.offboard.settled(EMAIL, "held")
    done = its.offboard.run("erase-person", EMAIL, "--yes")
    assert done.status == 1 and held["id"] in done.errors
    assert its.offboard.run("refuse", held["id"]).status == 0
    assert its.offboard.run("erase-person", EMAIL, "--yes").status == 0


def test_bodies_go_when_their_time_is_over_and_repeated_deliveries_are_still_known(stage):
    its = stage(retention={"bodies": "0s"})
    request = senders.departure(EMAIL, reason="canary-in-the-body")
    its.offboard.post(request)
    its.offboard.settled(EMAIL, "completed")
    assert b"canary-in-the-body" in files(its)
    its.offboard.stop()
    its.offboard.start()
    wait_until(lambda: "what was old was let go" in its.offboard.log, "the body goes")
    [delivery] = its.offboard.read("export-person", EMAIL)["deliveries"]
    assert delivery["body"] is None
    assert its.offboard.post(request).json()["status"] == "duplicate"
    assert its.offboard.case(EMAIL)["result"] == "removed"


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"bodies": "500d"}, "must not be shorter than bodies"),
        ({"cases": "20d", "bodies": "1d"}, "sweep.recheck_for"),
        ({"cases": "1h"}, "retention.cases"),
        ({"case": "1d"}, "did you mean cases?"),
    ],
)
def test_a_wrong_section_is_a_configuration_error(stage, section, problem):
    its = stage(start=False, retention=section)
    done = its.offboard.run("cases")
    assert done.status == 78 and problem in done.errors
