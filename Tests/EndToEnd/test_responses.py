"""What every sender is answered, whatever it sends: the status it wants, no word that switches it off, odd headers."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator

import pytest

import senders
from handshakers import ENVIRONMENT, SENDERS, TOKEN, ask, code, is_unauthorized, plain, serving, timed
from offboard import Offboard
from raw_http import Answer, Connection, check_headers
from waiting import wait_until


@pytest.fixture(scope="module")
def offboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offboard]:
    yield from serving(tmp_path_factory.mktemp("responses"))


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
    its = stage(senders=SENDERS[:2], policy={"mode": "dry_run"}, start=False)
    its.offboard.environment |= ENVIRONMENT
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


def test_a_header_makes_a_repetition_new_only_where_nothing_signs_the_body(offboard):
    body = json.dumps({"id": senders.new_id()}).encode()

    def post(sender: str, headers: dict[str, str]) -> list[int]:
        states = ["update", "other", "update"]
        return [ask(offboard, "POST", f"/hooks/{sender}", {**headers, "X-State": s}, body).status for s in states]

    assert post("labelled", plain(body)) == [202, 200, 200]
    assert post("trusted", {"X-Token": TOKEN}) == [202, 202, 200]


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


@pytest.mark.parametrize(
    "timestamp",
    ["", " ", "-5", "+5", "1e9", "0x10", "now", "9" * 17, "1" * 5000, "\xb2", "{now}000", "{now}.0", "{now} "],
)
def test_an_empty_oversized_or_odd_timestamp_is_401_even_where_it_is_signed(offboard, timestamp):
    timestamp = timestamp.replace("{now}", str(int(time.time())))
    signature = "v0=" + code(b"v0:" + timestamp.encode() + b":{}")
    headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
    assert is_unauthorized(ask(offboard, "POST", "/hooks/slack", headers, b"{}"))


def test_a_repeated_credential_timestamp_or_state_is_400(offboard):
    for path, headers in [
        ("/hooks/okta", [("Authorization", TOKEN), ("Authorization", TOKEN)]),
        ("/hooks/google", [("X-Goog-Channel-Token", TOKEN), ("X-Goog-Channel-Token", "x")]),
        (
            "/hooks/google",
            [("X-Goog-Channel-Token", TOKEN), ("X-Goog-Resource-State", "sync"), ("X-Goog-Resource-State", "delete")],
        ),
        ("/hooks/slack", [*timed(b"{}", "X-Slack").items(), ("X-Slack-Request-Timestamp", str(int(time.time())))]),
    ]:
        with Connection(offboard.port) as connection:
            answer = connection.request("POST", path, headers, b"{}")
            assert (answer.status, json.loads(answer.body)) == (400, {"error": "bad_request"})
            assert connection.is_closed()


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
