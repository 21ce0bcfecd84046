"""The console's pages without a script: sign-in, looking, deciding, and what nobody else can make a browser do."""

from __future__ import annotations

import json
import re

import httpx
import pytest

import console
import senders
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA

AVERY_EMAIL = "avery.stone@example.com"
PAGES = ["/", "/cases", "/deliveries", "/limits", "/audit"]


def test_somebody_signs_in_finds_a_held_case_and_approves_it(holding):
    case = console.held(holding)
    browser = console.Browser(holding.offboard)
    assert browser.client.get("/").headers["location"] == "/login"
    cookie = browser.sign_in().headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and console.OPERATOR not in cookie

    overview = browser.get("/")
    assert "1 person who left may still have access" in overview
    assert f'href="/cases/{case["id"]}"' in overview
    page = browser.get(f"/cases/{case['id']}")
    assert AVERY_EMAIL in page and case["plan_digest"] in page
    done = browser.submit(page, f"/cases/{case['id']}/approve")
    assert (done.status_code, done.headers["location"]) == (303, f"/cases/{case['id']}?done=approved")
    holding.offboard.settled(AVERY_EMAIL, "completed")
    page = browser.get(f"/cases/{case['id']}?done=approved")
    assert "Approved. The daemon is at it." in page
    assert "removed from every organization" in page
    # The timeline says who told of it, who approved it, and what proved it.
    timeline = re.sub(r"<[^>]*>", "", page[page.index('class="timeline"') :])
    for words in (
        "told that the person left",
        "by sender hr",
        "approved",
        "by dana",
        "proven gone by Vultr",
        "completed",
    ):
        assert words in timeline
    assert holding.gone == {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}
    assert "Nobody who left still has access" in browser.get("/")


def test_a_viewer_sees_all_pages_and_no_button(holding):
    case = console.held(holding)
    browser = console.Browser(holding.offboard)
    browser.sign_in(console.VIEWER)
    for path in [*PAGES, f"/cases/{case['id']}", f"/deliveries/{holding.offboard.deliveries()[0]['id']}"]:
        assert set(browser.forms(browser.get(path))) == {"/logout"}, path
    csrf = browser.forms(browser.get("/"))["/logout"]["csrf"]
    for verb in ("approve", "refuse", "retry", "cancel"):
        answer = browser.client.post(f"/cases/{case['id']}/{verb}", data={"csrf": csrf, "digest": case["plan_digest"]})
        assert answer.status_code == 403
    assert holding.offboard.case(AVERY_EMAIL) == case


def test_a_form_without_the_sessions_token_does_nothing(holding):
    case = console.held(holding)
    browser, other = console.Browser(holding.offboard), console.Browser(holding.offboard)
    browser.sign_in()
    other.sign_in()
    stranger = other.forms(other.get("/"))["/logout"]["csrf"]
    digest = case["plan_digest"]
    for fields in ({}, {"csrf": ""}, {"csrf": stranger}, {"csrf": "x" * 43}):
        answer = browser.client.post(f"/cases/{case['id']}/approve", data={**fields, "digest": digest})
        assert answer.status_code == 403, fields
        api = browser.client.post(
            f"/api/v1/cases/{case['id']}/approve",
            json={"digest": digest},
            headers={"x-csrf-token": str(fields.get("csrf", ""))},
        )
        assert api.status_code == 403, fields
    assert holding.offboard.case(AVERY_EMAIL)["state"] == "held"
    csrf = browser.forms(browser.get("/"))["/logout"]["csrf"]
    api = browser.client.post(
        f"/api/v1/cases/{case['id']}/approve", json={"digest": digest}, headers={"x-csrf-token": csrf}
    )
    assert api.status_code == 200


def test_another_sites_form_signs_nobody_in(holding):
    for site, status in [("cross-site", 403), ("same-site", 403), ("same-origin", 303), ("none", 303)]:
        answer = httpx.post(
            holding.offboard.console + "/login", data={"token": console.OPERATOR}, headers={"sec-fetch-site": site}
        )
        assert answer.status_code == status, site


def test_signing_out_ends_the_session(holding):
    browser = console.Browser(holding.offboard)
    browser.sign_in()
    cookie = browser.client.cookies["offboard_session"]
    assert browser.submit(browser.get("/"), "/logout").headers["location"] == "/login"
    answer = httpx.get(holding.offboard.console + "/", headers={"cookie": f"offboard_session={cookie}"})
    assert answer.headers["location"] == "/login"


