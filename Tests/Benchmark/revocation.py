"""How long it takes until somebody is out of every organization, and how many calls of the API that costs.

All of it is judged by the simulator's own log, which has the time at which each call arrived.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from math import ceil

import signed
from daemon import Daemon, Simulator
from results import Outcome, Row
from server import wait_for
from settings import Settings
from vultr import State, organizations

LATENCY_MS = 50
ROWS_A_PAGE = 500
# No limit stops anybody here.
ENFORCE = {"mode": "enforce", "limits": [{"people": 100_000, "per": "1h"}], "fraction_of_organization": 1.0}


def run(settings: Settings) -> Outcome:
    outcome = Outcome()
    for what, state in [
        ("a key each", State(organizations(20)).key_each()),
        ("one key for all", State(organizations(20)).key_for_all()),
    ]:
        one_by_one(settings, what, state, outcome)
    reduction(settings, outcome)
    wave(settings, outcome)
    return outcome


class Company:
    """A simulated Vultr and a daemon that removes people from it."""

    def __init__(self, settings: Settings, name: str, state: State, rate: int):
        state.latency_ms = LATENCY_MS
        self.state = state
        self.vultr = Simulator(settings.programs, settings.scratch / f"{name}-vultr", state)
        self.folder = settings.scratch / name
        self.programs = settings.programs
        self.rate = rate
        self._sent = 0

    def __enter__(self) -> Company:
        self.vultr.__enter__()
        self.daemon = Daemon(self.programs, self.folder, self.vultr, rate=self.rate, policy=ENFORCE)
        self.daemon.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.daemon.__exit__(*error)
        self.vultr.__exit__(*error)

    def departs(self, email: str) -> float:
        """Tells the daemon that somebody left; gives the time just before."""
        self._sent += 1
        record = signed.standard_webhooks(self._sent, int(time.time()), 0, email=email)
        fields, body = signed.parts(record)
        connection = HTTPConnection("127.0.0.1", self.daemon.port, timeout=60)
        at = time.time()
        connection.request("POST", "/hooks/hr", body, fields)
        answer = connection.getresponse()
        connection.close()
        if answer.status != 202:
            raise SystemExit(f"a departure was answered with {answer.status}")
        return at

    def completed(self, count: int, within: float) -> None:
        """Waits until so many cases are completed."""
        wait_for(lambda: self.daemon.cases().get("completed", 0) == count, f"{count} cases are completed", within, 0.05)

    def check(self, memberships: int) -> list[dict]:
        """The calls of the API, after it was looked that each membership was ended by one DELETE."""
        calls = self.vultr.calls()
        deletes = Counter((call["organization"], call["user"]) for call in calls if call["method"] == "DELETE")
        applied = sum(call["applied"] for call in calls if call["method"] == "DELETE")
        if len(deletes) != memberships or applied != memberships or set(deletes.values()) != {1}:
            raise SystemExit(f"{memberships} memberships, {deletes.total()} DELETEs, of which {applied} took effect")
        return calls


def one_by_one(settings: Settings, what: str, state: State, outcome: Outcome) -> None:
    """From the webhook to the last DELETE, with a rate that stops nothing."""
    leavers = [f"leaver{number}@example.com" for number in range(10)]
    for number, organization in enumerate(state.organizations):
        for colleague in range(9):
            state.person(f"colleague{colleague}.{number}@example.com", organization)
    ids = [state.person(email, *state.organizations) for email in leavers]
    times: list[float] = []
    with Company(settings, f"one-by-one-{len(state.keys)}", state, rate=1000) as company:
        for number, email in enumerate(leavers):
            at = company.departs(email)
            company.completed(number + 1, within=30)
            last = max(call["at"] for call in company.vultr.calls() if call["user"] == ids[number])
            times.append((last - at) * 1000)
        calls = company.check(len(leavers) * len(state.organizations))
    first, others = times[0], times[1:]
    median, most = statistics.median(others), max(others)
    print(
        f"{len(state.organizations)} organizations, {what}, {LATENCY_MS} ms an answer, from the webhook until the last "
        f"DELETE arrives: {median:.0f} ms ({median / LATENCY_MS:.2f} round trips), at most {most:.0f} ms "
        f"({most / LATENCY_MS:.2f}); the first after the start {first:.0f} ms; until its answer {LATENCY_MS} ms more; "
        f"{len(calls) / len(leavers):.0f} calls a person, each with the proof.",
        flush=True,
    )
    outcome.rows.append(
        Row(
            f"webhook to last DELETE, {len(state.organizations)} organizations, {what}, {LATENCY_MS} ms an answer",
            f"{median / LATENCY_MS:.2f} round trips (at most {most / LATENCY_MS:.2f})",
            asked="within 3",
            holds=most / LATENCY_MS <= 3,
        )
    )


class Calls:
    """What a log of calls comes to, beside the fewest that the API and the rules of the README allow.

    A reading of a key with one organization is its organizations, its users (a call for every 500) and its suspended
    users. A removal needs one reading to plan from and one that proves it; who leaves together can share both. Once
    there is each key's owner, who is protected, and its invitations, which could bring somebody back:

        least = 2 × readings of every key + memberships + keys (owner) + keys (invitations)
    """

    def __init__(self, calls: list[dict], state: State, memberships: int):
        ends = [call["path"].rsplit("/", 1)[1] for call in calls if call["method"] == "GET"]
        self.all = len(calls)
        self.deletes = self.all - len(ends)
        self.kinds = Counter(ends)
        # A page that is not the first has a cursor.
        is_first = [
            call for call in calls if call["path"] == "/v2/organizations" and "cursor=" not in (call["query"] or "")
        ]
        readings = Counter(call["key"] for call in is_first)
        self.readings = max(readings.values())
        people = Counter(organization for user in state.users for organization in user["organizations"])
        # The owner of the key, a service user, stands in its list, too.
        self.reading_calls = sum(2 + ceil((people[key["organization"]] + 1) / ROWS_A_PAGE) for key in state.keys)
        self.least = 2 * self.reading_calls + memberships + 2 * len(state.keys)
        self.refused = sum(call["status"] == 429 for call in calls)
        self.seconds = max(call["at"] for call in calls) - min(call["at"] for call in calls)
        # The first call begins the time and is none that was waited for.
        self.a_second = (self.all - 1) / self.seconds
        self.most_a_second = most_in_a_second([call["at"] for call in calls])
        # Runs of DELETEs between two readings of the first key: the people of one run share what was read before it.
        self.batches = 0
        is_running = False
        for call in calls:
            if call["method"] == "DELETE":
                self.batches += not is_running
                is_running = True
            elif call["path"] == "/v2/organizations" and call["key"] == state.keys[0]["name"]:
                is_running = False

    def show(self) -> None:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))
        print(
            f"  {self.all} calls in {self.seconds:.1f} s: {self.deletes} DELETE, {kinds}; {self.readings} readings of "
            f"{self.reading_calls} calls\n  least: {self.least}; answered 429: {self.refused}; "
            f"most in any second: {self.most_a_second}",
            flush=True,
        )


def most_in_a_second(times: list[float]) -> int:
    times = sorted(times)
    first = most = 0
    for last, at in enumerate(times):
        while at - times[first] >= 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def reduction(settings: Settings, outcome: Outcome) -> None:
    """200 people leave at once, each out of 3 of 60 organizations, at the rate that Vultr is asked with by default."""
    count, each, rate = 200, 3, 20
    state = State(organizations(60)).key_each()
    for number, organization in enumerate(state.organizations):
        for colleague in range(20):
            state.person(f"colleague{colleague}.{number}@example.com", organization)
    for number in range(count):
        places = [state.organizations[(number * each + place) % 60] for place in range(each)]
        state.person(f"leaver{number}@example.com", *places)
    with Company(settings, "reduction", state, rate) as company:
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(company.departs, [f"leaver{number}@example.com" for number in range(count)]))
        company.completed(count, within=600)
        calls = Calls(company.check(count * each), state, count * each)
    print(f"\n{count} people leave {each} of 60 organizations each, at {rate} calls a second:")
    calls.show()
    used = calls.a_second / rate
    print(f"  {used:.1%} of the rate used")
    outcome.rows += [
        Row(
            f"rate used, {count} leavers in 60 organizations, {rate} a second",
            f"{used:.1%}",
            asked="95 %",
            holds=used >= 0.95,
        ),
        Row("answers of 429 there", str(calls.refused), asked="none", holds=not calls.refused),
        Row(
            "calls there beside the fewest possible",
            f"{calls.all} / {calls.least}",
            asked="the fewest",
            holds=calls.all <= calls.least,
        ),
    ]
    outcome.conditions.append(
        f"The fewest calls: {count * each} memberships + 2 readings × {calls.reading_calls} (each key's organizations, "
        f"users and suspended users) + 60 owners + 60 lists of invitations = {calls.least}."
    )
    if calls.refused:
        outcome.failures.append(f"{calls.refused} calls were refused with 429")


def wave(settings: Settings, outcome: Outcome) -> None:
    """1,000 people leave within a minute, one after the other."""
    count, seconds, rate = 1000, 60, 20
    state = State(organizations(5)).key_each()
    for number in range(2 * count):
        state.person(f"person{number}@example.com", state.organizations[number % 5])
    with Company(settings, "wave", state, rate) as company:
        began = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            told = []
            for number in range(count):
                time.sleep(max(0.0, began + number * seconds / count - time.monotonic()))
                told.append(pool.submit(company.departs, f"person{number}@example.com"))
            for one in told:
                one.result()
        company.completed(count, within=600)
        calls = Calls(company.check(count), state, count)
    print(f"\n{count} people leave within {seconds} s, 5 organizations with a key each, at {rate} calls a second:")
    calls.show()
    print(
        f"  {calls.readings} readings for {calls.batches} batches (runs of DELETEs between two readings): one for "
        f"{count / calls.readings:.0f} people; {calls.a_second / rate:.1%} of the rate used"
    )
    outcome.rows.append(
        Row(
            f"directory readings for {count:,} departures in a minute, beside batches",
            f"{calls.readings} / {calls.batches}",
            asked="one a batch, and the proof of the last",
            holds=calls.readings <= calls.batches + 1,
        )
    )
    if calls.refused:
        outcome.failures.append(f"{calls.refused} calls were refused with 429")
