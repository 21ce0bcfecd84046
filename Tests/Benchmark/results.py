"""What a run comes to: rows of one table, and the file that it is written to."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Row:
    """One thing that was measured, with what others came to and what was asked for."""

    what: str
    ours: str
    webhook: str = ""
    fastapi: str = ""
    asked: str = ""
    # Whether it is as was asked; None where nothing was.
    holds: bool | None = None

    def cells(self) -> tuple[str, ...]:
        verdict = {None: "", True: ": yes", False: ": **no**"}[self.holds]
        return (self.what, self.ours, self.webhook, self.fastapi, self.asked + verdict)


@dataclass
class Outcome:
    """What one part of the benchmark found."""

    rows: list[Row] = field(default_factory=list)
    # For the plot.
    figures: dict = field(default_factory=dict)
    # What stands below the table: sentences.
    conditions: list[str] = field(default_factory=list)
    # What is wrong whatever the machine: these end the command with 1.
    failures: list[str] = field(default_factory=list)


HEAD = ("", "vultr-offboard", "adnanh/webhook", "FastAPI, SQLite", "asked")


def markdown(rows: list[Row], conditions: list[str]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in [HEAD, ("---",) * len(HEAD), *(row.cells() for row in rows)]]
    return "\n".join([*lines, "", *(f"- {condition}" for condition in conditions), ""])


def table(rows: list[tuple[str, ...]]) -> None:
    """Prints rows in columns, the first to the left and the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *rest = (
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths))
        )
        print("  ".join([first, *rest]).rstrip(), flush=True)


def median(figures: list[dict], name: str) -> float:
    return statistics.median(figure[name] for figure in figures)


def percentile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def number(value: float) -> str:
    """With three digits that count and marks between thousands."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    print(f"written: {folder / name}", flush=True)
