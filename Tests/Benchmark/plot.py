"""The plot of what intake measured, as SVG that reads in light and in dark.

To the left how many were accepted a second, from zero and even; a thin line spans all rounds.
To the right the latency from the median to the 99th percentile, in powers of ten, as its axis says.
"""

from __future__ import annotations

import math
from html import escape

from results import median, number

WIDTH = 900
NAMES = 142
RATES = (NAMES + 8, 400)
TIMES = (RATES[0] + RATES[1] + 48, 280)
TOP = 84
BAR = 18
HEADING = 24
GROUP_GAP = 10
FOOT = 62

STYLE = """
:root { --paper: #ffffff; --ink: #1f2328; --quiet: #59636e; --line: #d1d9e0;
        --one: #0072b2; --two: #c2410c; --three: #00805c; --four: #8b949e; }
@media (prefers-color-scheme: dark) {
:root { --paper: #0d1117; --ink: #e6edf3; --quiet: #9198a1; --line: #30363d;
        --one: #58a6ff; --two: #f0883e; --three: #3fb68b; --four: #8b949e; }
}
text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--ink); }
.title { font-size: 15px; font-weight: 600; }
.heading { font-weight: 600; }
.quiet { fill: var(--quiet); font-size: 11px; }
.end { text-anchor: end; }
.middle { text-anchor: middle; }
.grid { stroke: var(--line); stroke-width: 1; }
.spread { stroke: var(--ink); stroke-width: 1.5; }
.one { fill: var(--one); stroke: var(--one); }
.two { fill: var(--two); stroke: var(--two); }
.three { fill: var(--three); stroke: var(--three); }
.four { fill: none; stroke: var(--four); }
.paper { fill: var(--paper); }
"""
COLOURS = ("one", "two", "three", "four")


def intake(figures: dict[str, dict[int, list[dict]]], caption: str) -> str:
    groups = list(next(iter(figures.values())))
    height = TOP + len(groups) * (HEADING + BAR * len(figures) + GROUP_GAP) + FOOT
    every = [one for by_count in figures.values() for ones in by_count.values() for one in ones]
    most = max(one["a_second"] for one in every)
    step = nice(most * 1.15 / 5)
    rates = Axis(*RATES, low=0, high=step * math.ceil(most * 1.15 / step))
    low = math.floor(math.log10(min(one["p50_ms"] for one in every)))
    high = math.ceil(math.log10(max(one["p99_ms"] for one in every)))
    times = Axis(*TIMES, low=low, high=max(high, low + 1))
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img">',
        "<title>Signed departures accepted a second, and how long an answer takes</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        text(16, 26, "Signed, distinct departures of 1 KB", "title"),
        text(WIDTH - 16, 26, "medians; thin line: least and most of the rounds", "quiet end"),
        text(rates.left, 50, "accepted a second", "heading"),
        text(times.left, 50, "ms until the answer, p50 ● to p99 ▏, powers of ten", "heading"),
    ]
    bottom = height - FOOT
    for value in range(int(rates.high / step) + 1):
        drawn += grid(rates.x(value * step), bottom, f"{value * step:,.0f}")
    for power in range(times.low, times.high + 1):
        drawn += grid(times.x(power), bottom, f"{10.0**power:g}")
    y = TOP
    for group in groups:
        drawn.append(text(16, y + 15, f"{group} at once", "heading"))
        y += HEADING
        for (name, by_count), colour in zip(figures.items(), COLOURS):
            drawn += line_of(name, by_count[group], colour, y, rates, times)
            y += BAR
        y += GROUP_GAP
    drawn += [text(16, height - 26 + 14 * place, part, "quiet") for place, part in enumerate(wrapped(caption, 150))]
    return "\n".join([*drawn, "</svg>", ""])


class Axis:
    def __init__(self, left: int, width: int, low: float, high: float):
        self.left, self.width, self.low, self.high = left, width, low, high

    def x(self, value: float) -> float:
        return self.left + (value - self.low) / (self.high - self.low) * self.width


def line_of(name: str, ones: list[dict], colour: str, y: float, rates: Axis, times: Axis) -> list[str]:
    """One server's bar and latency."""
    rate = median(ones, "a_second")
    least, most = (rates.x(pick(one["a_second"] for one in ones)) for pick in (min, max))
    p50, p99 = (times.x(math.log10(median(ones, figure))) for figure in ("p50_ms", "p99_ms"))
    middle, width = y + BAR / 2, rates.x(rate) - rates.left
    return [
        text(NAMES, middle + 4, name, "end"),
        f'<rect class="{colour}" x="{rates.left}" y="{y + 3}" width="{width:.1f}" height="{BAR - 6}"/>',
        f'<line class="spread" x1="{least:.1f}" x2="{most:.1f}" y1="{middle}" y2="{middle}"/>',
        text(max(most, rates.x(rate)) + 5, middle + 4, number(rate)),
        f'<line class="{colour}" stroke-width="2" x1="{p50:.1f}" x2="{p99:.1f}" y1="{middle}" y2="{middle}"/>',
        f'<circle class="{colour}" cx="{p50:.1f}" cy="{middle}" r="4"/>',
        f'<line class="{colour}" stroke-width="2" x1="{p99:.1f}" x2="{p99:.1f}" y1="{middle - 5}" y2="{middle + 5}"/>',
        text(p99 + 7, middle + 4, f"{number(median(ones, 'p50_ms'))}–{number(median(ones, 'p99_ms'))}", "quiet"),
    ]


def grid(x: float, bottom: float, label: str) -> list[str]:
    return [
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 14}" y2="{bottom}"/>',
        text(x, TOP - 20, label, "quiet middle"),
    ]


def text(x: float, y: float, content: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(content)}</text>'


def nice(step: float) -> float:
    """The next of 1, 2 and 5 times a power of ten."""
    power = 10 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step)


def wrapped(content: str, length: int) -> list[str]:
    lines = [""]
    for word in content.replace("`", "").split():
        if len(lines[-1]) + len(word) >= length:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
