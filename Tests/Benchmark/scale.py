"""What changes as the work grows: a million deliveries in the store, a hundred thousand people at Vultr."""

from __future__ import annotations

import statistics
import time
from http.client import HTTPConnection
from urllib.parse import urlencode

import filled_store
import signed
import wrk
from daemon import Daemon, Simulator
from results import Outcome, Row, median, number, table
from server import ask
from settings import Settings
from vultr import State, organizations

USERS, ORGANIZATIONS = 100_000, 1_000
# A daemon that takes longer for one of them, or more memory, is given up.
PATIENCE, MOST_MB = 120, 1_000
# Nothing is let go of while it is measured.
RETENTION = {"bodies": "400d", "cases": "400d"}
# Seconds after which a daemon is idle: its start is over.
SETTLED = 3
# Of each page and each command.
TIMES = 20
PAGES = ("/", "/cases", "/deliveries", "/api/v1/cases", "/api/v1/deliveries", "/metrics")
# The first opens no store: what it costs to start the program and to read the configuration.
COMMANDS = (("senders", "show", "hr"), ("cases",), ("deliveries",))
LISTS = ("page /cases", "command cases")
# A person's patience for a list, and the daemon's for its start, in ms; memory in MB.
ASKED_MS, ASKED_START_MS, ASKED_FULL_START_MS = 50, 100, 1000
ASKED_IDLE, ASKED_LOADED, ASKED_DIRECTORY = 35, 80, 150
ASKED_PART = 0.6


def run(settings: Settings) -> Outcome:
    outcome = Outcome()
    stored(settings, outcome)
    directory(settings, outcome)
    return outcome


def stored(settings: Settings, outcome: Outcome) -> None:
    """Intake, starts, lists and memory with an empty store and with a full one."""
    state = State.nobody()
    for email in [filled_store.PERSON, *(f"colleague{colleague}@example.com" for colleague in range(9))]:
        state.person(email, *state.organizations)
    count = settings.deliveries
    with Simulator(settings.programs, settings.scratch / "scale-vultr", state) as vultr:
        full = Daemon(settings.programs, settings.scratch / "full", vultr, retention=RETENTION)
        began = time.monotonic()
        filled_store.fill(full, count)
        size = full.store.stat().st_size / (1 << 30)
        print(f"{count:,} deliveries and cases written in {time.monotonic() - began:.0f} s: {size:.1f} GB", flush=True)
        began = time.monotonic()
        print(full.command("audit", "verify").decode().strip())
        print(f"the chain was checked in {time.monotonic() - began:.0f} s", flush=True)
        with full:
            lists = listed(full, count)
        figures: dict[str, list[dict]] = {"empty": [], "full": []}
        empties = [
            Daemon(settings.programs, settings.scratch / f"empty{round}", vultr, retention=RETENTION)
            for round in range(settings.rounds)
        ]
        # Before any load, which leaves the full store with work that a daemon goes on with as soon as it starts.
        for empty in empties:
            for name, daemon in [("empty", empty), ("full", full)]:
                figures[name].append(started(daemon))
        for round, empty in enumerate(empties):
            for name, daemon in [("empty", empty), ("full", full)]:
                figures[name][round] |= loaded(settings, daemon, series=round + 1)
            rates = [figures[name][round]["a_second"] for name in figures]
            print(f"round {round + 1}: {rates[1]:.0f}/s beside {rates[0]:.0f}/s with an empty store", flush=True)
    rows = [("", "a second", "p50 ms", "p99 ms", "start ms", "idle MB", "without code", "most MB")]
    for name, its in figures.items():
        columns = ("a_second", "p50_ms", "p99_ms", "start_ms", "idle_mb", "own_mb", "loaded_mb")
        rows.append((name, *(f"{median(its, column):.1f}" for column in columns)))
    table(rows)
    part = median(figures["full"], "a_second") / median(figures["empty"], "a_second")
    starts = [median(figures[name], "start_ms") for name in figures]
    idle, own, most = (
        max(median(its, name) for its in figures.values()) for name in ("idle_mb", "own_mb", "loaded_mb")
    )
    print(f"Accepted with {count:,} stored: {part:.2f} of an empty store.")
    slowest = max(lists[name] for name in LISTS)
    outcome.rows += [
        Row(
            f"accepted a second with {count:,} stored, 64 at once",
            f"{number(median(figures['full'], 'a_second'))} ({part:.2f} of empty)",
            asked=f"{ASKED_PART:g} of empty",
            holds=part >= ASKED_PART,
        ),
        Row(
            f"case list page / `cases` with {count:,} cases",
            " / ".join(f"{lists[name]:.0f} ms" for name in LISTS),
            asked=f"under {ASKED_MS} ms",
            holds=slowest < ASKED_MS,
        ),
        Row(
            f"start to ready, empty / with {count:,}",
            " / ".join(f"{start:.0f} ms" for start in starts),
            asked=f"under {ASKED_START_MS} ms / under {ASKED_FULL_START_MS} ms",
            holds=starts[0] < ASKED_START_MS and starts[1] < ASKED_FULL_START_MS,
        ),
        Row(
            "memory, idle / most under load",
            f"{idle:.0f} ({own:.0f} without mapped code) / {most:.0f} MB",
            asked=f"{ASKED_IDLE} / {ASKED_LOADED} MB",
            holds=idle <= ASKED_IDLE and most <= ASKED_LOADED,
        ),
    ]


