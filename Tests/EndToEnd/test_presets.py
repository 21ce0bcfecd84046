"""Every preset: a fixture as its sender would send it, signed by code that knows nothing of ours, removes the right
person and nobody who stands beside them."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import yaml

from offboard import PROGRAM
from preset_cases import (
    BYSTANDERS,
    CASES,
    CHAT,
    FIXTURES,
    LEAVER,
    OTHER_LEAVER,
    a_world,
    everywhere,
    fixture,
    prepare,
    section,
    states,
    tampered,
)
from senders import departure
from waiting import wait_until

CANARY = {"name": "hr", "preset": "standard-webhooks", "secrets": [{"env": "HR_SECRET"}]}


class People(ThreadingHTTPServer):
    """A company's directory: what a lookup finds under any id."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Person)
        self.asked: list[tuple[str, str | None]] = []
        self.email = ""

    def lookup(self, id: str, email: str) -> dict:
        self.email = email
        return {
            "url": f"http://127.0.0.1:{self.server_port}/people/{{id}}",
            "id": id,
            "header": {"Authorization": {"env": "HR_SECRET"}},
            "email": ["$.work.email"],
            "allow_private": True,
        }


class Person(BaseHTTPRequestHandler):
    server: People

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Authorization"]))
        body = json.dumps({"work": {"email": self.server.email}, "manager": {"email": BYSTANDERS[1]}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def people() -> Iterator[People]:
    with People() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.preset)
def test_the_leaver_goes_and_nobody_beside_them(stage, people, case):
    more = {}
    if case.lookup:
        more["lookup"] = people.lookup(case.lookup, LEAVER)
    its = stage(a_world(), start=False, senders=[section(case, **more)])
    offboard = prepare(its, case)

    for name in case.ignored:
        answer = offboard.post(fixture(case.preset, name, case.sign))
        assert answer.is_success, (name, answer.status_code, answer.text)
    departed = fixture(case.preset, "departed", case.sign)
    assert offboard.post(tampered(departed, case)).status_code == 401
    answer = offboard.post(departed)
    assert answer.is_success, (answer.status_code, answer.text)

    assert offboard.settled(LEAVER)["result"] == "removed"
    assert its.gone == everywhere(its.world, LEAVER)
    assert sorted(its.simulator.deletes()) == sorted(its.gone)
    if case.lookup:
        # Asked for each id once, with the configured header, at the configured path.
        ((path, token),) = set(people.asked)
        assert path.startswith("/people/")
        assert token == offboard.environment["HR_SECRET"]
    assert sorted(set(states(offboard)) - {"ignored"}) == ["interpreted"]
    assert states(offboard).count("interpreted") == 1


@pytest.mark.parametrize(
    ("case", "name"),
    [pytest.param(case, name, id=f"{case.preset}-{name}") for case in CASES for name in case.same],
)
def test_the_senders_other_ways_of_saying_it_are_understood(stage, case, name):
    its = stage(a_world(), start=False, senders=[section(case)])
    offboard = prepare(its, case)
    assert offboard.post(fixture(case.preset, name, case.sign)).is_success
    assert offboard.settled(LEAVER)["result"] == "removed"
    assert its.gone == everywhere(its.world, LEAVER)


@pytest.mark.parametrize("case", [case for case in CASES if case.several], ids=lambda case: case.preset)
def test_several_people_in_one_request_all_go(stage, case):
    its = stage(a_world(), start=False, senders=[section(case)])
    offboard = prepare(its, case)
    assert offboard.post(fixture(case.preset, case.several, case.sign)).is_success
    assert offboard.settled(LEAVER)["result"] == "removed"
    assert offboard.settled(OTHER_LEAVER)["result"] == "removed"
    assert its.gone == everywhere(its.world, LEAVER, OTHER_LEAVER)


@pytest.mark.parametrize("case", [case for case in CASES if case.without_email], ids=lambda case: case.preset)
def test_an_event_without_an_email_is_unresolved_and_removes_nobody(stage, case):
    its = stage(a_world(), start=False, senders=[section(case)])
    offboard = prepare(its, case)
    assert offboard.post(fixture(case.preset, "without-email", case.sign)).is_success
    wait_until(lambda: states(offboard) == ["unresolved"], "the delivery is unresolved")
    assert offboard.cases() == []
    assert its.gone == set()


@pytest.mark.parametrize("case", [case for case in CASES if case.lookup], ids=lambda case: case.preset)
def test_an_id_without_a_lookup_is_unresolved_and_removes_nobody(stage, case):
    its = stage(a_world(), start=False, senders=[section(case)])
    offboard = prepare(its, case)
    assert offboard.post(fixture(case.preset, "departed", case.sign)).is_success
    wait_until(lambda: states(offboard) == ["unresolved"], "the delivery is unresolved")
    assert its.gone == set()


@pytest.mark.parametrize("case", CHAT, ids=lambda case: case.preset)
def test_a_chat_tool_without_a_list_of_who_may_ask_removes_nobody(stage, case):
    its = stage(a_world(), start=False, senders=[section(case), CANARY])
    offboard = prepare(its, case)
    asked = fixture(case.preset, "asked", case.sign)
    assert offboard.post(tampered(asked, case)).status_code == 401
    assert offboard.post(asked).is_success
    assert offboard.post(fixture(case.preset, "ignored", case.sign)).is_success
    offboard.post(departure("colleague0.alpha@example.com"))
    offboard.settled("colleague0.alpha@example.com", "completed")
    assert its.gone == everywhere(its.world, "colleague0.alpha@example.com")
    assert sorted(states(offboard)) == ["ignored", "ignored", "interpreted"]


@pytest.mark.parametrize(
    ("preset", "name"),
    [("jira", "issue-done"), ("github", "member-removed"), ("bamboohr", "event-based"), ("rippling", "partner")],
)
def test_the_other_way_on_a_page_works_as_it_stands_there(stage, people, preset, name):
    (case,) = (case for case in CASES if case.preset == preset)
    page = (FIXTURES / preset / "README.md").read_text()
    _, other, *_ = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    change = yaml.safe_load(other)
    change.pop("credential", None)
    if "lookup" in change:
        change["lookup"] = people.lookup(change["lookup"]["id"], LEAVER)
    its = stage(a_world(), start=False, senders=[section(case, **change)])
    offboard = prepare(its, case)
    assert offboard.post(fixture(preset, name, case.sign)).is_success
    assert offboard.settled(LEAVER)["result"] == "removed"
    assert its.gone == everywhere(its.world, LEAVER)


def test_okta_asks_first_then_two_people_go_and_the_administrator_stays(stage):
    (case,) = (case for case in CASES if case.preset == "okta")
    its = stage(a_world(), start=False, senders=[section(case)])
    offboard = prepare(its, case)
    with httpx.Client(trust_env=False) as client:
        asked = client.get(
            f"http://127.0.0.1:{offboard.port}/hooks/okta",
            headers={"x-okta-verification-challenge": "a-challenge-1"},
        )
    assert (asked.status_code, asked.json()) == (200, {"verification": "a-challenge-1"})

    request = fixture("okta", "several-people", case.sign)
    assert request.body.count(BYSTANDERS[0].encode()) == 3
    answer = offboard.post(request)
    assert (answer.status_code, answer.content) == (200, b"")
    assert offboard.settled(LEAVER)["result"] == "removed"
    assert offboard.settled(OTHER_LEAVER)["result"] == "removed"
    assert its.gone == everywhere(its.world, LEAVER, OTHER_LEAVER)
    assert {case["email"] for case in offboard.cases()} == {LEAVER, OTHER_LEAVER}


def test_a_notification_with_the_body_of_an_earlier_one_and_another_type_counts(stage):
    """Google's `update` and `delete` differ in a header only."""
    (case,) = (case for case in CASES if case.preset == "google-workspace")
    its = stage(a_world(), start=False, senders=[section(case)])
    offboard = prepare(its, case)
    update, delete = (fixture(case.preset, name, case.sign) for name in ("ignored", "departed"))
    assert update.body == delete.body
    assert offboard.post(update).is_success
    assert offboard.post(delete).is_success
    assert offboard.settled(LEAVER)["result"] == "removed"


def test_every_preset_has_a_case_here():
    listed = subprocess.run(
        [PROGRAM, "senders", "list", "--presets", "--json"], capture_output=True, check=True, timeout=30
    )
    names = {preset["name"] for preset in json.loads(listed.stdout)}
    assert names == {case.preset for case in CASES + CHAT}
