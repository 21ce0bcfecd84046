"""Forged requests refused a second on kept connections, beside another receiver of webhooks."""

from __future__ import annotations

import time
from pathlib import Path

import signed
import wrk
from daemon import Daemon, Simulator
from receivers import Webhook
from results import Outcome, Row, median, number, table
from settings import Settings

WRONG = b"a secret that nobody configured !"
ASKED = 3.0


def write_request(file: Path, make: signed.Make) -> None:
    """One forged request: it is as forged the next time, and wrk has nothing to do for each."""
    fields, body = signed.parts(make(1, int(time.time()), 0, secret=WRONG))
    head = "".join(f"{name}: {value}\n" for name, value in fields.items())
    file.write_bytes(head.encode() + b"\n" + body)


def our_round(settings: Settings, vultr: Simulator, folder: Path) -> dict:
    folder.mkdir()
    request = folder / "request"
    write_request(request, signed.standard_webhooks)
    with Daemon(settings.programs, folder, vultr) as daemon:
        figures = wrk.load(f"{daemon.url}/hooks/hr", settings.seconds, 64, "fixed.lua", request)
    # Every one was refused on a connection that was kept, and nothing was stored.
    if figures["other_statuses"] != figures["requests"] or daemon.stored():
        raise SystemExit(f"ours: not every forged request was refused: {figures}")
    wrk.check("ours", figures, "other_statuses")
    return figures


def their_round(settings: Settings, folder: Path) -> dict:
    folder.mkdir()
    request = folder / "request"
    write_request(request, signed.hub_signature)
    with Webhook(folder) as webhook:
        figures = wrk.load(f"{webhook.url}/hooks/hr", settings.seconds, 64, "fixed.lua", request)
    # It answers each with 500.
    if figures["other_statuses"] != figures["requests"]:
        raise SystemExit(f"{webhook.name}: not every forged request was refused: {figures}")
    wrk.check(webhook.name, figures, "other_statuses")
    return figures


def run(settings: Settings) -> Outcome:
    ours, theirs = [], []
    with Simulator(settings.programs, settings.scratch / "forged") as vultr:
        for round in range(settings.rounds):
            ours.append(our_round(settings, vultr, settings.scratch / f"forged-ours{round}"))
            theirs.append(their_round(settings, settings.scratch / f"forged-theirs{round}"))
            print(f"round {round + 1}: {ours[-1]['a_second']:.0f}/s beside {theirs[-1]['a_second']:.0f}/s", flush=True)
    print(f"\nForged and refused, medians of {settings.rounds} rounds of {settings.seconds} s, 64 kept connections:")
    rows = [("", "a second", "p50 ms", "p99 ms")]
    for who, figures in [("vultr-offboard", ours), (Webhook.name, theirs)]:
        rate, *times = (median(figures, name) for name in ("a_second", "p50_ms", "p99_ms"))
        rows.append((who, f"{rate:.0f}", *(f"{time:.2f}" for time in times)))
    table(rows)
    our, their = median(ours, "a_second"), median(theirs, "a_second")
    print(f"Ratio: {our / their:.2f} times as many.")
    row = Row(
        "forged requests refused a second, 64 at once",
        number(our),
        f"{number(their)} ({our / their:.1f}×)",
        asked=f"{ASKED:g}×",
        holds=our / their >= ASKED,
    )
    return Outcome(rows=[row])
