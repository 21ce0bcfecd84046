"""How senders ask whether we are there, what they are answered, and that nobody else learns or changes anything."""

from __future__ import annotations

import hashlib
import hmac
import json
import stat
import subprocess
import time
from collections.abc import Iterator

import pytest

import senders
from conftest import Stage
from raw_http import Answer, Connection, check_headers, is_kept
from waiting import wait_until
from world import three_organizations

SECRET = "a secret of the handshakes"
TOKEN = "a token of the channel"
EVENTS = {"type": "$.type", "departed": ["left"], "email": ["$.email"]}


def signed_sender(name: str, handshake: str, **fields: object) -> dict:
    return {
        "name": name,
        "secrets": [{"env": "SHAKE_SECRET"}],
        "signature": {
            "header": ["x-signature", "x_signature"],
            "algorithm": "sha256",
            "encoding": "hex",
            "content": "{body}",
        },
        "events": EVENTS,
        "handshake": handshake,
        **fields,
    }


def timed_sender(name: str, handshake: str, prefix: str) -> dict:
    """Slack's way, which Zoom shares."""
    return signed_sender(
        name,
        handshake,
        signature={
            "header": [f"{prefix}-signature"],
            "algorithm": "sha256",
            "encoding": "hex",
            "prefix": "v0=",
            "content": "v0:{timestamp}:{body}",
        },
        timestamp={"header": [f"{prefix}-request-timestamp"], "unit": "s", "tolerance": "5m"},
    )


def credential_sender(name: str, handshake: str, credential: dict, **fields: object) -> dict:
    return {
        "name": name,
        "credential": {**credential, "value": {"env": "SHAKE_TOKEN"}},
        "events": EVENTS,
        "handshake": handshake,
        **fields,
    }


