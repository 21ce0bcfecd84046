"""What the benchmarks share: the servers, the requests that are signed beforehand, wrk, and tables."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import socket
import statistics
import subprocess
import time
from pathlib import Path

SECRET = b"a secret of the benchmark, 32 b!"
# More than a round can send on a machine that is several times as fast as the one this was written on.
MOST_A_SECOND = 40_000
BODY_BYTES = 1024
# In memory: a file of hundreds of megabytes on its way to the disk would hold up every fsync that is measured.
PREPARED = Path("/dev/shm") / f"offboard-bench.{os.getpid()}"
HERE = Path(__file__).resolve().parent


def body(number: int) -> bytes:
    """A departure of 1 KB that is like no other."""
    text = (
        f'{{"id":"evt_{number:09}","type":"employee.departed","timestamp":"2026-11-24T16:00:00Z",'
        f'"data":{{"email":"person{number:09}@example.com","reason":"'
    ).encode()
    end = b'"}}'
    return text + b"x" * (BODY_BYTES - len(text) - len(end)) + end


def ours(number: int, now: int, round: int, secret: bytes = SECRET) -> bytes:
    id = f"evt_{round:03}_{number:09}"
    content = body(number)
    signed = f"{id}.{now}.".encode() + content
    signature = base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    head = (
        "POST /hooks/hr HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"webhook-id: {id}\r\nwebhook-timestamp: {now}\r\nwebhook-signature: v1,{signature}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def theirs(number: int, now: int, round: int, secret: bytes = SECRET) -> bytes:
    content = body(number)
    digest = hmac.digest(secret, content, hashlib.sha256).hex()
    head = (
        "POST /hooks/offboard HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={digest}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def prepare(file: Path, make, count: int, round: int) -> None:
    now = int(time.time())
    with file.open("wb", buffering=1 << 20) as out:
        for number in range(count):
            record = make(number, now, round)
            if number == 0:
                out.write(b"%08d" % len(record))
            out.write(record)


def wrk(url: str, seconds: int, script: str | None = None, file: Path | None = None) -> dict:
    """Loads a URL over 64 kept connections, by GET where there is no script."""
    arguments = ["-s", str(HERE / script), url, "--", str(file)] if script else [url]
    done = subprocess.run(
        ["wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    found = re.search(r"^FIGURES (.*)$", done.stdout, re.MULTILINE)
    if found:
        return json.loads(found[1])
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])
    return {"requests": rate * seconds, "seconds": seconds}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what: str) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"not within 20 s: {what}")
        time.sleep(0.02)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def simulator(programs: Path, scratch: Path):
    """A Vultr with nobody in it; gives its address."""
    state = scratch / "state.yaml"
    state.write_text(
        "organizations: [{id: alpha}]\nusers: []\nkeys: [{name: alpha, secret: K, organization: alpha}]\n"
        "switches: {rate_limit: 0}\n"
    )
    port = scratch / "port"
    process = subprocess.Popen(
        [programs / "vultr-simulator", state, "--port", "0", "--port-file", port],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: port.exists() and port.read_text().strip(), "the simulator")
        yield f"http://127.0.0.1:{port.read_text().strip()}"
    finally:
        end(process)


class Daemon:
    """One daemon on an empty store."""

    def __init__(self, programs: Path, folder: Path, vultr: str):
        folder.mkdir()
        self.programs = programs
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.configuration = folder / "offboard.yaml"
        self.configuration.write_text(
            f"listen: {{port: {self.port}}}\nconsole: {{port: 0}}\nstorage: {{sqlite: offboard.sqlite}}\n"
            f"vultr: {{url: '{vultr}', keys: [{{name: alpha, key: {{env: KEY}}}}]}}\n"
            "senders: [{name: hr, preset: standard-webhooks, secrets: [{env: SECRET}]}]\n"
            "policy: {mode: dry_run}\nlog: {level: warning}\n"
        )
        self.environment = {**os.environ, "KEY": "K", "SECRET": "whsec_" + base64.b64encode(SECRET).decode()}
        self.log = folder / "log"

    def __enter__(self) -> Daemon:
        with self.log.open("wb") as log:
            began = time.monotonic()
            self.process = subprocess.Popen(
                [self.programs / "vultr-offboard", "serve", "--config", self.configuration],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
            )
        wait_for(lambda: listens(self.port), "the daemon")
        self.start_ms = (time.monotonic() - began) * 1000
        self.idle_mb = self.resident()
        return self

    def __exit__(self, *_) -> None:
        end(self.process)

    def resident(self) -> float:
        """Megabytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stored(self) -> int:
        """How many deliveries the store has; asked once the daemon has ended."""
        listed = subprocess.run(
            [self.programs / "vultr-offboard", "deliveries", "--limit", "0", "--json", "--config", self.configuration],
            check=True,
            capture_output=True,
            env=self.environment,
        )
        return listed.stdout.count(b'"received_at"')


@contextlib.contextmanager
def other_receiver(scratch: Path):
    """adnanh/webhook with the same secret and nothing to do; gives the hook's URL."""
    hooks = scratch / "hooks.json"
    rule = {
        "match": {
            "type": "payload-hmac-sha256",
            "secret": SECRET.decode(),
            "parameter": {"source": "header", "name": "X-Hub-Signature-256"},
        }
    }
    hooks.write_text(json.dumps([{"id": "offboard", "execute-command": "/bin/true", "trigger-rule": rule}]))
    port = free_port()
    process = subprocess.Popen(
        ["webhook", "-hooks", hooks, "-ip", "127.0.0.1", "-port", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: listens(port), "adnanh/webhook")
        yield f"http://127.0.0.1:{port}/hooks/offboard"
    finally:
        end(process)


def check(who: str, figures: dict) -> None:
    for trouble in ("other_statuses", "connect", "read", "write", "timeout"):
        if figures[trouble]:
            raise SystemExit(f"{who}: {trouble} {figures[trouble]}: {figures}")


def median(figures: list[dict], name: str) -> float:
    return statistics.median(figure[name] for figure in figures)


def rate(figures: list[dict]) -> float:
    return statistics.median(figure["requests"] / figure["seconds"] for figure in figures)


def table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *rest = (
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths))
        )
        print("  ".join([first, *rest]))
