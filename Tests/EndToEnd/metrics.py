"""What `GET /metrics` shows, read by code of its own."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import httpx

from offboard import Offboard

LINE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')


def console(offboard: Offboard) -> str:
    """Where the console listens, as the last daemon said."""
    ready = [json.loads(line) for line in offboard.log_file.read_text().splitlines() if '"ready"' in line]
    return ready[-1]["console"]


@dataclass
class Metrics:
    text: str
    content_type: str
    # By name, then by labels.
    series: dict[str, dict[tuple[tuple[str, str], ...], float]] = field(default_factory=dict)

    @classmethod
    def of(cls, offboard: Offboard) -> "Metrics":
        answer = httpx.get(f"{console(offboard)}/metrics", trust_env=False, timeout=30)
        assert answer.status_code == 200, answer
        metrics = cls(answer.text, answer.headers["content-type"])
        for line in answer.text.splitlines():
            if line.startswith("#"):
                continue
            match = LINE.match(line)
            assert match, line
            name, labels, value = match.groups()
            found = LABEL.findall(labels or "")
            assert ",".join(f'{key}="{text}"' for key, text in found) == (labels or ""), line
            metrics.series.setdefault(name, {})[tuple(sorted(found))] = float(value)
        return metrics

    def value(self, name: str, **labels: str) -> float | None:
        return self.series.get(name, {}).get(tuple(sorted(labels.items())))

    def sum(self, name: str, **labels: str) -> float:
        """Of all series that have these labels among theirs."""
        wanted = set(labels.items())
        return sum(value for found, value in self.series.get(name, {}).items() if wanted <= set(found))

    @property
    def count(self) -> int:
        return sum(len(series) for series in self.series.values())
