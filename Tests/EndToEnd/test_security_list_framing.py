"""The list of published bugs of webhook receivers, the part about bytes on the wire and where they come from.

The rest, and what `see FILE::TEST` means, is in `test_security_list.py`.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import senders
from offboard import Offboard
from raw_http import Connection, chunk, head
from waiting import SANITIZED, wait_until

LEAVER = "avery.stone@example.com"
# The configured limit of a body.
LIMIT = 65_536


def resident(offboard: Offboard) -> int:
    """Resident memory in kilobytes."""
    status = Path(f"/proc/{offboard.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])


# Bodies without an end


def pour(port: int, headers: dict[str, str], parts: Callable[[], bytes], most: int) -> tuple[int, Connection]:
    """Sends a head, then parts until the other side has enough; gives back how many bytes it took."""
    connection = Connection(port)
    connection.send(head("POST", "/hooks/hr", headers))
    sent = 0
    try:
        while sent < most:
            part = parts()
            connection.send(part)
            sent += len(part)
    except OSError:
        pass
    return sent, connection


ENDLESS = {
    "large chunks": lambda: chunk(b"x" * 4096),
    "chunks of a byte": lambda: chunk(b"x") * 200,
    "a chunk's size": lambda: b"0" * 4096,
    "a chunk's extension": lambda: b"1;a=" + b"b" * 4096,
    "extensions": lambda: b"1;" + b"c" * 2000 + b"\r\nx\r\n",
    "trailers": None,
}


@pytest.mark.parametrize("what", ENDLESS)
def test_an_endless_body_ends_at_the_limit(shared, what):
    """Bug: a chunked body, the sizes and extensions of its chunks, or its trailers are read without a bound.

    see test_listener_bounds.py::test_a_chunked_body_over_the_limit_is_cut_off
    see test_listener_bounds.py::test_a_length_over_the_limit_is_refused_at_the_head
    """
    request = senders.departure(LEAVER)
    headers = {**request.headers, "Transfer-Encoding": "chunked"}
    before = (len(shared.deliveries()), resident(shared))
    # What stands beside the bytes of a body is bounded by the deadline alone.
    most = 4 << 30
    for _ in range(2):
        began = time.monotonic()
        parts = ENDLESS[what]
        if what == "trailers":
            first = iter([chunk(request.body) + b"0\r\n"])
            parts = functools.partial(next, first, b"X-Trailer: " + b"y" * 2000 + b"\r\n")
        sent, connection = pour(shared.port, headers, parts, most)
        with connection:
            assert sent < most
            assert connection.is_closed(within=8)
            assert not connection.buffer.startswith(b"HTTP/1.1 2"), connection.buffer
        # The deadline of a body is three seconds.
        assert time.monotonic() - began < 10
    assert len(shared.deliveries()) == before[0]
    assert SANITIZED or resident(shared) - before[1] < 8192, "kilobytes"


def test_a_body_that_never_comes_ends_at_its_deadline(shared):
    """Bug: whoever sends slowly enough keeps a place for ever, and two hundred of them keep all places.

    see test_listener_bounds.py::test_a_slow_body_is_closed_at_its_deadline
    see test_listener_bounds.py::test_a_slow_head_is_closed_at_its_deadline
    With hundreds of slow connections: `Tests/slow-clients`.
    """
    request = senders.departure(LEAVER)
    for headers, part in [
        ({**request.headers, "Content-Length": str(len(request.body))}, b"x"),
        ({**request.headers, "Transfer-Encoding": "chunked"}, chunk(b"x")),
    ]:
        with Connection(shared.port) as connection:
            connection.send(head("POST", request.path, headers))
            began = time.monotonic()

            def is_closed(connection: Connection = connection, part: bytes = part) -> bool:
                try:
                    connection.send(part)
                except OSError:
                    return True
                return connection.is_closed(within=0.2)

            wait_until(is_closed, "it is closed", within=12)
            assert 2.5 < time.monotonic() - began < 8


# Requests inside requests


def smuggled() -> tuple[senders.Request, bytes]:
    """A valid request, as it would stand in another one's body."""
    inner = senders.departure(LEAVER)
    return inner, head("POST", inner.path, inner.headers, length=len(inner.body)) + inner.body


