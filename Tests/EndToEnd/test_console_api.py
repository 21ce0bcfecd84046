"""The console's port for programs: who may, what is answered, and that the words are the command line's."""

from __future__ import annotations

import json

import httpx
import pytest

import console
import senders
from offboard import outcomes
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA

AVERY_EMAIL = "avery.stone@example.com"


def test_cases_are_those_of_the_command_line(holding):
    console.held(holding)
    with console.api(holding.offboard, console.VIEWER) as api:
        answer = api.get("/api/v1/cases")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.json() == {"items": holding.offboard.cases(), "next": None}
        case = answer.json()["items"][0]
        assert api.get(f"/api/v1/cases/{case['id']}").json() == holding.offboard.read("show", case["id"])
        assert api.get("/api/v1/deliveries").json() == {"items": holding.offboard.deliveries(), "next": None}
        assert api.get("/api/v1/limits").json() == holding.offboard.read("limits", "show")
        assert api.get("/api/v1/me").json() == {"name": "vic", "role": "viewer"}
        keys = api.get("/api/v1/keys").json()["items"]
        assert {key["state"] for key in keys} == {"good"}
        assert {one["id"] for key in keys for one in key["organizations"]} >= {ALPHA, BETA, GAMMA}
        names = [sender["name"] for sender in api.get("/api/v1/senders").json()["items"]]
        assert names == ["hr", "svix", "github"]


def test_an_operator_approves_the_plan_that_was_looked_at_and_no_other(holding):
    case = console.held(holding)
    with console.api(holding.offboard) as api:
        path = f"/api/v1/cases/{case['id']}/approve"
        for body in ("", "{}", "[]", '{"digest": 5}', '{"digest": "x", "more": 1}', "no json"):
            refused = api.post(path, content=body)
            assert (refused.status_code, refused.json()["error"]) == (400, "bad_request"), body
        other = api.post(path, json={"digest": "0" * 64})
        assert (other.status_code, other.json()["error"]) == (409, "conflict")
        assert holding.simulator.deletes() == []

        approved = api.post(path, json={"digest": case["plan_digest"]})
        assert approved.status_code == 200
        assert approved.json()["approved_by"] == "dana"
    done = holding.offboard.settled(AVERY_EMAIL, "completed")
    assert outcomes(done) == {ALPHA: "removed", BETA: "removed", GAMMA: "removed"}
    assert done["approved_by"] == "dana"
    assert holding.gone == {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}
    with console.api(holding.offboard) as api:
        assert api.post(path, json={"digest": case["plan_digest"]}).status_code == 409


@pytest.mark.parametrize("verb, state", [("refuse", "refused"), ("cancel", "cancelled")])
def test_an_operator_ends_a_held_case(holding, verb, state):
    case = console.held(holding)
    with console.api(holding.offboard) as api:
        answer = api.post(f"/api/v1/cases/{case['id']}/{verb}")
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    assert holding.offboard.case(AVERY_EMAIL)["state"] == state
    assert holding.simulator.deletes() == []


def test_whoever_may_only_look_decides_nothing(holding):
    case = console.held(holding)
    with console.api(holding.offboard, console.VIEWER) as api:
        for verb in ("approve", "refuse", "retry", "cancel"):
            answer = api.post(f"/api/v1/cases/{case['id']}/{verb}", json={"digest": case["plan_digest"]})
            assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")
        body = {"people": 99, "seconds": 60, "reason": "x"}
        assert api.post("/api/v1/limits/raise", json=body).status_code == 403
    assert holding.offboard.case(AVERY_EMAIL) == case


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Bearer {console.OPERATOR}x"},
        {"authorization": f"Bearer {console.OPERATOR[:-1]}"},
        {"authorization": f"Basic {console.OPERATOR}"},
        {"cookie": f"offboard_session={console.OPERATOR}"},
        {"cookie": "offboard_session="},
    ],
    ids=str,
)
def test_nobody_gets_in_without_a_token(holding, headers):
    for path in ("/api/v1/cases", "/api/v1/deliveries", "/api/v1/audit", "/api/v1/keys", "/api/v1/me"):
        answer = httpx.get(holding.offboard.console + path, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized"), path
        assert answer.headers["www-authenticate"] == "Bearer"
    page = httpx.get(holding.offboard.console + "/cases?state=held", headers=headers)
    assert (page.status_code, page.headers["location"]) == (303, "/login?next=%2Fcases%3Fstate%3Dheld")


def test_two_tokens_in_one_request_are_nobodys(holding):
    headers = [("authorization", f"Bearer {console.OPERATOR}"), ("authorization", f"Bearer {console.VIEWER}")]
    assert httpx.get(holding.offboard.console + "/api/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8081", "127.0.0.1.evil.example", "", "localhost:x"])
