"""The console behind a reverse proxy that signs people in: its word is believed on its own socket and nowhere else."""

from __future__ import annotations

import re

import httpx
import pytest

import console
import senders
from world import ALPHA, AVERY, BETA, GAMMA

AVERY_EMAIL = "avery.stone@example.com"


@pytest.fixture
def its(stage):
    return stage(
        console={
            "port": 0,
            "hosts": ["ops.example.com"],
            "proxy": {
                "socket": "console.sock",
                "user_header": "X-Forwarded-User",
                "operators": ["dana@example.com"],
                "viewers": ["vic@example.com"],
            },
        },
        policy={"mode": "enforce", "approval": "always"},
    )


def proxied(its, *users: str) -> httpx.Client:
    """What the proxy sends for a user."""
    return httpx.Client(
        transport=httpx.HTTPTransport(uds=str(its.offboard.folder / "console.sock")),
        base_url="http://ops.example.com",
        headers=[("x-forwarded-user", user) for user in users],
        timeout=30,
    )


def test_whom_the_proxy_names_decides_without_a_token(its):
    assert its.offboard.post(senders.departure(AVERY_EMAIL)).status_code == 202
    case = its.offboard.settled(AVERY_EMAIL, "held")
    path = f"/cases/{case['id']}"
    with proxied(its, "vic@example.com") as vic:
        page = vic.get(path)
        assert page.status_code == 200 and "Approve" not in page.text and "Sign out" not in page.text
        assert vic.post(f"{path}/approve", data={"digest": case["plan_digest"]}).status_code == 403
    with proxied(its, "dana@example.com") as dana:
        csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', dana.get(path).text).group(1)
        for wrong in ("", "0" * 64):
            answer = dana.post(f"{path}/approve", data={"csrf": wrong, "digest": case["plan_digest"]})
            assert answer.status_code == 403
        answer = dana.post(f"{path}/approve", data={"csrf": csrf, "digest": case["plan_digest"]})
        assert answer.status_code == 303
        assert dana.get("/api/v1/me").json() == {"name": "dana@example.com", "role": "operator"}
    done = its.offboard.settled(AVERY_EMAIL, "completed")
    assert done["approved_by"] == "dana@example.com"
    assert its.gone == {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}


@pytest.mark.parametrize("users", [(), ("",), ("eve@example.com",), ("dana@example.com", "dana@example.com"), ("*",)])
def test_whom_it_does_not_name_gets_nothing(its, users):
    with proxied(its, *users) as somebody:
        for path in ("/", "/cases", "/login"):
            assert somebody.get(path).status_code == 403, path
        assert somebody.get("/api/v1/cases").status_code == 401
        assert somebody.get("/metrics").status_code == 401
        token = (its.offboard.folder / "console-token").read_text().strip()
        assert somebody.get("/api/v1/cases", headers={"authorization": f"Bearer {token}"}).status_code == 401


def test_the_name_is_believed_on_that_socket_alone(its):
    header = {"x-forwarded-user": "dana@example.com"}
    assert httpx.get(its.offboard.console + "/api/v1/me", headers=header).status_code == 401
    file = its.offboard.folder / "console.sock"
    assert file.is_socket() and file.stat().st_mode & 0o777 == 0o660
    with proxied(its, "dana@example.com") as dana:
        assert dana.get("/", headers={"host": "evil.example"}).status_code == 421


def test_a_dead_daemons_socket_is_replaced(its):
    its.offboard.kill()
    its.offboard.start()
    with proxied(its, "dana@example.com") as dana:
        assert dana.get("/").status_code == 200
    with console.api(its.offboard, (its.offboard.folder / "console-token").read_text().strip()) as api:
        assert api.get("/api/v1/me").json()["name"] == "console"
