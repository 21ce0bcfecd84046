"""Accepted departures a second, beside another receiver of webhooks and two yardsticks of the machine.

Usage: intake.py FOLDER_OF_PROGRAMS ROUNDS SECONDS
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import bench


def our_round(programs: Path, scratch: Path, vultr: str, round: int, seconds: int) -> dict:
    daemon = bench.Daemon(programs, scratch / f"round{round}", vultr)
    with daemon:
        bare = bench.wrk(f"{daemon.url}/healthz", max(2, seconds // 4))
        bench.prepare(bench.PREPARED, bench.ours, bench.MOST_A_SECOND * seconds, round)
        figures = bench.wrk(f"{daemon.url}/hooks/hr", seconds, "prepared.lua", bench.PREPARED)
        figures |= {
            "start_ms": daemon.start_ms,
            "idle_mb": daemon.idle_mb,
            "loaded_mb": daemon.resident(),
            "bare_a_second": bare["requests"] / bare["seconds"],
        }
    stored = daemon.stored()
    bench.check("ours", figures)
    # What was under way when wrk stopped may be stored without having been counted.
    if not figures["requests"] <= stored <= figures["requests"] + 64:
        raise SystemExit(f"wrk counted {figures['requests']} answers and the store has {stored}")
    return figures


def their_round(scratch: Path, round: int, seconds: int) -> dict:
    with bench.other_receiver(scratch) as url:
        bench.prepare(bench.PREPARED, bench.theirs, bench.MOST_A_SECOND * seconds // 4, round)
        figures = bench.wrk(url, seconds, "prepared.lua", bench.PREPARED)
    bench.check("adnanh/webhook", figures)
    return figures


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


def main() -> None:
    programs, rounds, seconds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    our, their = [], []
    with tempfile.TemporaryDirectory(prefix="offboard-bench.") as name:
        scratch = Path(name)
        fsyncs = fsyncs_a_second(scratch)
        try:
            with bench.simulator(programs, scratch) as vultr:
                for round in range(rounds):
                    our.append(our_round(programs, scratch, vultr, round, seconds))
                    their.append(their_round(scratch, round, seconds))
                    print(
                        f"round {round + 1}: {bench.rate(our[-1:]):.0f}/s beside {bench.rate(their[-1:]):.0f}/s",
                        flush=True,
                    )
        finally:
            bench.PREPARED.unlink(missing_ok=True)

    print(
        f"\nAccepted, medians of {rounds} rounds of {seconds} s, wrk -t1 -c64, distinct signed departures of "
        f"{bench.BODY_BYTES} bytes:"
    )
    rows = [("", "a second", "p50 ms", "p99 ms", "stored")]
    for who, figures, stored in [("vultr-offboard", our, "every one"), ("adnanh/webhook", their, "none")]:
        rows.append(
            (
                who,
                f"{bench.rate(figures):.0f}",
                f"{bench.median(figures, 'p50_ms'):.2f}",
                f"{bench.median(figures, 'p99_ms'):.2f}",
                stored,
            )
        )
    bench.table(rows)
    print(
        f"\nRatio: {bench.rate(our) / bench.rate(their):.2f} times as many; "
        f"p99 {bench.median(our, 'p99_ms') / bench.median(their, 'p99_ms'):.2f} times as long."
    )
    print(
        f"Yardsticks: GET /healthz {bench.median(our, 'bare_a_second'):.0f}/s; 4 KB written and fsynced {fsyncs:.0f}/s."
    )
    print(
        f"The daemon: {bench.median(our, 'start_ms'):.0f} ms to listen; "
        f"{bench.median(our, 'idle_mb'):.0f} MB idle, {bench.median(our, 'loaded_mb'):.0f} MB after the load."
    )


if __name__ == "__main__":
    main()