SENDERS = [
    signed_sender("plain", "none"),
    credential_sender("okta", "okta", {"header": "Authorization"}, response={"status": 200, "body": "empty"}),
    credential_sender("elsewhere", "okta", {"header": "Authorization"}, allow_from=["192.0.2.0/24"]),
    timed_sender("slack", "slack", "x-slack"),
    timed_sender("zoom", "zoom", "x-zm"),
    credential_sender("graph", "microsoft-graph", {"path": "$.value[*].clientState"}),
    signed_sender("gusto", "gusto"),
    signed_sender("hibob", "hibob", response={"status": 200, "body": "empty"}),
    credential_sender(
        "google", "google-workspace", {"header": "X-Goog-Channel-Token"}, response={"status": 204, "body": "empty"}
    ),
    signed_sender("github", "github"),
]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One daemon for all tests of this file; each looks only at what its own requests brought."""
    made = Stage(
        tmp_path_factory.mktemp("handshakes"), three_organizations(None), senders=SENDERS, policy={"mode": "dry_run"}
    )
    made.offboard.environment |= {"SHAKE_SECRET": SECRET, "SHAKE_TOKEN": TOKEN}
    made.offboard.start()
    yield made
    made.end()


@pytest.fixture
def offboard(daemon: Stage):
    return daemon.offboard


def ask(offboard, method: str, path: str, headers: list | dict = (), body: bytes | None = None) -> Answer:
    with Connection(offboard.port) as connection:
        return connection.request(method, path, headers, body)


def code(content: bytes) -> str:
    return hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()


def plain(body: bytes) -> dict[str, str]:
    return {"X-Signature": code(body)}


def timed(body: bytes, prefix: str, at: float | None = None) -> dict[str, str]:
    timestamp = str(int(at if at is not None else time.time()))
    return {
        f"{prefix}-Request-Timestamp": timestamp,
        f"{prefix}-Signature": "v0=" + code(f"v0:{timestamp}:".encode() + body),
    }


def stored(offboard, sender: str) -> int:
    return len([delivery for delivery in offboard.deliveries() if delivery["sender"] == sender])


def is_unauthorized(answer: Answer) -> bool:
    check_headers(answer)
    return (answer.status, json.loads(answer.body)) == (401, {"error": "unauthorized"})


# Okta


def test_oktas_challenge_is_answered_without_a_credential_and_nothing_is_stored(offboard):
    with Connection(offboard.port) as connection:
        answer = connection.request("GET", "/hooks/okta", {"X-Okta-Verification-Challenge": "abc_123"})
        check_headers(answer)
        assert (answer.status, json.loads(answer.body)) == (200, {"verification": "abc_123"})
        assert is_kept(connection)
    with_credential = ask(
        offboard, "GET", "/hooks/okta", {"X-Okta-Verification-Challenge": "x", "Authorization": "anything"}
    )
    assert with_credential.status == 200
    assert stored(offboard, "okta") == 0


def test_oktas_challenge_reflects_nothing_that_a_browser_would_run(offboard):
    answer = ask(offboard, "GET", "/hooks/okta", {"X-Okta-Verification-Challenge": "<script>alert(1)</script>"})
    check_headers(answer)
    assert answer.status == 200
    assert b"<" not in answer.body
    assert json.loads(answer.body) == {"verification": "<script>alert(1)</script>"}


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Okta-Verification-Challenge", "a" * 257)],
        [("X-Okta-Verification-Challenge", "")],
        [("X-Okta-Verification-Challenge", "\xe9")],
        [("X-Okta-Verification-Challenge", "a"), ("X-Okta-Verification-Challenge", "a")],
    ],
)
def test_an_odd_challenge_is_400_and_not_echoed(offboard, headers):
    answer = ask(offboard, "GET", "/hooks/okta", headers)
    check_headers(answer)
    assert (answer.status, json.loads(answer.body)) == (400, {"error": "bad_request"})


def test_get_without_a_challenge_or_for_another_sender_is_405(offboard):
    challenge = {"X-Okta-Verification-Challenge": "abc"}
    for path, headers in [("/hooks/okta", {}), *((f"/hooks/{sender['name']}", challenge) for sender in SENDERS[3:])]:
        answer = ask(offboard, "GET", path, headers)
        check_headers(answer)
        assert (answer.status, answer.header("allow")) == (405, "POST"), path
    assert ask(offboard, "GET", "/hooks/plain", challenge).status == 405
    assert ask(offboard, "GET", "/hooks/nobody", challenge).status == 404


def test_the_source_range_holds_for_challenges_too(offboard):
    answer = ask(offboard, "GET", "/hooks/elsewhere", {"X-Okta-Verification-Challenge": "abc"})
    assert answer.status == 403


# Slack


def test_slacks_url_verification_is_answered_once_it_is_verified(offboard):
    body = json.dumps({"token": "x", "challenge": "3eZbrw1aB", "type": "url_verification"}).encode()
    answer = ask(offboard, "POST", "/hooks/slack", timed(body, "X-Slack"), body)
    check_headers(answer)
    assert (answer.status, json.loads(answer.body)) == (200, {"challenge": "3eZbrw1aB"})
    assert is_unauthorized(ask(offboard, "POST", "/hooks/slack", {}, body))
    forged = {**timed(body, "X-Slack"), "X-Slack-Signature": "v0=" + "0" * 64}
    assert is_unauthorized(ask(offboard, "POST", "/hooks/slack", forged, body))
    assert is_unauthorized(ask(offboard, "POST", "/hooks/slack", timed(body, "X-Slack", time.time() - 900), body))
    assert stored(offboard, "slack") == 0


def test_slacks_ssl_check_is_answered_with_nothing(offboard):
    body = b"token=x&ssl_check=1"
    answer = ask(offboard, "POST", "/hooks/slack", timed(body, "X-Slack"), body)
    assert (answer.status, answer.body, answer.header("x-content-type-options")) == (200, b"", "nosniff")
    assert is_unauthorized(ask(offboard, "POST", "/hooks/slack", {}, body))
    assert stored(offboard, "slack") == 0


# Microsoft Graph


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain; charset=utf-8"}, {}])
def test_graphs_token_is_decoded_and_answered_as_plain_text(offboard, headers):
    target = "/hooks/graph?validationToken=Validation%3A+Testing%20client+%3Cb%3E%26"
    answer = ask(offboard, "POST", target, headers, b"")
    assert (answer.status, answer.body) == (200, b"Validation: Testing client <b>&")
    assert answer.header("content-type") == "text/plain; charset=utf-8"
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("cache-control") == "no-store"


@pytest.mark.parametrize("token", ["", "a" * 2049, "a%0D%0ASet-Cookie:x", "%00", "%FF", "%zz", "a&validationToken=b"])
def test_an_odd_token_is_400_and_not_echoed(offboard, token):
    answer = ask(offboard, "POST", f"/hooks/graph?validationToken={token}", {}, b"")
    check_headers(answer)
    assert (answer.status, json.loads(answer.body)) == (400, {"error": "bad_request"})


def test_a_token_beside_a_body_or_for_another_sender_is_no_handshake(offboard):
    body = json.dumps({"value": [{"clientState": "wrong", "resource": "Users/1"}]}).encode()
    assert is_unauthorized(ask(offboard, "POST", "/hooks/graph?validationToken=abc", {}, body))
    for sender in ["plain", "okta", "slack", "gusto", "google"]:
        assert is_unauthorized(ask(offboard, "POST", f"/hooks/{sender}?validationToken=abc", {}, b""))
    assert ask(offboard, "GET", "/hooks/graph?validationToken=abc").status == 405


def test_every_item_of_a_notification_must_have_the_credential(offboard):
    right = {"clientState": TOKEN, "type": "other"}

    def post(items: list) -> int:
        return ask(offboard, "POST", "/hooks/graph", {}, json.dumps({"value": items}).encode()).status

    assert post([right, {**right, "n": 1}]) == 202
    for items in [
        [],
        [right, {"type": "left"}],
        [{"type": "left"}, right],
        [right, {**right, "clientState": "x"}],
        [right, 5],
    ]:
        assert post(items) == 401


# Zoom


def test_zooms_token_is_answered_with_its_code_only_where_the_request_is_verified(offboard):
    body = json.dumps({"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6"}}).encode()
    answer = ask(offboard, "POST", "/hooks/zoom", timed(body, "X-Zm"), body)
    check_headers(answer)
    assert answer.status == 200
    assert json.loads(answer.body) == {"plainToken": "qgg8vlvZRS6", "encryptedToken": code(b"qgg8vlvZRS6")}
    for headers in [{}, timed(body + b" ", "X-Zm"), timed(body, "X-Zm", time.time() - 900)]:
        assert is_unauthorized(ask(offboard, "POST", "/hooks/zoom", headers, body))
    assert stored(offboard, "zoom") == 0


def test_what_could_sign_a_request_gets_no_code_even_where_it_is_verified(offboard):
    content = f'v0:{int(time.time())}:{{"type":"left","email":"avery.stone@example.com"}}'
    body = json.dumps({"event": "endpoint.url_validation", "payload": {"plainToken": content}}).encode()
    answer = ask(offboard, "POST", "/hooks/zoom", timed(body, "X-Zm"), body)
    assert (answer.status, json.loads(answer.body)) == (400, {"error": "bad_request"})


# Gusto, HiBob, Google, GitHub


def test_gustos_token_is_kept_for_the_operator_and_shown_to_nobody_else(offboard):
    body = json.dumps({"verification_token": "tok-7Lmm6wZJhunter2", "webhook_subscription_uuid": "w1"}).encode()
    for _ in range(2):
        answer = ask(offboard, "POST", "/hooks/gusto", {"Content-Type": "application/json"}, body)
        assert (answer.status, answer.body, answer.header("x-content-type-options")) == (200, b"", "nosniff")
    file = offboard.folder / "gusto-gusto.token"
    assert [line.split(" ")[1] for line in file.read_text().splitlines()] == ["tok-7Lmm6wZJhunter2"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in offboard.log.splitlines() if "verification token" in line]
    assert [(line["level"], line["sender"], line["file"]) for line in lines] == [("warning", "gusto", str(file))]
    assert "hunter2" not in offboard.log
    assert stored(offboard, "gusto") == 0

    for number in range(9):
        more = json.dumps({"verification_token": f"more{number}"}).encode()
        assert ask(offboard, "POST", "/hooks/gusto", {}, more).status == 200
    full = ask(offboard, "POST", "/hooks/gusto", {}, b'{"verification_token":"eleventh"}')
    assert (full.status, int(full.header("retry-after")) > 0) == (503, True)
    assert "eleventh" not in file.read_text()
    assert offboard.process.poll() is None


def test_without_a_token_an_unsigned_request_of_gustos_is_refused(offboard):
    for body in [b'{"event_type":"left"}', b"[]", b"", b"{" * 4000, b"a" * 5000]:
        assert is_unauthorized(ask(offboard, "POST", "/hooks/gusto", {}, body))


@pytest.mark.parametrize("body", [b"Ping test", b'"Ping test"', b'{"text":"Ping test"}'])
def test_hibobs_ping_is_answered_signed_or_not(offboard, body):
    for headers in [{}, plain(body), {"X-Signature": "0" * 64}]:
        answer = ask(offboard, "POST", "/hooks/hibob", headers, body)
        assert (answer.status, answer.body) == (200, b"")
    assert stored(offboard, "hibob") == 0
    assert is_unauthorized(ask(offboard, "POST", "/hooks/hibob", {}, b'{"text":"Ping test","type":"left"}'))


def test_googles_sync_is_answered_where_the_token_is_right(offboard):
    sync = {"X-Goog-Channel-Token": TOKEN, "X-Goog-Resource-State": "sync"}
    answer = ask(offboard, "POST", "/hooks/google", sync, b"")
    assert (answer.status, answer.body) == (200, b"")
    assert is_unauthorized(ask(offboard, "POST", "/hooks/google", {**sync, "X-Goog-Channel-Token": "wrong"}, b""))
    assert is_unauthorized(ask(offboard, "POST", "/hooks/google", {"X-Goog-Resource-State": "sync"}, b""))
    assert stored(offboard, "google") == 0


def test_githubs_ping_is_answered_where_it_is_signed_and_a_departure_is_none_whatever_its_header_says(offboard):
    body = b'{"zen":"Keep it simple.","hook_id":30}'
    answer = ask(offboard, "POST", "/hooks/github", {**plain(body), "X-GitHub-Event": "ping"}, body)
    assert (answer.status, answer.body) == (200, b"")
    assert is_unauthorized(ask(offboard, "POST", "/hooks/github", {"X-GitHub-Event": "ping"}, body))
    assert stored(offboard, "github") == 0
    departure = b'{"type":"left","email":"avery.stone@example.com"}'
    answer = ask(offboard, "POST", "/hooks/github", {**plain(departure), "X-GitHub-Event": "ping"}, departure)
    assert answer.status == 202
    assert stored(offboard, "github") == 1


# What every sender is answered


@pytest.mark.parametrize(
    "sender, status, body", [("plain", 202, "json"), ("hibob", 200, "empty"), ("google", 204, "empty")]
)
def test_an_unknown_event_and_its_duplicate_are_answered_as_the_sender_wants(offboard, sender, status, body):
    content = json.dumps({"type": "of no kind", "id": senders.new_id()}).encode()
    headers = {"X-Goog-Channel-Token": TOKEN} if sender == "google" else plain(content)
    first = ask(offboard, "POST", f"/hooks/{sender}", headers, content)
    again = ask(offboard, "POST", f"/hooks/{sender}", headers, content)
    assert (first.status, again.status) == (status, 200)
    if body == "empty":
        assert (first.body, again.body) == (b"", b"")
    else:
        assert json.loads(first.body)["status"] == "accepted"
        assert json.loads(again.body) == {"status": "duplicate", "delivery": json.loads(first.body)["delivery"]}
    newest = next(item for item in offboard.deliveries() if item["sender"] == sender)
    wait_until(
        lambda: next(i for i in offboard.deliveries() if i["id"] == newest["id"])["state"] == "ignored", "it is ignored"
    )


def test_no_request_to_a_known_path_is_answered_with_404_410_or_501(offboard):
    body = b'{"type":"left"}'
    seen = set()
    for sender in SENDERS:
        path = f"/hooks/{sender['name']}"
        for method in ["POST", "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW", "post"]:
            for headers in [
                {},
                plain(body),
                {"Upgrade": "h2c"},
                {"Content-Type": "text/json"},
                {"Content-Encoding": "br"},
            ]:
                seen.add(ask(offboard, method, path, headers, body).status)
        for query in ["?", "?x=1", "?validationToken=a", "?" + "a" * 3000, "?%00", "?a=%zz"]:
            seen.add(ask(offboard, "POST", path + query, {}, body).status)
    assert seen <= {200, 202, 400, 401, 403, 405}, seen


def test_own_trouble_is_503_for_every_sender(stage):
    its = stage(senders=SENDERS[:1] + SENDERS[1:2], policy={"mode": "dry_run"}, start=False)
    its.offboard.environment |= {"SHAKE_SECRET": SECRET, "SHAKE_TOKEN": TOKEN}
    its.offboard.start()
    its.offboard.store.rename(its.offboard.store.with_suffix(".moved"))
    body = b'{"type":"left"}'

    def post(sender: str) -> Answer:
        headers = {"Authorization": TOKEN} if sender == "okta" else plain(body + sender.encode())
        return ask(its.offboard, "POST", f"/hooks/{sender}", headers, body + sender.encode())

    wait_until(lambda: post("plain").status == 503, "the missing store is noticed")
    for sender in ["plain", "okta"]:
        answer = post(sender)
        check_headers(answer)
        assert (answer.status, int(answer.header("retry-after")) > 0) == (503, True)
    challenge = ask(its.offboard, "GET", "/hooks/okta", {"X-Okta-Verification-Challenge": "abc"})
    assert challenge.status == 200


# Odd headers


def test_a_header_with_underscores_is_taken_and_a_second_value_under_the_other_name_is_refused(offboard):
    body = json.dumps({"type": "other", "id": senders.new_id()}).encode()
    right = code(body)
    assert ask(offboard, "POST", "/hooks/plain", {"X_Signature": right}, body).status == 202
    assert ask(offboard, "POST", "/hooks/plain", {"x-signature": right, "X_SIGNATURE": right}, body).status == 200
    for headers in [
        [("X-Signature", right), ("X_Signature", "0" * 64)],
        [("X_Signature", "0" * 64), ("X-Signature", right)],
        [("X-Signature", right), ("X_Signature", "")],
        [("X_Signature", right), ("X_Signature", right)],
    ]:
        answer = ask(offboard, "POST", "/hooks/plain", headers, body)
        check_headers(answer)
        assert (answer.status, json.loads(answer.body)) == (400, {"error": "bad_request"})


@pytest.mark.parametrize(
    "value", ["", " ", "sha256=", "0", "0" * 63, "0" * 65, "0" * 9000, "\xff" * 64, "null", "A" * 64]
)
def test_an_empty_oversized_or_odd_signature_is_401(offboard, value):
    assert is_unauthorized(ask(offboard, "POST", "/hooks/plain", {"X-Signature": value}, b"{}"))


def test_unknown_versions_beside_the_known_one_are_passed_over(stage):
    its = stage(policy={"mode": "dry_run"})
    for before, after in [("v2,AAAA ", ""), ("", " v9,zzzz"), ("v1a,!!! v3 ", " , v1"), ("v1,AAAA v1, ", "")]:
        request = senders.standard(senders.event("avery.stone@example.com"))
        request.headers["webhook-signature"] = before + request.headers["webhook-signature"] + after
        assert its.offboard.post(request).status_code == 202
    request = senders.standard(senders.event("avery.stone@example.com"))
    request.headers["webhook-signature"] = request.headers["webhook-signature"].replace("v1,", "v2,")
    assert its.offboard.post(request).status_code == 401


def test_a_client_that_waits_for_100_continue_is_told_to_go_on(offboard, tmp_path):
    body = json.dumps({"type": "other", "id": senders.new_id(), "padding": "x" * 2000}).encode()
    file = tmp_path / "body"
    file.write_bytes(body)
    done = subprocess.run(
        [
            "curl",
            "-sv",
            "--noproxy",
            "*",
            "--expect100-timeout",
            "20",
            "-H",
            "Expect: 100-continue",
            "-H",
            f"X-Signature: {code(body)}",
            "--data-binary",
            f"@{file}",
            f"http://127.0.0.1:{offboard.port}/hooks/plain",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "< HTTP/1.1 100 Continue" in done.stderr
    assert json.loads(done.stdout)["status"] == "accepted"
