"""Commands with a person before them: a terminal of their own, and what is typed on its keyboard."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

from offboard import PROGRAM, Outcome


def begin_at_terminal(
    its, *arguments: str, typed: str = "", cwd: Path | None = None, **environment: str
) -> tuple[subprocess.Popen, int]:
    """Begins a command at a terminal of its own, with `typed` on its keyboard; returns it and its screen."""
    ours, theirs = pty.openpty()
    settings = {**its.offboard.environment, "TERM": "xterm-256color", **environment}
    if "NO_COLOR" not in environment:
        del settings["NO_COLOR"]
    process = subprocess.Popen([PROGRAM, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=settings, cwd=cwd)
    os.close(theirs)
    os.write(ours, typed.encode())
    return process, ours


def end_at_terminal(process: subprocess.Popen, screen: int) -> Outcome:
    """How it ended, with everything that it showed."""
    shown = b""
    while True:
        try:
            more = os.read(screen, 65536)
        except OSError:
            break
        if not more:
            break
        shown += more
    os.close(screen)
    return Outcome(process.wait(60), shown.decode(errors="replace"), "")


def at_terminal(its, *arguments: str, typed: str = "", **environment: str) -> Outcome:
    """Runs a command with the configuration at a terminal of its own, with `typed` on its keyboard."""
    return end_at_terminal(
        *begin_at_terminal(its, *arguments, "--config", str(its.offboard.file), typed=typed, **environment)
    )
