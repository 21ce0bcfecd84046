"""Vultr in trouble: each ends as the contract says, and the rate is never exceeded."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import senders
from offboard import outcomes
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA, World, three_organizations

EVERYWHERE = {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}
EVERY_REMOVAL = {ALPHA: "removed", BETA: "removed", GAMMA: "removed"}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 429, "retry_after": "1"},
        {"kind": "status", "status": 429},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 502, "body": "html"},
        {"kind": "status", "status": 503, "body": "html"},
        {"kind": "status", "status": 504, "body": "html"},
        {"kind": "status", "status": 500, "applied": True},
        {"kind": "cut_before"},
        {"kind": "cut_after"},
    ],
    ids=str,
)
def test_a_trouble_that_passes_is_retried_to_the_end(stage, fault):
    its = stage()
    its.simulator.fault(method="DELETE", path="/**", times=4, **fault)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "completed")
    assert case["result"] == "removed"
    assert outcomes(case) == EVERY_REMOVAL
    assert its.gone == EVERYWHERE


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 429},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 503, "body": "html"},
        {"kind": "html"},
        {"kind": "truncated"},
        {"kind": "cut_before"},
        {"kind": "cut_after"},
    ],
    ids=str,
)
def test_a_list_in_trouble_is_read_again_and_never_believed(stage, fault):
    its = stage()
    its.simulator.fault(method="GET", path="/v2/users", times=6, **fault)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "completed")
    assert outcomes(case) == EVERY_REMOVAL
    assert its.gone == EVERYWHERE


def test_a_storm_of_429_is_weathered(stage):
    its = stage()
    its.simulator.fault("status", status=429, times=40)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "completed", within=90)
    assert outcomes(case) == EVERY_REMOVAL
    assert its.gone == EVERYWHERE


@pytest.mark.long
def test_retry_after_has_a_ceiling(stage):
    its = stage()
    its.simulator.fault("status", method="DELETE", path="/**", key="beta", status=429, retry_after="86400", times=1)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "completed", within=120)
    assert outcomes(case) == EVERY_REMOVAL


def test_a_delete_that_never_answers_is_given_up_and_asked_about(stage):
    its = stage(vultr={"timeout": "1s"})
    its.simulator.fault("hang", method="DELETE", path="/**", key="beta", times=1)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    assert outcomes(its.offboard.settled("avery.stone@example.com", "completed")) == EVERY_REMOVAL


def test_a_wrong_secret_beside_good_ones_stops_only_its_own_key(stage):
    its = stage()
    its.simulator.change_key("beta", secret="ANOTHERSECRETBYNOW")
    its.offboard.post(senders.departure("avery.stone@example.com"))
    wait_until(lambda: its.gone == {(ALPHA, AVERY), (GAMMA, AVERY)}, "the good keys' seats are empty")
    case = its.offboard.settled("avery.stone@example.com", "attention")
    assert outcomes(case) == {ALPHA: "removed", GAMMA: "removed", None: "operator"}
    assert case["result"] is None


def test_a_key_that_changed_in_its_file_is_read_again(stage, tmp_path):
    world = three_organizations()
    file = tmp_path / "key"
    file.write_text(world.keys[1]["secret"] + "\n")
    world.configured["beta"] = {"key": {"file": str(file)}}
    its = stage(world)
    its.simulator.change_key("beta", secret="ROTATEDSECRET0123456789")
    file.write_text("ROTATEDSECRET0123456789\n")
    its.offboard.post(senders.departure("avery.stone@example.com"))
    assert outcomes(its.offboard.settled("avery.stone@example.com", "completed")) == EVERY_REMOVAL


class Elsewhere(BaseHTTPRequestHandler):
    """Another host, to which a redirect leads."""

    def do_GET(self) -> None:
        self.server.seen.append(dict(self.headers))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"users":[],"meta":{"total":0,"links":{"next":"","prev":""}}}')

    do_DELETE = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_never_followed_with_the_key(stage, status):
    elsewhere = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    elsewhere.seen = []
    thread = threading.Thread(target=elsewhere.serve_forever, daemon=True)
    thread.start()
    try:
        its = stage(three_organizations(None))
        url = f"http://127.0.0.1:{elsewhere.server_port}/v2/users"
        its.simulator.fault("redirect", path="/v2/users", key="beta", status=status, location=url, times=0)
        its.offboard.post(senders.departure("avery.stone@example.com"))
        case = its.offboard.settled("avery.stone@example.com", "retrying", "attention", "completed")
        assert case["result"] is None
        assert elsewhere.seen == []
    finally:
        elsewhere.shutdown()
        thread.join()
        elsewhere.server_close()


@pytest.mark.parametrize("reads", [1, 3])
def test_a_list_that_lags_behind_a_removal_is_read_until_it_agrees(stage, reads):
    its = stage(three_organizations(list_lag_reads=reads))
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "completed")
    assert outcomes(case) == EVERY_REMOVAL
    assert its.gone == EVERYWHERE


@pytest.mark.parametrize("status", [403, 400, 412])
def test_a_root_owner_needs_an_operator(stage, status):
    world = three_organizations(protected_delete=status, root_owners={BETA: AVERY})
    its = stage(world)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "attention")
    assert outcomes(case) == {ALPHA: "removed", BETA: "operator", GAMMA: "removed"}
    assert its.gone == {(ALPHA, AVERY), (GAMMA, AVERY)}


@pytest.mark.parametrize("per_second", [5, 20])
def test_the_rate_is_never_exceeded_by_more_than_a_tenth(stage, per_second):
    world = World(rate_limit=30)
    for number in range(12):
        id = world.organization(f"Organization{number}", colleagues=4)
        world.key(f"key{number}", id)
    world.person("avery.stone@example.com", *(row["id"] for row in world.organizations), id=AVERY)
    its = stage(world, vultr={"requests_per_second": per_second})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "completed", within=90)
    assert case["result"] == "removed"
    assert its.simulator.most_in_any_second() <= per_second * 1.1
    assert not its.simulator.calls(status=429)


def test_one_burst_of_many_departures_keeps_to_the_rate(stage):
    world = World(rate_limit=30)
    alpha = world.organization("Alpha", colleagues=60)
    world.key("alpha", alpha)
    policy = {"limits": [{"people": 100, "per": "1h"}], "fraction_of_organization": 1.0}
    its = stage(world, policy=policy, vultr={"requests_per_second": 20})
    people = [f"colleague{number}.alpha@example.com" for number in range(40)]
    for email in people:
        its.offboard.post(senders.departure(email))
    wait_until(lambda: len(its.gone) == 40, "forty people are gone", within=90)
    for email in people:
        its.offboard.settled(email, "completed")
    assert its.simulator.most_in_any_second() <= 22
    assert not its.simulator.calls(status=429)
    assert len(its.simulator.deletes()) == 40