def started(daemon: Daemon) -> dict:
    with daemon:
        time.sleep(SETTLED)
        return {
            "start_ms": daemon.start_ms,
            "idle_mb": daemon.resident(),
            "own_mb": daemon.resident("RssAnon"),
        }


def loaded(settings: Settings, daemon: Daemon, series: int) -> dict:
    """In either store there is more work left behind than can be done beside the load."""
    with (
        daemon,
        signed.prepared(signed.standard_webhooks, signed.MOST_A_SECOND * settings.seconds, series) as requests,
    ):
        figures = wrk.load(f"{daemon.url}/hooks/hr", settings.seconds, 64, "prepared.lua", requests)
        wrk.check(daemon.name, figures)
        return figures | {"loaded_mb": daemon.resident("VmHWM")}


def listed(daemon: Daemon, count: int) -> dict[str, float]:
    """Milliseconds that lists take, medians; the longest are printed beside them."""
    if (known := sum(daemon.cases().values())) < count:
        raise SystemExit(f"the store was to have {count} cases and has {known}")
    token = daemon.token()
    form = urlencode({"token": token}).encode()
    entered = ask(daemon.console, "POST", "/login", form, {"Content-Type": "application/x-www-form-urlencoded"})
    cookie = entered.headers["Set-Cookie"].split(";")[0]
    connection = HTTPConnection("127.0.0.1", daemon.console, timeout=60)
    taken: dict[str, list[float]] = {}
    rows = 0
    for path in PAGES:
        who = {"Authorization": f"Bearer {token}"} if path.startswith("/api/") else {"Cookie": cookie}
        for _ in range(TIMES):
            began = time.monotonic()
            connection.request("GET", path, headers=who)
            answer = connection.getresponse()
            page = answer.read()
            taken.setdefault(f"page {path}", []).append((time.monotonic() - began) * 1000)
            if answer.status != 200:
                raise SystemExit(f"{path} was answered with {answer.status}")
        if path == "/cases":
            rows = page.count(b"<tr")
    connection.close()
    if rows < 20:
        raise SystemExit(f"the page /cases lists only {rows} cases")
    for command in COMMANDS:
        for _ in range(TIMES):
            began = time.monotonic()
            daemon.command(*command)
            taken.setdefault(f"command {' '.join(command)}", []).append((time.monotonic() - began) * 1000)
    rows = [("lists", "median ms", "longest ms")]
    rows += [(name, f"{statistics.median(its):.1f}", f"{max(its):.1f}") for name, its in taken.items()]
    table(rows)
    return {name: statistics.median(its) for name, its in taken.items()}


def directory(settings: Settings, outcome: Outcome) -> None:
    """One departure in dry run while Vultr has 100,000 users and 1,000 organizations."""
    everywhere = organizations(ORGANIZATIONS)
    one = State(everywhere, generate={"organizations": ORGANIZATIONS, "users": USERS, "every_user_in": "first 1"})
    each = State(everywhere).key_each()
    for user in range(USERS):
        each.person(f"person{user + 1}@example.com", everywhere[user % ORGANIZATIONS])
    shown, holds = [], True
    for name, state in [("one key for all", one.key_for_all()), ("a key each", each)]:
        folder = settings.scratch / f"directory{len(shown)}"
        with (
            Simulator(settings.programs, settings.scratch / f"{folder.name}-vultr", state) as vultr,
            Daemon(settings.programs, folder, vultr, rate=1000) as daemon,
        ):
            time.sleep(SETTLED)
            idle = daemon.resident()
            fields, body = signed.parts(
                signed.standard_webhooks(1, int(time.time()), 0, email=f"person{USERS // 2}@example.com")
            )
            began = time.monotonic()
            if ask(daemon.port, "POST", "/hooks/hr", body, fields).status != 202:
                raise SystemExit("the departure was not accepted")
            while not (is_done := daemon.cases().get("completed") == 1):
                if time.monotonic() - began > PATIENCE or daemon.resident() > MOST_MB:
                    break
                time.sleep(0.1)
            taken, peak = time.monotonic() - began, daemon.resident("VmHWM")
            calls = len(vultr.calls())
            if not is_done:
                daemon.kill()
        ended = "was completed after" if is_done else "was NOT completed, and was given up after"
        print(
            f"{USERS:,} users, {ORGANIZATIONS:,} organizations, {name}: one departure {ended} {taken:.1f} s and "
            f"{calls} calls; {idle:.0f} MB before, {peak:.0f} MB at most",
            flush=True,
        )
        shown.append(f"{peak:,.0f} MB" if is_done else f"not completed, {peak:,.0f} MB")
        holds &= is_done and peak <= ASKED_DIRECTORY
    outcome.rows.append(
        Row(
            f"memory at most, {USERS:,} users in {ORGANIZATIONS:,} organizations, one key / a key each",
            " / ".join(shown),
            asked=f"{ASKED_DIRECTORY} MB",
            holds=holds,
        )
    )
