"""How senders ask whether we are there, what they are answered, and that nobody else learns or changes anything."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Iterator

import pytest

from handshakers import SENDERS, TOKEN, ask, code, is_unauthorized, plain, serving, stored, timed
from offboard import Offboard
from raw_http import Connection, check_headers, is_kept


@pytest.fixture(scope="module")
def offboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offboard]:
    yield from serving(tmp_path_factory.mktemp("handshakes"))


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
    for path, headers in [("/hooks/okta", {}), *((f"/hooks/{sender['name']}", challenge) for sender in SENDERS[3:10])]:
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
