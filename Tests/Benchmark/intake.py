"""Accepted departures a second and their latency, beside other receivers and beside the limits of the machine.

Every request is signed, distinct and 1 KB. What counts as accepted must be in the store of whoever stores.
"""

from __future__ import annotations

import machine
import signed
import wrk
from daemon import Daemon, Simulator
from receivers import FastAPI, Webhook
from results import Outcome, Row, median, number, table
from settings import Settings

AT_ONCE = (1, 16, 64)
OURS, WEBHOOK, FASTAPI, NO_WORK = "vultr-offboard", Webhook.name, FastAPI.name, "listener, no work"
# Prepared for each; these are as far from what they can do.
MOST_A_SECOND = {OURS: signed.MOST_A_SECOND, WEBHOOK: 12_000, FASTAPI: 12_000}
MOST_A_SECOND_ALONE = 10_000
# Accepted a second, 64 at once.
ASKED = {WEBHOOK: 3.5, FASTAPI: 10.0, NO_WORK: 0.3}

Figures = dict[str, dict[int, list[dict]]]


class Rounds:
    """Everybody's rounds, each with a new server and an empty store."""

    def __init__(self, settings: Settings, vultr: Simulator):
        self.settings = settings
        self.vultr = vultr
        self.figures: Figures = {name: {count: [] for count in AT_ONCE} for name in (*MOST_A_SECOND, NO_WORK)}
        self.fsyncs: list[float] = []
        self.hmacs: list[float] = []
        self._series = 0
        self._way = FastAPI.WAYS[0]

    def choose_way(self) -> str:
        """Has the FastAPI service run in the way in which it accepts most on this machine; says which."""
        taken = {}
        for way in FastAPI.WAYS:
            self._series += 1
            self._way = way
            taken[way] = self._one(FASTAPI, AT_ONCE[-1])["a_second"]
        self._way = max(taken, key=taken.get)
        tried = ", ".join(f"{rate:.0f}/s ({way[0]}, {way[1]})" for way, rate in taken.items())
        return (
            f"The FastAPI service ran with {self._way[0]} processes and commits in {self._way[1]}, the best of "
            f"{tried} at {AT_ONCE[-1]} at once."
        )

    def play(self, round: int) -> None:
        self.fsyncs.append(machine.fsyncs_a_second(self.settings.scratch))
        self.hmacs.append(machine.hmacs_a_second())
        names = list(MOST_A_SECOND)
        for at_once in AT_ONCE:
            # Nobody is always first, when the machine is rested.
            for name in names[round % len(names) :] + names[: round % len(names)]:
                self._series += 1
                self.figures[name][at_once].append(self._one(name, at_once))
            print(
                f"round {round + 1}, {at_once:2} at once: "
                + ", ".join(f"{name} {self.figures[name][at_once][-1]['a_second']:.0f}/s" for name in self.figures),
                flush=True,
            )

    def _one(self, name: str, at_once: int) -> dict:
        folder = self.settings.scratch / f"intake{self._series}"
        seconds = self.settings.seconds
        make = signed.hub_signature if name == WEBHOOK else signed.standard_webhooks
        most = MOST_A_SECOND_ALONE if at_once == 1 else MOST_A_SECOND[name]
        server = {
            OURS: lambda: Daemon(self.settings.programs, folder, self.vultr),
            WEBHOOK: lambda: Webhook(folder),
            FASTAPI: lambda: FastAPI(self.settings.python, folder, self._way),
        }[name]()
        with server, signed.prepared(make, most * seconds, self._series) as requests:
            if name == OURS:
                nothing = wrk.load(f"{server.url}/healthz", seconds / 2, at_once)
                wrk.check(NO_WORK, nothing)
                self.figures[NO_WORK][at_once].append(nothing)
            figures = wrk.load(f"{server.url}/hooks/hr", seconds, at_once, "prepared.lua", requests)
        wrk.check(name, figures)
        if isinstance(server, Daemon | FastAPI):
            stored = server.stored()
            # What was under way when wrk stopped may be stored without having been counted.
            if not figures["requests"] <= stored <= figures["requests"] + at_once:
                raise SystemExit(f"{name}: wrk counted {figures['requests']} answers and the store has {stored}")
        return figures


def run(settings: Settings) -> Outcome:
    with Simulator(settings.programs, settings.scratch / "intake") as vultr:
        rounds = Rounds(settings, vultr)
        way = rounds.choose_way()
        print(way, flush=True)
        for round in range(settings.rounds):
            rounds.play(round)
    figures = rounds.figures
    rows = [("at once", "who", "a second", "p50 ms", "p99 ms", "ours beside it")]
    for at_once in AT_ONCE:
        ours = median(figures[OURS][at_once], "a_second")
        for name in figures:
            its = figures[name][at_once]
            rate, *times = (median(its, figure) for figure in ("a_second", "p50_ms", "p99_ms"))
            rows.append((str(at_once), name, f"{rate:.0f}", *(f"{time:.2f}" for time in times), f"{ours / rate:.2f}"))
    print(f"\nAccepted, medians of {settings.rounds} rounds of {settings.seconds} s:")
    table(rows)
    fsyncs, hmacs = (median([{"": value} for value in values], "") for values in (rounds.fsyncs, rounds.hmacs))
    limits = (
        f"4 KB written and fsynced {fsyncs:,.0f} times a second, HMAC-SHA256 of 1 KB {hmacs:,.0f} times on one core"
    )
    print(f"The machine's limits in the same run: {limits}.")
    return Outcome(rows=table_rows(figures), figures=figures, conditions=[f"Limits of the machine: {limits}.", way])


def table_rows(figures: Figures) -> list[Row]:
    rows = []
    for at_once in AT_ONCE:
        ours = median(figures[OURS][at_once], "a_second")
        others = {name: median(figures[name][at_once], "a_second") for name in (WEBHOOK, FASTAPI)}
        row = Row(
            f"accepted a second, {at_once} at once",
            number(ours),
            *(f"{number(rate)} ({ours / rate:.1f}×)" for rate in others.values()),
        )
        if at_once == 64:
            row.asked = " and ".join(f"{ASKED[name]:g}×" for name in others)
            row.holds = all(ours / rate >= ASKED[name] for name, rate in others.items())
        rows.append(row)
    for at_once in AT_ONCE:
        times = [
            " / ".join(number(median(figures[name][at_once], figure)) for figure in ("p50_ms", "p99_ms"))
            for name in (OURS, WEBHOOK, FASTAPI)
        ]
        rows.append(Row(f"p50 / p99 in ms, {at_once} at once", *times))
    part = median(figures[OURS][64], "a_second") / median(figures[NO_WORK][64], "a_second")
    rows.append(
        Row(
            "accepted for each answer to `GET /healthz`, 64 at once",
            f"{part:.2f}",
            asked=f"{ASKED[NO_WORK]:g}",
            holds=part >= ASKED[NO_WORK],
        )
    )
    return rows
