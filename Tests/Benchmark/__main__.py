"""The benchmarks as one command; `Tests/bench` installs what it needs and runs it."""

from __future__ import annotations

import argparse
import datetime
import tempfile
import time
from pathlib import Path

import endurance
import forged
import intake
import machine
import plot
import results
import revocation
import scale
from settings import Settings

PARTS = {
    "intake": intake,
    "forged": forged,
    "revocation": revocation,
    "scale": scale,
    "endurance": endurance,
}


def arguments() -> argparse.Namespace:
    about = "Measures, prints, and writes a table (results.md) and a plot (intake.svg) into a folder."
    parser = argparse.ArgumentParser(prog="Tests/bench", description=about)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all of them by default")
    parser.add_argument("--rounds", type=int, default=5, help="of each load (5)")
    parser.add_argument("--seconds", type=int, default=4, help="of each load (4)")
    parser.add_argument("--deliveries", type=int, default=1_000_000, help="in the full store (1000000)")
    parser.add_argument("--results", type=Path, required=True, help="the folder (.build-bench/results)")
    parser.add_argument(
        "--programs", type=Path, required=True, help="the folder of the built programs (.build/release)"
    )
    parser.add_argument("--python", type=Path, required=True, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if unknown := [part for part in given.parts if part not in PARTS]:
        parser.error(f"no part {unknown[0]}; there are {', '.join(PARTS)}")
    if min(given.rounds, given.seconds, given.deliveries) < 1:
        parser.error("at least one round of one second, and one delivery")
    return given


def main() -> None:
    given = arguments()
    began = time.monotonic()
    busy = machine.busy_parts()
    outcomes: dict[str, results.Outcome] = {}
    with tempfile.TemporaryDirectory(prefix="offboard-bench.") as name:
        scratch = Path(name)
        description = machine.description(scratch)
        print(f"{description}; others keep {busy:.1f} cores busy", flush=True)
        for part in given.parts or PARTS:
            print(f"\n== {part}\n", flush=True)
            settings = Settings(given.programs, given.python, scratch, given.rounds, given.seconds, given.deliveries)
            outcomes[part] = PARTS[part].run(settings)
    today = datetime.date.today().isoformat()
    minutes = (time.monotonic() - began) / 60
    conditions = [
        f"{today}, `Tests/bench {' '.join(given.parts)}`".rstrip("` ").rstrip() + "`: "
        f"medians of {given.rounds} rounds of {given.seconds} s, {minutes:.1f} minutes. {description}; "
        f"before it began others kept {busy:.1f} cores busy."
    ]
    for outcome in outcomes.values():
        conditions += outcome.conditions
    rows = [row for outcome in outcomes.values() for row in outcome.rows]
    print()
    results.write(given.results, "results.md", results.markdown(rows, conditions))
    if "intake" in outcomes:
        results.write(given.results, "intake.svg", plot.intake(outcomes["intake"].figures, conditions[0]))
    missed = [row.what for row in rows if row.holds is False]
    failures = [failure for outcome in outcomes.values() for failure in outcome.failures]
    print(f"As was asked: {sum(row.holds is True for row in rows)}; not: {'; '.join(missed) or 'none'}.")
    for failure in failures:
        print(f"WRONG: {failure}")
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()
