"""No secret, no signature and no email in any log line, whatever goes wrong."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone

import pytest

import senders
from raw_http import Connection, head
from waiting import wait_until
from world import three_organizations


@pytest.mark.parametrize(("format", "level"), [("json", "info"), ("text", "info"), ("json", "warning")])
def test_the_log_tells_no_secret_no_signature_and_no_email(stage, format, level):
    world = three_organizations()
    world.person("sam.river@example.com", world.organizations[0]["id"])
    its = stage(world, policy={"protected": ["sam.river@example.com"]}, log={"format": "json", "level": "info"})
    if (format, level) != ("json", "info"):
        port = its.offboard.port
        its.offboard.stop()
        # The port is known by then: other formats need not tell it in a way that a program reads.
        its.offboard.configure(its.configuration(log={"format": format, "level": level}, listen={"port": port}))
        its.offboard.start(wait=False)
        wait_until(lambda: is_alive(port), "the daemon answers")
        its.offboard.port = port

    its.simulator.change_key("beta", permissions={"remove": "deny"})
    its.simulator.fault("status", path="/v2/users", key="gamma", status=500, times=1)
    accepted = senders.departure("avery.stone@example.com", aliases=["avery.ng@example.com"])
    its.offboard.post(accepted)
    its.offboard.post(accepted)
    its.offboard.post(senders.standard(senders.event("somebody@example.com"), id=accepted.headers["webhook-id"]))
    protected = senders.departure("sam.river@example.com")
    its.offboard.post(protected)
    wrong = senders.departure("wrong.signature@example.com")
    wrong.headers["webhook-signature"] = "v1,d3Jvbmcgc2lnbmF0dXJlIQ=="
    assert its.offboard.post(wrong).status_code == 401
    stale = senders.standard(senders.event("stale@example.com"))
    stale.headers["webhook-timestamp"] = "1000000000"
    assert its.offboard.post(stale).status_code == 401
    its.offboard.post(senders.departure("not an email@example.com"))
    its.offboard.post(senders.standard(b'{"type":"employee.departed","data":{"email":"broken@example.com"'))
    with Connection(its.offboard.port) as connection:
        connection.send(
            head("POST", "/hooks/hr?email=path@example.com", {"Authorization": "Bearer TELLTALE"}, length=1)
        )
        connection.answer()
    its.offboard.settled("avery.stone@example.com", "attention")
    its.offboard.settled("sam.river@example.com")
    assert its.offboard.stop() == 0

    log = its.offboard.log
    assert "@" not in log.replace("\\u0040", "@"), [line for line in log.splitlines() if "@" in line]
    told = [
        *world.environment().values(),
        senders.STANDARD_SECRET,
        senders.STANDARD_SECRET.removeprefix("whsec_"),
        senders.SVIX_SECRET,
        senders.GITHUB_SECRET,
        accepted.headers["webhook-signature"].removeprefix("v1,"),
        protected.headers["webhook-signature"].removeprefix("v1,"),
        "d3Jvbmcgc2lnbmF0dXJlIQ",
        "TELLTALE",
        "avery",
        "sam.river",
    ]
    for secret in told:
        assert secret not in log
    if level == "info":
        assert "attention" in log


def is_alive(port: int) -> bool:
    try:
        with Connection(port) as connection:
            return connection.request("GET", "/healthz").status == 200
    except OSError:
        return False


def test_a_hold_and_its_case_are_logged_at_warning(stage):
    its = stage(policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "held")
    lines = [json.loads(line) for line in its.offboard.log.splitlines() if line.startswith("{")]
    warned = [line for line in lines if line["level"] == "warning" and case["id"] in json.dumps(line)]
    assert warned


def test_a_refusal_by_the_policy_is_logged_at_warning(stage):
    its = stage(policy={"protected": ["avery.stone@example.com"]})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "attention")
    lines = [json.loads(line) for line in its.offboard.log.splitlines() if line.startswith("{")]
    assert [line for line in lines if line["level"] == "warning" and case["id"] in json.dumps(line)]


def test_commands_tell_no_secret(stage):
    its = stage()
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "completed")
    told = ""
    for arguments in (["cases"], ["show", case["id"]], ["deliveries"], ["check"], ["plan", "avery.stone@example.com"]):
        for json_too in ([], ["--json"]):
            done = its.offboard.run(*arguments, *json_too)
            told += done.output + done.errors
    for secret in [*its.world.environment().values(), senders.STANDARD_SECRET, senders.GITHUB_SECRET]:
        assert secret not in told


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_right_signature_with_a_wrong_time_is_logged_with_the_skew(stage, minutes):
    its = stage(policy={"mode": "dry_run"})
    at = datetime.now(timezone.utc) + timedelta(minutes=minutes)
    assert its.offboard.post(senders.standard(senders.event("avery.stone@example.com"), at=at)).status_code == 401

    def warnings() -> list[str]:
        return [line for line in its.offboard.log.splitlines() if '"level":"warning"' in line and '"hr"' in line]

    wait_until(warnings, "a warning")
    skews = [abs(int(number)) for number in re.findall(r"-?\d+", " ".join(warnings()))]
    assert any(595 <= skew <= 605 for skew in skews), warnings()
