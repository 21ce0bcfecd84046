"""Memory over a million requests: accepted and refused ones."""

from __future__ import annotations

import time

import forged
import signed
import wrk
from daemon import Daemon, Simulator
from results import Outcome, Row, table
from settings import Settings

REQUESTS = 1_000_000
# In one block: so many accepted ones, and about four times as many refused ones behind them.
ACCEPTED = 20_000
# What the caches of a store that grows may still take; more than that in so many requests would be a leak.
ALLOWED_MB = 16


def run(settings: Settings) -> Outcome:
    figures: list[tuple[int, int, float]] = []
    answered = accepted = 0
    folder = settings.scratch / "endurance"
    with (
        Simulator(settings.programs, settings.scratch / "endurance-vultr") as vultr,
        Daemon(settings.programs, folder, vultr) as daemon,
    ):
        forgery = folder / "request"
        forged.write_request(forgery, signed.standard_webhooks)
        while answered < REQUESTS:
            with signed.prepared(signed.standard_webhooks, ACCEPTED, len(figures)) as requests:
                # Stops by itself where they end.
                done = wrk.load(f"{daemon.url}/hooks/hr", 2, 64, "prepared.lua", requests)
            accepted += done["requests"] - done["other_statuses"]
            wrk.check("accepting", done, "other_statuses")
            refused = wrk.load(f"{daemon.url}/hooks/hr", 2, 64, "fixed.lua", forgery)
            wrk.check("refusing", refused, "other_statuses")
            answered += done["requests"] + refused["requests"]
            time.sleep(0.5)
            figures.append((answered, accepted, daemon.resident()))
    stored = daemon.stored()
    # What was under way when wrk stopped may be stored without having been counted.
    if not 0 < accepted <= stored <= accepted + 64 * len(figures):
        raise SystemExit(f"{accepted} were accepted and the store has {stored}")
    rows = [("requests", "accepted", "resident MB")]
    step = max(1, len(figures) // 10)
    rows += [(str(total), str(taken), f"{memory:.1f}") for total, taken, memory in figures[step - 1 :: step]]
    table(rows)
    # After a tenth everything that is kept once is there: caches, pools, prepared statements.
    early = next(memory for total, _, memory in figures if total >= REQUESTS / 10)
    grown = figures[-1][2] - early
    holds = grown < ALLOWED_MB
    print(f"Grown since a tenth of them: {grown:+.1f} MB, less than {ALLOWED_MB}: {'yes' if holds else 'NO'}")
    return Outcome(
        rows=[
            Row(
                f"memory grown over {REQUESTS:,} requests, accepted and refused",
                f"{grown:+.1f} MB",
                asked=f"less than {ALLOWED_MB} MB",
                holds=holds,
            )
        ],
        failures=[] if holds else [f"memory grew by {grown:.1f} MB"],
    )
