"""Every row of the listener's table, with bytes that no client would send and answers judged to the letter."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone

import pytest

import senders
from raw_http import Connection, check_headers, chunk, head, is_kept
from senders import departure as signed
from waiting import wait_until

UNAUTHORIZED = b'{"error":"unauthorized"}'
AVERY = "avery.stone@example.com"
# The configured limit of a body.
LIMIT = 65536


# Accepted and duplicate


def test_a_new_delivery_is_accepted_and_its_repetition_named_a_duplicate(shared):
    request = signed(AVERY)
    with Connection(shared.port) as connection:
        first = connection.request("POST", request.path, request.headers, request.body)
        again = connection.request("POST", request.path, request.headers, request.body)
        assert is_kept(connection)
    check_headers(first)
    check_headers(again)
    assert first.status == 202
    id = json.loads(first.body)["delivery"]
    assert first.body == b'{"status":"accepted","delivery":"%s"}' % id.encode()
    assert again.status == 200
    assert again.body == b'{"status":"duplicate","delivery":"%s"}' % id.encode()


def test_a_chunked_body_is_as_good_as_any(shared):
    request = signed(AVERY)
    with Connection(shared.port) as connection:
        connection.send(head("POST", request.path, {**request.headers, "Transfer-Encoding": "chunked"}))
        for start in range(0, len(request.body), 7):
            connection.send(chunk(request.body[start : start + 7]))
        connection.send(b"0\r\n\r\n")
        assert connection.answer().status == 202


def test_a_body_in_pieces_is_as_good_as_any(shared):
    request = signed(AVERY)
    with Connection(shared.port) as connection:
        connection.send(head("POST", request.path, request.headers, length=len(request.body)))
        for start in range(0, len(request.body), 11):
            connection.send(request.body[start : start + 11])
        assert connection.answer().status == 202


def test_a_duplicate_is_known_even_when_its_timestamp_is_stale_by_now(stage):
    # A tolerance of seconds makes a request stale while the test runs.
    short = [
        {
            "name": "hr",
            "preset": "standard-webhooks",
            "secrets": [{"env": "HR_SECRET"}],
            "timestamp": {"tolerance": "2s"},
        }
    ]
    its = stage(senders=short, policy={"mode": "dry_run"})
    request = signed(AVERY)
    first = its.offboard.post(request)
    assert first.status_code == 202
    signed_at = int(request.headers["webhook-timestamp"])
    wait_until(lambda: time.time() > signed_at + 4, "the timestamp is stale")
    again = its.offboard.post(request)
    assert (again.status_code, again.json()["delivery"]) == (200, first.json()["delivery"])
    # Stale and never seen: refused.
    late = senders.standard(senders.event("sam.river@example.com"), at=datetime.fromtimestamp(signed_at, timezone.utc))
    assert its.offboard.post(late).status_code == 401


# Refused for the signature


def altered(**headers: str | None) -> senders.Request:
    request = signed(AVERY)
    for name, value in headers.items():
        name = name.replace("_", "-")
        if value is None:
            del request.headers[name]
        else:
            request.headers[name] = value
    return request


def wrong_requests() -> dict[str, senders.Request]:
    now = datetime.now(timezone.utc)
    other_body = signed(AVERY)
    other_body.body = senders.event("somebody.else@example.com")
    good = signed(AVERY).headers["webhook-signature"]
    other_id = signed(AVERY)
    other_id.headers["webhook-id"] = senders.new_id()
    other_time = signed(AVERY)
    other_time.headers["webhook-timestamp"] = str(int(time.time()) + 1)
    body = senders.event("avery.stone@example.com")
    return {
        "another secret": senders.standard(body, secret=senders.SVIX_SECRET),
        "another body": other_body,
        "another id": other_id,
        "another timestamp": other_time,
        "a stale timestamp": senders.standard(body, at=now - timedelta(minutes=6)),
        "a future timestamp": senders.standard(body, at=now + timedelta(minutes=6)),
        "no timestamp": altered(webhook_timestamp=None),
        "an empty timestamp": altered(webhook_timestamp=""),
        "a timestamp with a sign": altered(webhook_timestamp="+" + str(int(time.time()))),
        "a negative timestamp": altered(webhook_timestamp="-1"),
        "a fractional timestamp": altered(webhook_timestamp=f"{time.time():.3f}"),
        "a huge timestamp": altered(webhook_timestamp="9" * 40),
        "a hexadecimal timestamp": altered(webhook_timestamp=hex(int(time.time()))),
        "no id": altered(webhook_id=None),
        "an empty signature": altered(webhook_signature=""),
        "a signature without its prefix": altered(webhook_signature=good.removeprefix("v1,")),
        "a signature of another version": altered(webhook_signature="v2," + good.removeprefix("v1,")),
        "half a signature": altered(webhook_signature=good[:20]),
        "no base64": altered(webhook_signature="v1,%%%%"),
        "a prefix alone": altered(webhook_signature="v1,"),
        "many wrong signatures": altered(webhook_signature=" ".join(["v1,AAAA"] * 50)),
    }


@pytest.mark.parametrize("name", wrong_requests().keys())
def test_every_wrong_signature_gets_the_same_answer(shared, name):
    request = wrong_requests()[name]
    with Connection(shared.port) as connection:
        answer = connection.request("POST", request.path, request.headers, request.body)
        assert (answer.status, answer.body) == (401, UNAUTHORIZED)
        check_headers(answer)
        assert is_kept(connection), "a 401 after a body that was read keeps the connection"


def test_a_right_signature_beside_wrong_ones_counts(shared):
    request = signed(AVERY)
    request.headers["webhook-signature"] = "v1,AAAA v2,BBBB " + request.headers["webhook-signature"]
    assert shared.post(request).status_code == 202


def test_a_missing_signature_is_refused_at_the_head(shared):
    with Connection(shared.port) as connection:
        connection.send(head("POST", "/hooks/hr", {"webhook-id": "evt_1"}, length=1000))
        answer = connection.answer()
        assert (answer.status, answer.body) == (401, UNAUTHORIZED)
        check_headers(answer)
        assert connection.is_closed()


def test_a_stranger_cannot_tell_a_wrong_secret_from_a_stale_timestamp(shared):
    answers = []
    for name in ("another secret", "a stale timestamp", "no id", "a prefix alone"):
        request = wrong_requests()[name]
        with Connection(shared.port) as connection:
            answer = connection.request("POST", request.path, request.headers, request.body)
            answers.append((answer.status, answer.body, [pair for pair in answer.headers if pair[0].lower() != "date"]))
    assert all(answer == answers[0] for answer in answers)


# Framing


@pytest.mark.parametrize(
    "extra",
    [
        [("Transfer-Encoding", "chunked"), ("Content-Length", "5")],
        [("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
        [("Content-Length", "5"), ("Content-Length", "5")],
        [("Content-Length", "0"), ("Content-Length", "5")],
        [("Content-Length", "5, 5")],
        [("Content-Length", "+5")],
        [("Content-Length", "-5")],
        [("Content-Length", "0x5")],
        [("Content-Length", "")],
        [("Transfer-Encoding", "gzip")],
        [("Transfer-Encoding", "gzip, chunked")],
        [("Transfer-Encoding", "xchunked")],
        [("Transfer-Encoding", "identity")],
        [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")],
    ],
)
def test_ambiguous_framing_is_refused_and_the_connection_closed(shared, extra):
    request = signed(AVERY)
    with Connection(shared.port) as connection:
        connection.send(head("POST", request.path, [*request.headers.items(), *extra]) + b"hello")
        assert connection.answer().status == 400
        assert connection.is_closed()


@pytest.mark.parametrize("name", ["webhook-signature", "webhook-id", "webhook-timestamp"])
@pytest.mark.parametrize("same", [True, False])
def test_a_repeated_header_of_the_signature_is_refused(shared, name, same):
    request = signed(AVERY)
    twice = [*request.headers.items(), (name.title(), request.headers[name] if same else "1")]
    with Connection(shared.port) as connection:
        answer = connection.request("POST", request.path, twice, request.body)
        assert answer.status == 400
        check_headers(answer)
        assert connection.is_closed()


@pytest.mark.parametrize(
    "bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x00" * 64 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_does_no_harm(shared, bytes):
    with Connection(shared.port, timeout=8) as connection:
        connection.send(bytes)
        assert connection.is_closed()
    assert shared.post(signed(AVERY)).status_code == 202


def test_a_head_without_end_is_refused(shared):
    with Connection(shared.port) as connection:
        try:
            connection.send(b"POST /hooks/hr HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            for number in range(4000):
                connection.send(b"X-Filler-%d: %s\r\n" % (number, b"x" * 100))
        except OSError:
            return
        assert connection.answer().status in (400, 413, 431)


# Paths and methods


@pytest.mark.parametrize(
    "path",
    ["/hooks/nobody", "/hooks/", "/hooks", "/", "/hooks/hr/", "/hooks/hr/x", "/HOOKS/hr", "/hooks/HR", "//hooks/hr"],
)
def test_other_paths_are_not_found(shared, path):
    request = signed(AVERY)
    with Connection(shared.port) as connection:
        answer = connection.request("POST", path, request.headers, request.body)
        assert answer.status == 404
        check_headers(answer)
    with Connection(shared.port) as connection:
        assert connection.request("GET", path).status == 404
        assert is_kept(connection), "a 404 without a body keeps the connection"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "GET", "TRACE", "PROPFIND"])
def test_another_method_on_a_senders_path_is_not_allowed(shared, method):
    with Connection(shared.port) as connection:
        answer = connection.request(method, "/hooks/hr")
        assert answer.status == 405
        assert answer.header("allow") == "POST"
        assert answer.header("cache-control") == "no-store"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_and_readiness(shared, path):
    with Connection(shared.port) as connection:
        answer = connection.request("GET", path)
        assert answer.status == 200
        check_headers(answer)
        refused = connection.request("POST", path, body=b"")
        assert refused.status == 405
        assert "GET" in refused.header("allow")


def test_a_query_does_not_change_the_path(shared):
    request = signed(AVERY)
    with Connection(shared.port) as connection:
        assert connection.request("POST", request.path + "?a=b", request.headers, request.body).status in (202, 404)


# The order of the checks


def test_the_checks_come_in_order(shared):
    both = [("Transfer-Encoding", "chunked"), ("Content-Length", "99999999")]
    twice = [("webhook-signature", "v1,x"), ("webhook-signature", "v1,x")]
    long = [("Content-Length", str(LIMIT + 1))]
    rows = [
        ("PUT", "/hooks/nobody", both, 404),
        ("PUT", "/hooks/hr", both, 405),
        ("POST", "/hooks/hr", both + twice, 400),
        ("POST", "/hooks/hr", twice + long, 400),
        ("POST", "/hooks/hr", long, 401),
        ("POST", "/hooks/hr", [("webhook-signature", "v1,x"), *long], 413),
    ]
    for method, path, headers, status in rows:
        with Connection(shared.port) as connection:
            connection.send(head(method, path, headers))
            assert connection.answer().status == status, (method, path, headers)


def test_a_source_outside_the_range_is_forbidden_before_anything_is_read(stage):
    ranged = [
        {
            "name": "hr",
            "preset": "standard-webhooks",
            "secrets": [{"env": "HR_SECRET"}],
            "allow_from": ["192.0.2.0/24"],
        }
    ]
    its = stage(senders=ranged, policy={"mode": "dry_run"})
    request = signed(AVERY)
    with Connection(its.offboard.port) as connection:
        connection.send(head("POST", request.path, request.headers, length=LIMIT * 100))
        assert connection.answer().status == 403
    with Connection(its.offboard.port) as connection:
        assert connection.request("PUT", request.path).status == 405