def headers_of(name: str, length: int) -> bytes:
    """The framing of a head whose body could be read in two ways; `length` is that of what is hidden in it."""
    framings = {
        "CL with TE": f"Content-Length: {length + 5}\r\nTransfer-Encoding: chunked\r\n",
        "TE with CL": f"Transfer-Encoding: chunked\r\nContent-Length: {length + 5}\r\n",
        "CL of zero with TE": "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        "a length behind a zero": f"Content-Length: 0\r\nContent-Length: {length}\r\n",
        "a zero behind a length": f"Content-Length: {length}\r\nContent-Length: 0\r\n",
        "two lengths": f"Content-Length: {length}\r\nContent-Length: {length + 1}\r\n",
        "lengths in a list": f"Content-Length: 0, {length}\r\n",
        "a folded length": f"Content-Length: 0\r\n {length}\r\n",
        "a length folded by a tab": f"Content-Length:\r\n\t{length}\r\n",
        "a folded TE": "Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n",
        "another folded header": "X-Fold: a\r\n b\r\nContent-Length: 0\r\n",
        "a blank before the colon": "Content-Length : 0\r\nTransfer-Encoding: chunked\r\n",
        "a blank before TE's colon": f"Transfer-Encoding : chunked\r\nContent-Length: {length}\r\n",
        "TE of another name": f"Transfer-Encoding: xchunked\r\nContent-Length: {length}\r\n",
        "TE twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "TE in a list": "Transfer-Encoding: chunked, identity\r\n",
        "TE with a vertical tab": f"Transfer-Encoding: \x0bchunked\r\nContent-Length: {length}\r\n",
        "a length with a sign": "Content-Length: +0\r\n",
        "a hexadecimal length": f"Content-Length: 0x{length:x}\r\n",
        "a length in other digits": "Content-Length: 0_0\r\n",
        "a zero byte": "Content-Length: 0\0\r\n",
        "a lone line feed in a name": "X-A\n: b\r\nContent-Length: 0\r\n",
    }
    return framings[name].encode("latin-1")


FRAMINGS = [
    "CL with TE",
    "TE with CL",
    "CL of zero with TE",
    "a length behind a zero",
    "a zero behind a length",
    "two lengths",
    "lengths in a list",
    "a folded length",
    "a length folded by a tab",
    "a folded TE",
    "another folded header",
    "a blank before the colon",
    "a blank before TE's colon",
    "TE of another name",
    "TE twice",
    "TE in a list",
    "TE with a vertical tab",
    "a length with a sign",
    "a hexadecimal length",
    "a length in other digits",
    "a zero byte",
    "a lone line feed in a name",
]