def test_wrong_tokens_are_slowed_down(holding):
    statuses = [
        httpx.post(holding.offboard.console + "/login", data={"token": f"wrong{n}"}).status_code for n in range(25)
    ]
    assert statuses == [401] * 20 + [429] * 5
    # Whoever has a token already is not locked out by it.
    with console.api(holding.offboard) as api:
        assert api.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize(
    "next, location",
    [
        ("/cases?state=held", "/cases?state=held"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_signing_in_leads_nowhere_else(holding, next, location):
    answer = httpx.post(holding.offboard.console + "/login", data={"token": console.OPERATOR, "next": next})
    assert (answer.status_code, answer.headers["location"]) == (303, location)


def test_pages_load_nothing_from_elsewhere_and_stand_in_nobodys_frame(holding):
    case = console.held(holding)
    browser = console.Browser(holding.offboard)
    browser.sign_in()
    loaded = set()
    for path in [*PAGES, "/login", f"/cases/{case['id']}", "/nowhere"]:
        answer = browser.client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        found = re.findall(r'(?:src|href|action)="([^"]*)"', answer.text)
        assert found and all(address.startswith(("/", "#")) and not address.startswith("//") for address in found), path
        assert "style=" not in answer.text and "onclick" not in answer.text
        loaded |= {address for address in found if address.startswith("/assets/")}
    assert len(loaded) == 3
    for address in loaded:
        answer = browser.client.get(address)
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"], address


def test_what_senders_and_vultr_write_is_text_on_a_page(stage):
    from world import three_organizations

    world = three_organizations()
    its = stage(world, console=console.SECTION, environment=console.ENVIRONMENT)
    email = "<script>alert('x')</script>&\"@example.com"
    assert its.offboard.post(senders.departure(email)).status_code == 202
    case = its.offboard.settled(email)
    browser = console.Browser(its.offboard)
    browser.sign_in()
    for path in ["/", "/cases", f"/cases/{case['id']}", "/deliveries", "/cases?email=%3Cscript%3E"]:
        page = browser.get(path)
        assert "<script>" not in page, path
    assert "&lt;script&gt;" in browser.get("/cases")


def test_a_delivery_that_names_nobody_is_resolved_on_its_page(stage):
    its = stage(console=console.SECTION, environment=console.ENVIRONMENT)
    body = json.dumps({"id": "evt_9", "type": "employee.departed", "data": {"email": "nobody at all"}}).encode()
    delivery = its.offboard.post(senders.standard_bytes(body)).json()["delivery"]
    wait_until(lambda: its.offboard.deliveries()[0]["state"] == "unresolved", "the delivery is unresolved")
    browser = console.Browser(its.offboard)
    browser.sign_in()
    assert f'href="/deliveries/{delivery}"' in browser.get("/")
    assert f'href="/deliveries/{delivery}"' in browser.get("/deliveries?state=unresolved")
    page = browser.get(f"/deliveries/{delivery}")
    assert "nobody at all" in page
    action = f"/deliveries/{delivery}/resolve"
    assert browser.submit(page, action, email="still nobody").status_code == 400
    done = browser.submit(page, action, email=AVERY_EMAIL)
    assert done.status_code == 303
    case = its.offboard.settled(AVERY_EMAIL, "completed")
    assert done.headers["location"] == f"/cases/{case['id']}?done=resolved"
    assert f"/deliveries/{delivery}" in browser.get(f"/cases/{case['id']}")


def test_limits_are_raised_on_their_page(holding):
    browser = console.Browser(holding.offboard)
    browser.sign_in()
    page = browser.get("/limits")
    assert browser.submit(page, "/limits/raise", people="x", hours="1", reason="r").status_code == 400
    assert browser.submit(page, "/limits/raise", people="200", hours="2", reason="HR-1").status_code == 303
    standing = holding.offboard.read("limits", "show")
    assert [(one["people"], one["by"], one["reason"]) for one in standing["overrides"]] == [(200, "dana", "HR-1")]
    page = browser.get("/limits?done=raised")
    assert "200, raised from 10" in page
    assert browser.submit(page, f"/limits/{standing['overrides'][0]['id']}/end").status_code == 303
    assert not holding.offboard.read("limits", "show")["overrides"][0]["in_force"]


def test_the_audit_page_shows_the_chain(holding):
    case = console.held(holding)
    browser = console.Browser(holding.offboard)
    browser.sign_in()
    page = browser.get("/audit")
    assert '<span class="pill good">holds</span>' in page
    checkpoint = re.search(r"audit1:\d+:[0-9a-f]{64}", page)
    assert checkpoint
    verified = holding.offboard.read("audit", "verify", "--checkpoint", checkpoint.group())
    assert verified["valid"] and verified["checkpoints"] == 1
    page = browser.get(f"/audit?case={case['id']}")
    assert "case opened" in page and "configuration loaded" not in page
