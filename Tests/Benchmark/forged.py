"""Forged requests refused a second on kept connections, beside another receiver of webhooks.

Usage: forged.py FOLDER_OF_PROGRAMS ROUNDS SECONDS
"""

from __future__ import annotations

import functools
import sys
import tempfile
from pathlib import Path

import bench

WRONG = b"a secret that nobody configured !"
# A record that comes again is as forged as the first time, so that a file need not hold a whole round's.
RECORDS = 100_000


def round_of(url: str, make, seconds: int, round: int) -> dict:
    bench.prepare(bench.PREPARED, functools.partial(make, secret=WRONG), RECORDS, round)
    return bench.wrk(url, seconds, bench.PREPARED, again=True)


def main() -> None:
    programs, rounds, seconds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    our, their = [], []
    with tempfile.TemporaryDirectory(prefix="offboard-bench.") as name:
        scratch = Path(name)
        try:
            with bench.simulator(programs, scratch) as vultr:
                for round in range(rounds):
                    daemon = bench.Daemon(programs, scratch / f"round{round}", vultr)
                    with daemon:
                        our.append(round_of(f"{daemon.url}/hooks/hr", bench.ours, seconds, round))
                    # Every one was refused on a connection that was kept, and nothing was stored.
                    if our[-1]["other_statuses"] != our[-1]["requests"] or daemon.stored():
                        raise SystemExit(f"ours: not every forged request was refused: {our[-1]}")
                    bench.check("ours", our[-1] | {"other_statuses": 0})
                    with bench.other_receiver(scratch) as url:
                        their.append(round_of(url, bench.theirs, seconds, round))
                    # It answers each with 500.
                    bench.check("adnanh/webhook", their[-1] | {"other_statuses": 0})
                    print(
                        f"round {round + 1}: {bench.rate(our[-1:]):.0f}/s beside {bench.rate(their[-1:]):.0f}/s",
                        flush=True,
                    )
        finally:
            bench.PREPARED.unlink(missing_ok=True)

    print(f"\nForged and refused, medians of {rounds} rounds of {seconds} s, wrk -t1 -c64, kept connections:")
    rows = [("", "a second", "p50 ms", "p99 ms")]
    for who, figures in [("vultr-offboard", our), ("adnanh/webhook", their)]:
        times = (f"{bench.median(figures, name):.2f}" for name in ("p50_ms", "p99_ms"))
        rows.append((who, f"{bench.rate(figures):.0f}", *times))
    bench.table(rows)
    print(f"\nRatio: {bench.rate(our) / bench.rate(their):.2f} times as many.")


if __name__ == "__main__":
    main()
