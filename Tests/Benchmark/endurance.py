"""Memory over a million requests: accepted and refused ones.

Usage: endurance.py FOLDER_OF_PROGRAMS [REQUESTS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import bench
import forged

# In one block: so many accepted ones, and about four times as many refused ones behind them.
ACCEPTED = 20_000
# What the caches of a store that grows may still take; more than that in so many requests would be a leak.
ALLOWED_MB = 16


def main() -> None:
    programs = Path(sys.argv[1])
    goal = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    figures: list[tuple[int, int, float]] = []
    answered = accepted = 0
    with tempfile.TemporaryDirectory(prefix="offboard-bench.") as name:
        scratch = Path(name)
        forgery = scratch / "request"
        forged.write_request(forgery, bench.ours)
        try:
            with bench.simulator(programs, scratch) as vultr, bench.Daemon(programs, scratch / "d", vultr) as daemon:
                block = 0
                while answered < goal:
                    bench.prepare(bench.PREPARED, bench.ours, ACCEPTED, block)
                    block += 1
                    # Stops by itself where they end.
                    done = bench.wrk(f"{daemon.url}/hooks/hr", 2, "prepared.lua", bench.PREPARED)
                    accepted += done["requests"] - done["other_statuses"]
                    answered += done["requests"]
                    refused = bench.wrk(f"{daemon.url}/hooks/hr", 2, "fixed.lua", forgery)
                    answered += refused["requests"]
                    time.sleep(0.5)
                    figures.append((answered, accepted, daemon.resident()))
        finally:
            bench.PREPARED.unlink(missing_ok=True)
    rows = [("requests", "accepted", "resident MB")]
    step = max(1, len(figures) // 10)
    rows += [(str(total), str(taken), f"{memory:.1f}") for total, taken, memory in figures[step - 1 :: step]]
    bench.table(rows)
    # After a tenth everything that is kept once is there: caches, pools, prepared statements.
    early = next(memory for total, _, memory in figures if total >= goal / 10)
    grown = figures[-1][2] - early
    holds = grown < ALLOWED_MB
    print(f"Grown since a tenth of them: {grown:+.1f} MB, less than {ALLOWED_MB}: {'yes' if holds else 'NO'}")
    raise SystemExit(0 if holds else 1)


if __name__ == "__main__":
    main()
