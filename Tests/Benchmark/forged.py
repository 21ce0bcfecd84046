"""Forged requests refused a second on kept connections, beside another receiver of webhooks.

Usage: forged.py FOLDER_OF_PROGRAMS ROUNDS SECONDS
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import bench

WRONG = b"a secret that nobody configured !"


def write_request(file: Path, make) -> None:
    """One forged request: it is as forged the next time, and wrk has nothing to do for each."""
    head, body = make(1, int(time.time()), 0, secret=WRONG).split(b"\r\n\r\n", 1)
    fields = [field for field in head.split(b"\r\n")[1:] if not field.startswith((b"Host:", b"Content-Length:"))]
    file.write_bytes(b"\n".join(fields) + b"\n\n" + body)


def main() -> None:
    programs, rounds, seconds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    our, their = [], []
    with tempfile.TemporaryDirectory(prefix="offboard-bench.") as name:
        scratch = Path(name)
        request = scratch / "request"
        with bench.simulator(programs, scratch) as vultr:
            for round in range(rounds):
                write_request(request, bench.ours)
                daemon = bench.Daemon(programs, scratch / f"round{round}", vultr)
                with daemon:
                    our.append(bench.wrk(f"{daemon.url}/hooks/hr", seconds, "fixed.lua", request))
                # Every one was refused on a connection that was kept, and nothing was stored.
                if our[-1]["other_statuses"] != our[-1]["requests"] or daemon.stored():
                    raise SystemExit(f"ours: not every forged request was refused: {our[-1]}")
                bench.check("ours", our[-1] | {"other_statuses": 0})
                write_request(request, bench.theirs)
                with bench.other_receiver(scratch) as url:
                    their.append(bench.wrk(url, seconds, "fixed.lua", request))
                # It answers each with 500.
                bench.check("adnanh/webhook", their[-1] | {"other_statuses": 0})
                print(
                    f"round {round + 1}: {bench.rate(our[-1:]):.0f}/s beside {bench.rate(their[-1:]):.0f}/s",
                    flush=True,
                )

    print(f"\nForged and refused, medians of {rounds} rounds of {seconds} s, wrk -t1 -c64, kept connections:")
    rows = [("", "a second", "p50 ms", "p99 ms")]
    for who, figures in [("vultr-offboard", our), ("adnanh/webhook", their)]:
        times = (f"{bench.median(figures, name):.2f}" for name in ("p50_ms", "p99_ms"))
        rows.append((who, f"{bench.rate(figures):.0f}", *times))
    bench.table(rows)
    print(f"\nRatio: {bench.rate(our) / bench.rate(their):.2f} times as many.")


if __name__ == "__main__":
    main()
