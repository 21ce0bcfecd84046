"""Slow and oversized senders from one address, with valid traffic from another: who is held up, and what it costs.

Usage: hostile.py FOLDER_OF_PROGRAMS SECONDS
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import signed
from daemon import Daemon, Simulator
from results import percentile, table

# Where valid requests come from; the attackers come from 127.0.0.1.
NEIGHBOUR = "127.0.0.2"
SLOW = 500
VALID_A_SECOND = 100
LARGE_BYTES = 64 << 20
LARGE_AT_ONCE = 8


class Valid:
    """Signed departures at an even rate, each timed from when it was due: a stall counts for all that it delays."""

    def __init__(self, port: int):
        self.port = port
        self.number = 0
        self.milliseconds: list[float] = []
        self.failures: list[str] = []
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._due = time.monotonic()
        self._threads = [threading.Thread(target=self._send) for _ in range(8)]
        for thread in self._threads:
            thread.start()

    def _next(self) -> tuple[int, float]:
        with self._lock:
            self.number += 1
            self._due = max(self._due + 1 / VALID_A_SECOND, time.monotonic() - 5)
            return self.number, self._due

    def _send(self) -> None:
        connection = None
        while not self._stop.is_set():
            number, due = self._next()
            wait = due - time.monotonic()
            if wait > 0 and self._stop.wait(wait):
                break
            request = signed.standard_webhooks(number, int(time.time()), os.getpid() % 1000)
            fields, body = signed.parts(request)
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(
                        "127.0.0.1", self.port, timeout=10, source_address=(NEIGHBOUR, 0)
                    )
                connection.request("POST", "/hooks/hr", body, fields)
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except (OSError, http.client.HTTPException) as error:
                connection, status = None, type(error).__name__
            with self._lock:
                if status == 202:
                    self.milliseconds.append((time.monotonic() - due) * 1000)
                else:
                    self.failures.append(str(status))

    def taken(self) -> tuple[list[float], list[str]]:
        """What was measured since this was last asked."""
        with self._lock:
            taken = self.milliseconds, self.failures
            self.milliseconds, self.failures = [], []
            return taken

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


class Resident:
    """The most memory that a process has resident, looked at ten times a second."""

    def __init__(self, daemon: Daemon):
        self.most = daemon.resident()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(daemon,))
        self._thread.start()

    def _look(self, daemon: Daemon) -> None:
        while not self._stop.wait(0.1):
            self.most = max(self.most, daemon.resident())

    def stop(self) -> float:
        self._stop.set()
        self._thread.join()
        return self.most


def slow(url: str, seconds: int) -> str:
    """500 heads and, beside them, 500 bodies that arrive a few bytes at a time."""
    attacks = [
        subprocess.Popen(
            ["slowhttptest", kind, "-c", str(SLOW), "-r", str(SLOW), "-i", "1", "-x", "8", "-l", str(seconds)]
            + ["-p", "5", "-t", "POST", "-u", url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for kind in ("-H", "-B")
    ]
    for attack in attacks:
        attack.wait()
    return f"{SLOW} slow heads and {SLOW} slow bodies"


def large(port: int, seconds: int) -> str:
    """64 MiB bodies without a signature, with a wrong one, of a known length and in chunks without end."""
    until = time.monotonic() + seconds
    signed = "webhook-id: x\r\nwebhook-timestamp: {now}\r\nwebhook-signature: v1,AAAA\r\n"
    piece = b"x" * 65_536
    sent = [0] * LARGE_AT_ONCE
    requests = [0] * LARGE_AT_ONCE

    def send(place: int) -> None:
        chunked, has_signature = place % 2 == 1, place // 2 % 2 == 1
        while time.monotonic() < until:
            framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {LARGE_BYTES}"
            extra = signed.format(now=int(time.time())) if has_signature else ""
            head = f"POST /hooks/hr HTTP/1.1\r\nHost: localhost\r\n{extra}{framing}\r\n\r\n"
            frame = b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece
            requests[place] += 1
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=10) as sender:
                    sender.sendall(head.encode())
                    for _ in range(LARGE_BYTES // len(piece)):
                        sender.sendall(frame)
                        sent[place] += len(piece)
            except OSError:
                # Refused and closed, as it should be.
                continue

    threads = [threading.Thread(target=send, args=(place,)) for place in range(LARGE_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return f"{sum(requests)} bodies of 64 MiB, {LARGE_AT_ONCE} at once, {sum(sent) >> 20} MiB of them sent"


def main() -> None:
    programs, seconds = Path(sys.argv[1]), int(sys.argv[2])
    holds = True
    with tempfile.TemporaryDirectory(prefix="offboard-bench.") as name:
        scratch = Path(name)
        with Simulator(programs, scratch / "vultr") as vultr, Daemon(programs, scratch / "daemon", vultr) as daemon:
            valid = Valid(daemon.port)
            time.sleep(seconds)
            before = daemon.resident()
            rows = [("", "valid", "failed", "p50 ms", "p99 ms", "memory")]

            def note(what: str, most: float) -> bool:
                milliseconds, failures = valid.taken()
                times = (f"{percentile(milliseconds, part):.1f}" for part in (0.5, 0.99))
                rows.append((what, str(len(milliseconds)), str(len(failures)), *times, f"{most - before:+.1f} MiB"))
                return not failures and percentile(milliseconds, 0.99) < 100 and most - before < 16

            holds &= note("nobody else", before)
            for attack in (
                lambda: slow(f"{daemon.url}/hooks/hr", seconds),
                lambda: large(daemon.port, seconds),
            ):
                resident = Resident(daemon)
                what = attack()
                holds &= note(what, resident.stop())
            valid.stop()
            if daemon.process.poll() is not None:
                raise SystemExit("the daemon died")
    print(f"\nValid requests from {NEIGHBOUR}, {VALID_A_SECOND} a second, while from 127.0.0.1 come:")
    table(rows)
    print(f"Every valid one accepted, p99 under 100 ms, memory up by less than 16 MiB: {'yes' if holds else 'NO'}")
    raise SystemExit(0 if holds else 1)


if __name__ == "__main__":
    main()
