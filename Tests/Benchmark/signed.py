"""Departures that are signed before they are sent, each like no other, and the file that wrk reads them from."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

SECRET = b"a secret of the benchmark, 32 b!"
# The same as Standard Webhooks has secrets written.
SECRET_TEXT = "whsec_" + base64.b64encode(SECRET).decode()
BODY_BYTES = 1024
# More than can be sent on a machine that is several times as fast as the one this was written on.
MOST_A_SECOND = 40_000

# What the body says of the time, but for its `Z`.
OCCURRED_AT = "2026-11-24T16:00:00"

Make = Callable[[int, int, int], bytes]


def body(number: int, email: str | None = None) -> bytes:
    """A departure of 1 KB."""
    text = (
        f'{{"id":"evt_{number:09}","type":"employee.departed","timestamp":"{OCCURRED_AT}Z",'
        f'"data":{{"email":"{email or f"person{number:09}@example.com"}","reason":"'
    ).encode()
    end = b'"}}'
    return text + b"x" * (BODY_BYTES - len(text) - len(end)) + end


def standard_webhooks(number: int, now: int, series: int, secret: bytes = SECRET, email: str | None = None) -> bytes:
    """A request as vultr-offboard and the FastAPI service verify it; `series` keeps ids of several files apart."""
    id = f"evt_{series:03}_{number:09}"
    content = body(number, email)
    signed = f"{id}.{now}.".encode() + content
    signature = base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    head = (
        "POST /hooks/hr HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"webhook-id: {id}\r\nwebhook-timestamp: {now}\r\nwebhook-signature: v1,{signature}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def hub_signature(number: int, now: int, series: int, secret: bytes = SECRET) -> bytes:
    """The same body as adnanh/webhook verifies it."""
    content = body(number)
    digest = hmac.digest(secret, content, hashlib.sha256).hex()
    head = (
        "POST /hooks/hr HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={digest}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def parts(request: bytes) -> tuple[dict[str, str], bytes]:
    """The headers and the body, for a client that writes Host and Content-Length itself."""
    head, content = request.split(b"\r\n\r\n", 1)
    fields = dict(line.decode().split(": ", 1) for line in head.split(b"\r\n")[1:])
    return {name: value for name, value in fields.items() if name not in ("Host", "Content-Length")}, content


@contextlib.contextmanager
def prepared(make: Make, count: int, series: int) -> Iterator[Path]:
    """A file of so many requests for `prepared.lua`.

    It lies in memory: hundreds of megabytes on their way to the disk would hold up every fsync that is measured.
    """
    file = Path("/dev/shm") / f"offboard-bench.{os.getpid()}"
    now = int(time.time())
    try:
        with file.open("wb", buffering=1 << 20) as out:
            for number in range(count):
                record = make(number, now, series)
                if number == 0:
                    out.write(b"%08d" % len(record))
                out.write(record)
        yield file
    finally:
        file.unlink(missing_ok=True)
