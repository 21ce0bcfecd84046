"""Waiting by looking again, with a bound: no test sleeps and hopes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

# Debug builds on two busy cores: generous, since a test that passes never waits this long.
PATIENCE = 45.0


def wait_until(condition: Callable[[], Found], what: str, within: float = PATIENCE) -> Found:
    """Returns the first true answer of `condition`; fails with `what` when there is none in time."""
    deadline = time.monotonic() + within
    pause = 0.01
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:g} s: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)
