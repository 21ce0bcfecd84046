"""Load by wrk: one thread, kept connections, and what it measured."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
TROUBLES = ("other_statuses", "connect", "read", "write", "timeout")


def load(
    url: str, seconds: float, connections: int = 64, script: str = "figures.lua", file: Path | None = None
) -> dict:
    """Loads a URL; by GET, where no other script says what is sent."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "10s", "-s", HERE / script, url]
        + (["--", str(file)] if file else []),
        check=True,
        capture_output=True,
        text=True,
    )
    figures = json.loads(re.search(r"^FIGURES (.*)$", done.stdout, re.MULTILINE)[1])
    return figures | {"a_second": figures["requests"] / figures["seconds"]}


def check(who: str, figures: dict, *allowed: str) -> None:
    """Ends the run where anything but answers of 2xx came; `allowed` names troubles that were meant."""
    for trouble in TROUBLES:
        if figures[trouble] and trouble not in allowed:
            raise SystemExit(f"{who}: {trouble} {figures[trouble]}: {figures}")
