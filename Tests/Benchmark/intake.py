"""Accepted departures a second, beside another receiver of webhooks and two yardsticks of the machine.

Usage: intake.py FOLDER_OF_PROGRAMS ROUNDS SECONDS
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
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


def ours(number: int, now: int, round: int) -> bytes:
    id = f"evt_{round:03}_{number:09}"
    content = body(number)
    signed = f"{id}.{now}.".encode() + content
    signature = base64.b64encode(hmac.digest(SECRET, signed, hashlib.sha256)).decode()
    head = (
        "POST /hooks/hr HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"webhook-id: {id}\r\nwebhook-timestamp: {now}\r\nwebhook-signature: v1,{signature}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def theirs(number: int, now: int, round: int) -> bytes:
    content = body(number)
    digest = hmac.digest(SECRET, content, hashlib.sha256).hex()
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


def wrk(url: str, seconds: int, prepared: Path | None) -> dict:
    script = ["-s", str(HERE / "prepared.lua")] if prepared else []
    arguments = ["--", str(prepared)] if prepared else []
    done = subprocess.run(
        ["wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", *script, url, *arguments],
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


class Bench:
    def __init__(self, programs: Path, scratch: Path, seconds: int):
        self.programs = programs
        self.scratch = scratch
        self.seconds = seconds
        state = scratch / "state.yaml"
        state.write_text(
            "organizations: [{id: alpha}]\nusers: []\nkeys: [{name: alpha, secret: K, organization: alpha}]\n"
            "switches: {rate_limit: 0}\n"
        )
        self.simulator = subprocess.Popen(
            [programs / "vultr-simulator", state, "--port", "0", "--port-file", scratch / "port"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        wait_for(lambda: (scratch / "port").exists() and (scratch / "port").read_text().strip(), "the simulator")
        self.vultr = f"http://127.0.0.1:{(scratch / 'port').read_text().strip()}"

    def our_round(self, round: int, count: int) -> dict:
        folder = self.scratch / f"round{round}"
        folder.mkdir()
        configuration = folder / "offboard.yaml"
        configuration.write_text(
            "listen: {port: 0}\nstorage: {sqlite: offboard.sqlite}\n"
            f"vultr: {{url: '{self.vultr}', keys: [{{name: alpha, key: {{env: KEY}}}}]}}\n"
            "senders: [{name: hr, preset: standard-webhooks, secrets: [{env: SECRET}]}]\n"
            "policy: {mode: dry_run}\nlog: {level: warning}\n"
        )
        environment = {
            **os.environ,
            "KEY": "K",
            "SECRET": "whsec_" + base64.b64encode(SECRET).decode(),
        }
        configuration.write_text(configuration.read_text().replace("port: 0", f"port: {(port := free_port())}"))
        log = (folder / "log").open("wb")
        began = time.monotonic()
        daemon = subprocess.Popen(
            [self.programs / "vultr-offboard", "serve", "--config", configuration],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        try:
            wait_for(lambda: listens(port), "the daemon")
            started = time.monotonic() - began
            url = f"http://127.0.0.1:{port}"
            idle = resident(daemon.pid)
            bare = wrk(f"{url}/healthz", max(2, self.seconds // 4), None)
            prepared = PREPARED
            prepare(prepared, ours, count, round)
            figures = wrk(f"{url}/hooks/hr", self.seconds, prepared)
            figures |= {
                "start_ms": started * 1000,
                "idle_mb": idle,
                "loaded_mb": resident(daemon.pid),
                "bare_a_second": bare["requests"] / bare["seconds"],
            }
        finally:
            end(daemon)
            log.close()
        listed = subprocess.run(
            [self.programs / "vultr-offboard", "deliveries", "--limit", "0", "--json", "--config", configuration],
            check=True,
            capture_output=True,
            env=environment,
        )
        figures["stored"] = listed.stdout.count(b'"received_at"')
        check("ours", figures)
        # What was under way when wrk stopped may be stored without having been counted.
        if not figures["requests"] <= figures["stored"] <= figures["requests"] + 64:
            raise SystemExit(f"wrk counted {figures['requests']} answers and the store has {figures['stored']}")
        return figures

    def their_round(self, round: int, count: int) -> dict:
        hooks = self.scratch / "hooks.json"
        rule = {
            "match": {
                "type": "payload-hmac-sha256",
                "secret": SECRET.decode(),
                "parameter": {"source": "header", "name": "X-Hub-Signature-256"},
            }
        }
        hooks.write_text(json.dumps([{"id": "offboard", "execute-command": "/bin/true", "trigger-rule": rule}]))
        port = free_port()
        other = subprocess.Popen(
            ["webhook", "-hooks", hooks, "-ip", "127.0.0.1", "-port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(lambda: listens(port), "adnanh/webhook")
            prepared = PREPARED
            prepare(prepared, theirs, count, round)
            figures = wrk(f"http://127.0.0.1:{port}/hooks/offboard", self.seconds, prepared)
        finally:
            end(other)
        check("adnanh/webhook", figures)
        return figures


def check(who: str, figures: dict) -> None:
    for trouble in ("other_statuses", "connect", "read", "write", "timeout"):
        if figures[trouble]:
            raise SystemExit(f"{who}: {trouble} {figures[trouble]}: {figures}")


def resident(process: int) -> float:
    """Megabytes."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def fsyncs_a_second(folder: Path) -> float:
    """How often the disk takes 4 KB for good."""
    with (folder / "fsync").open("wb", buffering=0) as file:
        began = time.monotonic()
        count = 0
        while time.monotonic() - began < 2:
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
            count += 1
        return count / (time.monotonic() - began)


