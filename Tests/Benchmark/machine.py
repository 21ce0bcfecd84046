"""What the machine itself can do, and what it is."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from pathlib import Path


def fsyncs_a_second(folder: Path, seconds: float = 1) -> float:
    """How often the disk takes 4 KB more of a file for good."""
    file = folder / "fsync"
    with file.open("wb", buffering=0) as out:
        began = time.monotonic()
        count = 0
        while time.monotonic() - began < seconds:
            out.write(b"x" * 4096)
            os.fsync(out.fileno())
            count += 1
        taken = time.monotonic() - began
    file.unlink()
    return count / taken


def hmacs_a_second(seconds: int = 1) -> float:
    """How many HMAC-SHA256 over 1 KB OpenSSL makes on one core, with nothing else to do.

    By the processor's time that it used, so that a neighbour's load does not count.
    """
    done = subprocess.run(
        ["openssl", "speed", "-mr", "-hmac", "sha256", "-bytes", "1024", "-seconds", str(seconds)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(re.search(r"^\+F:\d+:hmac\(sha256\):([\d.]+)", done.stdout, re.MULTILINE)[1]) / 1024


def file_system(folder: Path) -> str:
    """The kind of file system that a folder is on.

    Ends the run where it is one in memory: an fsync costs nothing there, and figures with one in it would be wrong.
    """
    kind = subprocess.run(
        ["stat", "--file-system", "--format", "%T", folder], check=True, capture_output=True, text=True
    ).stdout.strip()
    if kind in ("tmpfs", "ramfs"):
        raise SystemExit(f"{folder} is in memory ({kind}): set TMPDIR to a folder on a disk")
    return kind


def description(folder: Path) -> str:
    """One line for whoever compares figures."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return (
        f"{os.cpu_count()} cores ({model[1] if model else platform.machine()}), {memory:.0f} GB, "
        f"{file_system(folder)}, Linux {platform.release().split('-')[0]}, OpenSSL {openssl_version()}"
    )


def openssl_version() -> str:
    return subprocess.run(["openssl", "version"], check=True, capture_output=True, text=True).stdout.split()[1]


def busy_parts(seconds: float = 1) -> float:
    """How many of its cores others keep busy now, with the hypervisor's part."""

    def read() -> tuple[int, int]:
        ticks = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        return ticks[3] + ticks[4], sum(ticks)

    before = read()
    time.sleep(seconds)
    after = read()
    idle, all = after[0] - before[0], after[1] - before[1]
    return (1 - idle / all) * (os.cpu_count() or 1)
