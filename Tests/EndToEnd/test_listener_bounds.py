"""The listener's bounds: sizes, absolute deadlines, and TLS."""

from __future__ import annotations

import ssl
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import senders
from raw_http import Connection, check_headers, chunk, head, is_kept
from senders import departure as signed
from waiting import wait_until
from world import three_organizations

AVERY = "avery.stone@example.com"
# The configured limit of a body.
LIMIT = 65536


def test_a_length_over_the_limit_is_refused_at_the_head(shared):
    request = signed(AVERY)
    with Connection(shared.port) as connection:
        connection.send(head("POST", request.path, request.headers, length=LIMIT + 1))
        answer = connection.answer()
        assert answer.status == 413
        check_headers(answer)
        assert connection.is_closed()


def test_a_body_of_exactly_the_limit_is_accepted(shared):
    body = senders.event("avery.stone@example.com", reason="")
    body = senders.event("avery.stone@example.com", reason="x" * (LIMIT - len(body)))
    assert len(body) == LIMIT
    assert shared.post(senders.standard(body)).status_code == 202


def test_a_chunked_body_over_the_limit_is_cut_off(shared):
    request = signed(AVERY)
    with Connection(shared.port) as connection:
        connection.send(head("POST", request.path, {**request.headers, "Transfer-Encoding": "chunked"}))
        try:
            for _ in range(LIMIT // 1024 + 64):
                connection.send(chunk(b"x" * 1024))
        except OSError:
            pass
        assert connection.is_closed(within=2)
        assert not connection.buffer.startswith(b"HTTP/1.1 2")


# Deadlines are absolute, so a byte now and then does not help.


def test_a_slow_head_is_closed_at_its_deadline(shared):
    with Connection(shared.port) as connection:
        began = time.monotonic()
        connection.send(b"POST /hooks/hr HTTP/1.1\r\n")
        drip(connection, b"X: y\r\n")
        assert 1.5 < time.monotonic() - began < 6


def test_a_slow_body_is_closed_at_its_deadline(shared):
    request = signed(AVERY)
    with Connection(shared.port) as connection:
        began = time.monotonic()
        connection.send(head("POST", request.path, request.headers, length=5000))
        drip(connection, b"x")
        assert 2.5 < time.monotonic() - began < 8


def drip(connection: Connection, bytes: bytes) -> None:
    """Sends a little, again and again, until the other side closes."""

    def closed() -> bool:
        try:
            connection.send(bytes)
        except OSError:
            return True
        return connection.is_closed(within=0.1)

    wait_until(closed, "the connection is closed", within=12)
    assert connection.buffer == b"" or b" 408 " in connection.buffer.split(b"\r\n")[0]


def test_a_connection_that_says_nothing_is_closed(shared):
    with Connection(shared.port) as connection:
        assert connection.is_closed(within=8)


def test_the_deadline_of_a_head_starts_anew_on_a_kept_connection(shared):
    with Connection(shared.port) as connection:
        assert is_kept(connection)
        began = time.monotonic()
        assert connection.is_closed(within=8)
        assert time.monotonic() - began > 1.5


# TLS


def test_tls_from_files(stage, tmp_path: Path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    its = stage(listen={"tls": {"certificate": str(certificate), "key": str(key)}}, policy={"mode": "dry_run"})
    context = ssl.create_default_context(cafile=str(certificate))
    request = signed(AVERY)
    with Connection(its.offboard.port, tls=context) as connection:
        assert connection.request("POST", request.path, request.headers, request.body).status == 202
    with Connection(its.offboard.port) as connection:
        connection.send(head("GET", "/healthz"))
        assert connection.is_closed()
        assert b" 200 " not in connection.buffer


# Budgets


def test_bodies_beyond_the_budget_are_answered_503_and_accepted_later(stage):
    its = stage(
        three_organizations(None),
        listen={"max_body_bytes": 4000, "body_budget_bytes": 6000},
        policy={"mode": "dry_run"},
    )
    first, second = (senders.departure(AVERY, reason="x" * 3500) for _ in range(2))
    with Connection(its.offboard.port) as slow, Connection(its.offboard.port) as other:
        # 100 says that the head was read and its part of the budget taken; without it either could be the first.
        expecting = [*dict(first.headers).items(), ("Expect", "100-continue")]
        slow.send(head("POST", first.path, expecting, length=len(first.body)))
        slow.await_continue()
        slow.send(first.body[:100])

        def is_refused() -> bool:
            with Connection(its.offboard.port) as connection:
                connection.send(head("POST", second.path, second.headers, length=len(second.body)))
                answer = connection.answer()
                check_headers(answer)
                assert answer.header("retry-after").isdigit()
                return answer.status == 503

        wait_until(is_refused, "the budget is used up")
        # Whoever needs no body is served.
        assert is_kept(other)
        slow.send(first.body[100:])
        assert slow.answer().status == 202
    wait_until(lambda: its.offboard.post(second).status_code == 202, "the budget is free again")


def test_one_address_gets_its_share_of_connections(stage):
    its = stage(listen={"connections_per_address": 4}, policy={"mode": "dry_run"})
    with ExitStack() as stack:
        connections = [stack.enter_context(Connection(its.offboard.port)) for _ in range(4)]
        assert all(is_kept(connection) for connection in connections)
        with Connection(its.offboard.port) as fifth:
            try:
                fifth.send(head("GET", "/healthz"))
            except OSError:
                pass
            assert fifth.is_closed()
            assert b" 200 " not in fifth.buffer
        assert all(is_kept(connection) for connection in connections)
    wait_until(lambda: its.offboard.post(senders.departure(AVERY)).status_code == 202, "there is room again")