def table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *rest = (
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths))
        )
        print("  ".join([first, *rest]))


def main() -> None:
    programs, rounds, seconds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryDirectory(prefix="offboard-bench.") as name:
        scratch = Path(name)
        fsyncs = fsyncs_a_second(scratch)
        bench = Bench(programs, scratch, seconds)
        our_figures, their_figures = [], []
        try:
            for round in range(rounds):
                our_figures.append(bench.our_round(round, MOST_A_SECOND * seconds))
                their_figures.append(bench.their_round(round, MOST_A_SECOND * seconds // 4))
                rates = [figures[-1]["requests"] / figures[-1]["seconds"] for figures in (our_figures, their_figures)]
                print("round {}: {:.0f}/s beside {:.0f}/s".format(round + 1, *rates), flush=True)
        finally:
            PREPARED.unlink(missing_ok=True)
            end(bench.simulator)

    def middle(figures: list[dict], name: str) -> float:
        return statistics.median(figure[name] for figure in figures)

    def rate(figures: list[dict]) -> float:
        return statistics.median(figure["requests"] / figure["seconds"] for figure in figures)

    print(
        f"\nMedians of {rounds} rounds of {seconds} s, wrk -t1 -c64, distinct signed departures of {BODY_BYTES} bytes:"
    )
    rows = [("", "a second", "p50 ms", "p99 ms", "stored")]
    for who, figures, stored in [
        ("vultr-offboard", our_figures, "every one"),
        ("adnanh/webhook", their_figures, "none"),
    ]:
        rows.append(
            (
                who,
                f"{rate(figures):.0f}",
                f"{middle(figures, 'p50_ms'):.2f}",
                f"{middle(figures, 'p99_ms'):.2f}",
                stored,
            )
        )
    table(rows)
    print(
        f"\nRatio: {rate(our_figures) / rate(their_figures):.2f} times as many; "
        f"p99 {middle(our_figures, 'p99_ms') / middle(their_figures, 'p99_ms'):.2f} times as long."
    )
    print(
        f"Yardsticks: GET /healthz {middle(our_figures, 'bare_a_second'):.0f}/s; "
        f"4 KB written and fsynced {fsyncs:.0f}/s."
    )
    print(
        f"The daemon: {middle(our_figures, 'start_ms'):.0f} ms to listen; "
        f"{middle(our_figures, 'idle_mb'):.0f} MB idle, {middle(our_figures, 'loaded_mb'):.0f} MB after the load."
    )


if __name__ == "__main__":
    main()