def test_the_console_answers_to_its_own_names_alone(holding, host):
    for path in ("/", "/login", "/api/v1/cases", "/metrics", "/readyz"):
        answer = httpx.get(
            holding.offboard.console + path,
            headers={"host": host, "authorization": f"Bearer {console.OPERATOR}"},
        )
        assert answer.status_code == 421, path


def test_a_proxys_name_is_answered_to_when_it_is_configured(stage):
    its = stage(
        console={**console.SECTION, "hosts": ["ops.example.com", "ops.example.com:8443"]},
        environment=console.ENVIRONMENT,
    )
    for host, status in [
        ("ops.example.com", 200),
        ("OPS.example.com:443", 200),
        ("localhost", 200),
        ("[::1]:1", 200),
        ("ops.example.org", 421),
    ]:
        assert httpx.get(its.offboard.console + "/login", headers={"host": host}).status_code == status, host


def test_lists_come_in_pages(holding):
    emails = [f"colleague{n}.alpha@example.com" for n in range(5)]
    for email in emails:
        assert holding.offboard.post(senders.departure(email)).status_code == 202
    for email in emails:
        holding.offboard.settled(email)
    with console.api(holding.offboard) as api:
        for path in ("/api/v1/cases", "/api/v1/deliveries", "/api/v1/audit"):
            whole = api.get(path, params={"limit": 100000}).json()
            assert whole["next"] is None
            found, cursor = [], None
            while True:
                params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
                page = api.get(path, params=params).json()
                assert 1 <= len(page["items"]) <= 2
                found += page["items"]
                cursor = page["next"]
                if cursor is None:
                    break
            assert found == whole["items"], path
        assert [case["email"] for case in api.get("/api/v1/cases", params={"email": emails[3]}).json()["items"]] == [
            emails[3]
        ]
        for query in ("limit=0", "limit=-1", "limit=x", "limit=1&limit=2", "cursor=nonsense", "state=x", "more=1", "%"):
            assert api.get(f"/api/v1/cases?{query}").status_code == 400, query
        for missing in ("c_01hzzzzzzzzzzzzzzzzzzzzzzz", "x", "%63"):
            assert api.get(f"/api/v1/cases/{missing}").status_code == 404
            assert api.post(f"/api/v1/cases/{missing}/retry").status_code == 404


def test_paths_and_methods(holding):
    with console.api(holding.offboard) as api:
        for path in ("/api/v1", "/api/v1/", "/api/v1/cases/", "/cases/x/y/z", "/api/v2/cases", "/hooks/hr"):
            assert api.get(path).status_code == 404, path
        for path, allow in [
            ("/api/v1/cases", "GET"),
            ("/api/v1/cases/c_1/approve", "POST"),
            ("/login", "GET, POST"),
            ("/logout", "POST"),
            ("/readyz", "GET"),
            ("/assets/console.css", "GET"),
        ]:
            answer = api.request("DELETE", path)
            assert (answer.status_code, answer.headers["allow"]) == (405, allow), path
        assert api.get("/readyz").json()["status"] == "ready"
        assert api.get("/healthz").json()["status"] == "alive"
        assert api.post("/api/v1/limits/raise", content=b"x" * 70_000).status_code == 413
    assert httpx.get(f"http://127.0.0.1:{holding.offboard.port}/api/v1/cases").status_code == 404


