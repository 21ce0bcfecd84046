"""Waiting by looking again, with a bound: no test sleeps and hopes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

# Debug builds on two busy cores: generous, since a test that passes never waits this long.
PATIENCE = 45.0
# Whether everything is built for a sanitizer. It has memory of its own, and reports where there is no more: nothing is
# measured or limited then.
SANITIZED = not {"TSAN_OPTIONS", "ASAN_OPTIONS"}.isdisjoint(os.environ)
# How much longer things may take: a sanitizer makes programs many times slower.
SLOWNESS = 8 if SANITIZED else 1


def wait_until(condition: Callable[[], Found], what: str, within: float = PATIENCE) -> Found:
    """Returns the first true answer of `condition`; fails with `what` when there is none in time."""
    within *= SLOWNESS
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
