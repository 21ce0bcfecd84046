"""`senders list|show|explain` and what `check` says about old secrets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import sqlite3
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml

import senders
from preset_cases import CASES, LEAVER, fixture, prepare, section, tampered
from senders import Request

OLD_SECRET = "whsec_" + base64.b64encode(b"the secret that was before this").decode()
ROTATED = [
    {
        "name": "hr",
        "preset": "standard-webhooks",
        "secrets": [{"name": "2026-11", "env": "HR_SECRET"}, {"name": "2026-05", "env": "OLD_SECRET"}],
    },
    {"name": "okta", "preset": "okta", "credential": {"value": {"env": "GITHUB_SECRET"}}},
    {"name": "github", "preset": "github", "secrets": [{"env": "GITHUB_SECRET"}, {"env": "SVIX_SECRET"}]},
]


@pytest.fixture
def rotated(stage):
    its = stage(senders=ROTATED, policy={"mode": "dry_run"}, start=False)
    its.offboard.environment["OLD_SECRET"] = OLD_SECRET
    its.offboard.start()
    return its


def listed(its, name: str) -> dict:
    return next(sender for sender in its.offboard.read("senders", "list") if sender["name"] == name)


def last_use(its, name: str) -> dict[str, str | None]:
    return {secret["name"]: secret["last_used_at"] for secret in listed(its, name)["secrets"]}


def test_each_secret_has_its_last_use(rotated):
    assert last_use(rotated, "hr") == {"2026-11": None, "2026-05": None}
    rotated.offboard.post(senders.departure("avery.stone@example.com"))
    rotated.offboard.post(senders.standard(senders.event("sam.river@example.com"), secret=OLD_SECRET))
    uses = last_use(rotated, "hr")
    assert None not in uses.values()
    hr = listed(rotated, "hr")
    assert hr["last_delivery"] == max(uses.values())
    assert hr["known_since"] == min(uses.values())
    assert (hr["path"], hr["proof"], hr["verified_by"]) == ("/hooks/hr", "proven", ["signature sha256"])
    okta = listed(rotated, "okta")
    assert (okta["proof"], okta["handshake"], okta["lookup"], okta["secrets"]) == ("unproven", "okta", False, [])
    # Secrets without a name are told by their position.
    body = b'{"action":"employee_departed","employee":{"email":"kim.park@example.com"}}'
    rotated.offboard.post(senders.github(body, secret=senders.SVIX_SECRET))
    uses = last_use(rotated, "github")
    assert uses["#1"] is None and uses["#2"] is not None
    table = rotated.offboard.run("senders", "list")
    assert "2026-05 20" in table.output and "Deliveries go back to" in table.output


def test_check_says_when_an_old_secret_can_go(rotated):
    rotated.offboard.post(senders.standard(senders.event("sam.river@example.com"), secret=OLD_SECRET))
    rotated.offboard.post(senders.departure("avery.stone@example.com"))
    assert "it can go" not in rotated.offboard.run("check").output
    assert rotated.offboard.stop() == 0
    # Time passes: the delivery under the old secret came twelve days ago.
    with sqlite3.connect(rotated.offboard.store) as store:
        ago = int(timedelta(days=12, hours=3).total_seconds() * 1000)
        for table, at in [("deliveries", "received_at"), ("secret_uses", "used_at")]:
            store.execute(f"UPDATE {table} SET {at} = {at} - ? WHERE secret_name = '2026-05'", [ago])
    store.close()
    expected = "secret 2026-05 of sender hr was last used 12 days ago; 2026-11 since: it can go"
    assert f"note: {expected}" in rotated.offboard.run("check").output
    checked = rotated.offboard.read("check")
    assert next(sender for sender in checked["senders"] if sender["name"] == "hr")["notes"] == [expected]


def test_presets_are_listed_and_shown_as_they_ship(stage):
    its = stage(start=False)
    presets = its.offboard.read("senders", "list", "--presets")
    assert {"github": "proven", "teams": "unproven"}.items() <= {p["name"]: p["proof"] for p in presets}.items()
    text = its.offboard.run("senders", "show", "okta", "--preset").output
    assert yaml.safe_load(text)["sender"]["handshake"] == "okta"
    assert text.startswith("#"), "with its comments"
    unknown = its.offboard.run("senders", "show", "octa", "--preset")
    assert unknown.status == 64 and "okta" in unknown.errors


def test_a_sender_is_shown_as_it_is_in_force(stage):
    own = [{**ROTATED[2], "events": {"departed": ["left"]}, "allow_from": ["192.0.2.0/24"]}]
    its = stage(senders=own, start=False)
    shown = its.offboard.run("senders", "show", "github")
    assert shown.status == 0
    record = yaml.safe_load(shown.output)
    assert record["events"]["departed"] == ["left"]
    assert record["events"]["type"] == "$.action", "from the preset"
    assert record["secrets"] == [{"env": "GITHUB_SECRET"}, {"env": "SVIX_SECRET"}]
    assert senders.GITHUB_SECRET not in shown.output
    # It can be written in the place of the preset.
    its.offboard.configure(its.configuration(senders=[record]))
    assert yaml.safe_load(its.offboard.run("senders", "show", "github").output) == record
    assert its.offboard.run("senders", "show", "nobody").status == 64


def without_seconds(text: str) -> str:
    return re.sub(r"\b\d+ s\b", "… s", text)


class Capture:
    """A request as somebody kept it, to be explained."""

    def __init__(self, its, folder: Path):
        self.its = its
        self.headers = folder / "captured.headers"
        self.body = folder / "captured.body"

    def explain(self, request: Request, *arguments: object, sender: str = "hr", head: str | None = None):
        lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        self.headers.write_text(head.format(lines=lines) if head else lines, newline="")
        self.body.write_bytes(request.body)
        command = ["senders", "explain", sender, "--headers", self.headers, "--body", self.body, *arguments]
        done = self.its.offboard.run(*command, "--json")
        said = done.json
        for secret in (senders.STANDARD_SECRET, senders.GITHUB_SECRET, senders.SVIX_SECRET):
            assert secret not in done.output + done.errors
        assert done.status == (0 if said["accepted"] else 1)
        text = self.its.offboard.run(*command)
        assert text.status == done.status
        for cause in said["causes"]:
            # The clock may have gone on by a second between the two.
            assert without_seconds(cause) in without_seconds(text.output)
        return said


@pytest.fixture
def capture(stage, tmp_path: Path) -> Capture:
    return Capture(stage(policy={"mode": "dry_run"}), tmp_path)


def answer(capture: Capture, request: Request) -> int:
    return capture.its.offboard.post(request).status_code


def test_explain_agrees_with_the_daemon(capture):
    good = senders.standard(senders.event("avery.stone@example.com", aliases=["avery.ng@example.com"]))
    said = capture.explain(good)
    assert (said["accepted"], said["status"]) == (True, answer(capture, good))
    assert [(one["kind"], one["email"], one["aliases"]) for one in said["departures"]] == [
        ("departed", "avery.stone@example.com", ["avery.ng@example.com"])
    ]
    changed = Request(good.path, good.body + b" ", good.headers)
    said = capture.explain(changed)
    assert (said["accepted"], said["status"]) == (False, answer(capture, changed))
    assert said["departures"] == []
    other = senders.standard(senders.event("avery.stone@example.com", type="invoice.paid"))
    assert capture.explain(other)["ignored"]
    unusable = senders.standard(senders.event("nobody"))
    assert capture.explain(unusable)["unresolved"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.preset)
def test_explain_agrees_with_the_daemon_about_every_preset(stage, tmp_path: Path, case):
    its = stage(senders=[section(case)], policy={"mode": "dry_run"}, start=False)
    prepare(its, case)
    capture = Capture(its, tmp_path)
    departed = fixture(case.preset, "departed", case.sign)
    said = capture.explain(departed, sender=case.preset)
    assert (said["accepted"], said["status"]) == (True, answer(capture, departed))
    read = [one["email"] for one in said["departures"]]
    assert read == [LEAVER] if not case.lookup else said["unresolved"]
    wrong = tampered(departed, case)
    said = capture.explain(wrong, sender=case.preset)
    assert (said["accepted"], said["status"]) == (False, answer(capture, wrong))


def test_captures_of_several_kinds_are_read(capture):
    request = senders.departure("avery.stone@example.com")
    assert capture.explain(request, head="POST /hooks/hr HTTP/1.1\r\n{lines}\r\n")["accepted"]
    sent = "".join(f"> {name}: {value}\n" for name, value in request.headers.items())
    verbose = f"* Trying 127.0.0.1:8080...\n> POST /hooks/hr HTTP/1.1\n{sent}>\n< HTTP/1.1 401 Unauthorized\n< x: y\n"
    assert capture.explain(request, head=verbose)["accepted"]


def test_a_body_that_was_written_anew_is_found(capture):
    document = {"type": "employee.departed", "data": {"email": "avery.stone@example.com", "name": "Avéry"}}
    signed = senders.standard(json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode())
    anew = Request(signed.path, json.dumps(document).encode(), signed.headers)
    assert answer(capture, anew) == 401
    assert "the body was re-encoded" in capture.explain(anew)["causes"][0]


def test_a_secret_that_is_used_as_text_is_found(capture):
    body = senders.event("avery.stone@example.com")
    request = senders.standard(body)
    content = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + body
    code = base64.b64encode(hmac.digest(senders.STANDARD_SECRET.encode(), content, "sha256")).decode()
    request.headers["webhook-signature"] = f"v1,{code}"
    causes = capture.explain(request)["causes"]
    assert any("used as text, its whsec_ kept" in cause for cause in causes)


def test_a_stale_capture_is_explained_by_its_own_time(capture):
    at = datetime.now(timezone.utc) - timedelta(days=3)
    request = senders.standard(senders.event("avery.stone@example.com"), at=at)
    assert answer(capture, request) == 401
    said = capture.explain(request)
    assert "the signature is right" in said["causes"][0]
    assert capture.explain(request, "--at", senders.in_iso(at))["accepted"]


def test_another_presets_request_names_it(capture):
    body = b'{"action":"employee_departed","employee":{"email":"avery.stone@example.com"}}'
    digest = hmac.new(senders.STANDARD_SECRET.encode(), body, hashlib.sha256).hexdigest()
    request = Request("/hooks/hr", body, {"X-Hub-Signature-256": f"sha256={digest}"})
    assert any("name preset: github" in cause for cause in capture.explain(request)["causes"])


def test_what_cannot_be_read_is_wrong_usage(capture, tmp_path: Path):
    broken = tmp_path / "broken"
    broken.write_text("webhook-id evt_1 very secret\n")
    done = capture.its.offboard.run("senders", "explain", "hr", "--headers", broken)
    assert done.status == 64 and "line 1" in done.errors and "very secret" not in done.errors
    assert capture.its.offboard.run("senders", "explain", "hr", "--headers", tmp_path / "none").status == 64
    assert capture.its.offboard.run("senders", "explain", "nobody", "--headers", broken).status == 64