@pytest.mark.parametrize("to", ["POST /hooks/hr", "GET /healthz", "POST /nowhere"])
@pytest.mark.parametrize("name", FRAMINGS)
def test_a_request_inside_an_ambiguous_one_is_never_served(shared, name, to):
    """Bug: conflicting lengths, CL with TE, folded headers, a second request behind a zero length. A proxy and we take
    the end of a body for different places, and what one takes for a body the other serves as a request.

    see test_listener.py::test_ambiguous_framing_is_refused_and_the_connection_closed
    Where a refusal keeps the connection: `ConnectionKeepingTests`.
    """
    inner, hidden = smuggled()
    outer = senders.departure("sam.river@example.com")
    lines = [f"{to} HTTP/1.1", "Host: 127.0.0.1"]
    if to.endswith("hr"):
        lines += [f"{key}: {value}" for key, value in outer.headers.items()]
    first = "\r\n".join(lines).encode() + b"\r\n" + headers_of(name, len(hidden)) + b"\r\n"
    before = len(shared.deliveries())
    with Connection(shared.port) as connection:
        connection.send(first + b"0\r\n\r\n" + hidden)
        # Whatever the first one is answered, it is the only answer (the library says it twice at times), and the
        # connection ends.
        assert connection.is_closed(within=8)
        statuses = {int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", connection.buffer)}
        assert statuses <= {200 if to.startswith("GET") else 404 if "nowhere" in to else 400} or statuses <= {400, 413}
        assert b"accepted" not in connection.buffer and b"duplicate" not in connection.buffer
    assert len(shared.deliveries()) == before
    # The hidden one was good: on its own it is accepted.
    assert shared.post(inner).status_code == 202


# Where a request comes from


CLAIMS = [
    [("X-Forwarded-For", "192.0.2.7")],
    [("x-forwarded-for", "192.0.2.7"), ("X-Forwarded-For", "192.0.2.8")],
    [("X-Forwarded-For", "192.0.2.7, 127.0.0.1")],
    [("X-Forwarded-For", "::ffff:192.0.2.7")],
    [("X-Real-IP", "192.0.2.7")],
    [("Forwarded", "for=192.0.2.7")],
    [("Forwarded", 'for="[::ffff:192.0.2.7]"')],
    [("True-Client-IP", "192.0.2.7"), ("CF-Connecting-IP", "192.0.2.7")],
    [("X-Client-IP", "192.0.2.7"), ("X-Cluster-Client-IP", "192.0.2.7"), ("Via", "192.0.2.7")],
    [("X_Forwarded_For", "192.0.2.7")],
]


@pytest.mark.parametrize("trusted", [[], ["127.0.0.2"], ["192.0.2.0/24"], ["::1"]])
def test_what_an_untrusted_peer_says_of_itself_counts_for_nothing(stage, trusted):
    """Bug: `X-Forwarded-For` is believed from anybody, or a proxy's own header of another name is.

    see test_hostile.py::test_the_source_is_what_a_trusted_proxy_says
    """
    ranged = [{**senders.SPELLED_OUT, "preset": "standard-webhooks", "allow_from": ["192.0.2.0/24"]}]
    its = stage(listen={"trusted_proxies": trusted}, senders=ranged)
    request = senders.departure(LEAVER)
    for claim in CLAIMS:
        with Connection(its.offboard.port) as connection:
            answer = connection.request("POST", request.path, [*request.headers.items(), *claim], request.body)
            assert answer.status == 403, claim
    assert its.offboard.deliveries() == []
    if trusted == ["127.0.0.2"]:
        # The trusted one is another address of the same machine; from there the last entry counts, and no other header.
        for claim, status in [(CLAIMS[4], 403), (CLAIMS[6], 403), (CLAIMS[9], 403), (CLAIMS[0], 202)]:
            with Connection(its.offboard.port, source="127.0.0.2") as connection:
                answer = connection.request("POST", request.path, [*request.headers.items(), *claim], request.body)
                assert answer.status == status, claim


@pytest.mark.parametrize(
    ("allowed", "host", "status"),
    [
        # IPv4 at a socket of IPv6 comes as ::ffff:127.0.0.1, and is what it is.
        (["127.0.0.1"], "127.0.0.1", 202),
        (["127.0.0.0/8"], "127.0.0.1", 202),
        (["::ffff:127.0.0.0/104"], "127.0.0.1", 202),
        (["::1"], "::1", 202),
        (["::/64"], "::1", 202),
        # No range of the one holds an address of the other.
        (["::/0"], "127.0.0.1", 403),
        (["0.0.0.0/0"], "::1", 403),
        (["::/96"], "127.0.0.1", 403),
        (["::ffff:0:0/96"], "::1", 403),
        (["128.0.0.0/1"], "127.0.0.1", 403),
        (["::2/127"], "::1", 403),
        (["2001:db8::/32"], "127.0.0.1", 403),
    ],
)
def test_ranges_hold_the_addresses_that_they_say(stage, allowed, host, status):
    """Bug: `::ffff:10.0.0.1` passes for no IPv4 address, `::/0` or a cut-off prefix for all of them.

    see test_hostile.py::test_the_source_is_what_a_trusted_proxy_says
    Every form of an address: `AddressTests` and `NetworkAddressTests`.
    """
    ranged = [{**senders.SPELLED_OUT, "preset": "standard-webhooks", "allow_from": allowed}]
    its = stage(listen={"address": "::"}, senders=ranged, policy={"mode": "dry_run"})
    request = senders.departure(LEAVER)
    with Connection(its.offboard.port, host=host) as connection:
        assert connection.request("POST", request.path, request.headers, request.body).status == status


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        ("2001:db8::7", 202),
        ("2001:DB8:0:0::7", 202),
        ("[2001:db8::7]:443", 202),
        ("::ffff:192.0.2.7", 202),
        ("192.0.2.7:443", 202),
        ("2001:db8:1::7", 403),
        ("2001:db8::7%eth0", 403),
        ("::192.0.2.7", 403),
        ("64:ff9b::192.0.2.7", 403),
        ("192.0.2.07", 403),
        ("0300.0.2.7", 403),
        ("3221225991", 403),
        ("192.0.519", 403),
        ("[2001:db8::7]x", 403),
    ],
)
def test_an_address_behind_a_proxy_is_read_in_one_way_only(stage, entry, status):
    """Bug: octal, shortened and zoned forms of an address that two readers take for two addresses."""
    ranged = [{**senders.SPELLED_OUT, "preset": "standard-webhooks", "allow_from": ["192.0.2.0/24", "2001:db8::/48"]}]
    its = stage(listen={"trusted_proxies": ["127.0.0.0/8"]}, senders=ranged, policy={"mode": "dry_run"})
    request = senders.departure(LEAVER)
    request.headers["X-Forwarded-For"] = entry
    assert its.offboard.post(request).status_code == status


# What strangers make up


def test_names_that_strangers_make_up_leave_nothing_behind(stage):
    """Bug: each path, sender or header that a stranger makes up becomes a label of a metric, a row or a line of log.

    There are no metrics yet; what counts refusals, the log and the store must not grow by names.
    """
    its = stage(policy={"mode": "dry_run"})
    names = iter(range(10**9))

    def make_up(count: int) -> None:
        with Connection(its.offboard.port) as connection:
            for _ in range(count):
                name = f"made-up-{next(names)}"
                headers = {f"X-{name}": name, "User-Agent": name, "webhook-id": name, "Origin": name}
                for method, path in [("POST", f"/hooks/{name}"), ("GET", f"/{name}?{name}")]:
                    assert connection.request(method, path, headers).status == 404
                answer = connection.request("PUT", f"/hooks/hr?{name}", headers)
                assert answer.status == 405
                forged = {**headers, "webhook-timestamp": name, "webhook-signature": f"v1,{name}"}
                assert connection.request("POST", f"/hooks/hr?{name}", forged, b"{}").status == 401

    make_up(300)
    before = (resident(its.offboard), len(its.offboard.log.splitlines()), its.offboard.store.stat().st_size)
    make_up(2500)
    after = (resident(its.offboard), len(its.offboard.log.splitlines()), its.offboard.store.stat().st_size)
    assert SANITIZED or after[0] - before[0] < 4096, "kilobytes"
    # A line a minute for each cause, of which there are few.
    assert after[1] - before[1] < 10
    assert after[2] == before[2]
    assert "made-up" not in its.offboard.log
    assert its.offboard.deliveries() == []
    assert its.offboard.read("senders", "list")