def test_the_api_is_described_by_a_file_that_the_daemon_serves(holding):
    document = httpx.get(holding.offboard.console + "/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    with console.api(holding.offboard) as api:
        for path, methods in document["paths"].items():
            for method in methods:
                answer = api.request(method, path.replace("{id}", "c_01hzzzzzzzzzzzzzzzzzzzzzzz"))
                assert str(answer.status_code) in document["paths"][path][method]["responses"], (method, path)


def test_a_delivery_is_resolved(stage):
    its = stage(console=console.SECTION, environment=console.ENVIRONMENT)
    body = json.dumps({"id": "evt_9", "type": "employee.departed", "data": {"email": "nobody at all"}}).encode()
    answer = its.offboard.post(senders.standard_bytes(body))
    assert answer.status_code == 202
    delivery = answer.json()["delivery"]
    wait_until(lambda: its.offboard.deliveries()[0]["state"] == "unresolved", "the delivery is unresolved")
    with console.api(its.offboard) as api:
        assert [one["id"] for one in api.get("/api/v1/deliveries?state=unresolved").json()["items"]] == [delivery]
        assert api.post(f"/api/v1/deliveries/{delivery}/resolve", json={"email": "still nobody"}).status_code == 400
        done = api.post(f"/api/v1/deliveries/{delivery}/resolve", json={"email": AVERY_EMAIL})
        assert (done.status_code, done.json()["state"]) == (200, "interpreted")
        assert api.post(f"/api/v1/deliveries/{delivery}/resolve", json={"email": AVERY_EMAIL}).status_code == 409
    case = its.offboard.settled(AVERY_EMAIL, "completed")
    assert (case["result"], case["asked_by"]) == ("removed", "dana")


def test_limits_are_raised_and_the_override_is_ended(holding):
    with console.api(holding.offboard) as api:
        body = {"people": 200, "seconds": 3600, "reason": "HR-1234"}
        assert api.post("/api/v1/limits/raise", json={**body, "people": 1}).status_code == 409
        for wrong in (
            {**body, "people": 0},
            {**body, "seconds": 10**9},
            {**body, "reason": " "},
        ):
            assert api.post("/api/v1/limits/raise", json=wrong).status_code == 400
        assert api.post("/api/v1/limits/raise", json={**body, "sender": "x"}).status_code == 404
        raised = api.post("/api/v1/limits/raise", json=body).json()
        assert (raised["by"], raised["people"], raised["in_force"]) == ("dana", 200, True)
        assert api.get("/api/v1/limits").json()["limits"][0]["people_now"] == 200
        ended = api.post(f"/api/v1/limits/{raised['id']}/end").json()
        assert (ended["ended_by"], ended["in_force"]) == ("dana", False)
        assert api.post(f"/api/v1/limits/{raised['id']}/end").status_code == 409


def test_without_configured_tokens_one_is_generated_beside_the_store(stage):
    its = stage()
    file = its.offboard.folder / "console-token"
    assert file.stat().st_mode & 0o777 == 0o600
    token = file.read_text().strip()
    assert len(token) >= 43
    assert token not in its.offboard.log
    with console.api(its.offboard, token) as api:
        assert api.get("/api/v1/me").json() == {"name": "console", "role": "operator"}
    its.offboard.stop()
    its.offboard.start()
    assert file.read_text().strip() == token


def test_webhooks_are_taken_although_the_consoles_port_is_taken(stage):
    first = stage(console={"port": 0})
    port = int(first.offboard.console.rsplit(":", 1)[1])
    its = stage(console={"port": port})
    assert its.offboard.console == "not yet"
    assert its.offboard.post(senders.departure(AVERY_EMAIL)).status_code == 202
    first.offboard.stop()

    def listens() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    wait_until(listens, "the console listens")
