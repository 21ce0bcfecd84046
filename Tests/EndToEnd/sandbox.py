#!/usr/bin/python3
"""Runs a program in another root as an account, under the system calls that a systemd unit leaves it.

Usage: sandbox.py ROOT ACCOUNT UNIT COMMAND…

There is no systemd in the tests. What its filter does is done here with the same lists (`systemd-analyze
syscall-filter`): SystemCallFilter= in the order of the unit, and MemoryDenyWriteExecute=. Needs Debian's
python3-seccomp, so not the tests' own Python.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import seccomp

PROT_WRITE, PROT_EXEC = 2, 4
# Of shmat(2), as MemoryDenyWriteExecute= has it.
SHM_EXEC = 0o100000


def settings(unit: Path) -> list[tuple[str, str]]:
    pairs = (line.partition("=") for line in unit.read_text().splitlines() if "=" in line and line[:1] not in "#[")
    return [(key, value) for key, _, value in pairs]


def expanded(name: str) -> set[str]:
    """The system calls of a name, which may be a set of systemd's."""
    if not name.startswith("@"):
        return {name}
    shown = subprocess.run(
        ["systemd-analyze", "syscall-filter", name, "--no-pager"], capture_output=True, text=True, check=True
    ).stdout
    words = [line.strip() for line in shown.splitlines()[1:] if line.startswith("    ")]
    calls: set[str] = set()
    for word in words:
        if word[:1] != "#":
            calls |= expanded(word)
    return calls


def allowed(unit: Path) -> set[str]:
    """What SystemCallFilter= comes to; its first line says that it is a list of what is allowed."""
    calls = expanded("@default")
    for key, value in settings(unit):
        if key == "SystemCallFilter":
            named: set[str] = set()
            for word in value.removeprefix("~").split():
                named |= expanded(word)
            calls = calls - named if value.startswith("~") else calls | named
    return calls | expanded("@default")


def main() -> None:
    root, account, unit, *command = sys.argv[1:]
    assert ("MemoryDenyWriteExecute", "yes") in settings(Path(unit))
    calls = allowed(Path(unit))
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for call in sorted(calls):
        try:
            number = seccomp.resolve_syscall(seccomp.Arch(), call)
        except ValueError:
            continue
        if number < 0:
            continue
        if call == "mmap":
            rules.add_rule(seccomp.ALLOW, call, seccomp.Arg(2, seccomp.MASKED_EQ, PROT_WRITE | PROT_EXEC, 0))
            rules.add_rule(seccomp.ALLOW, call, seccomp.Arg(2, seccomp.MASKED_EQ, PROT_WRITE | PROT_EXEC, PROT_WRITE))
            rules.add_rule(seccomp.ALLOW, call, seccomp.Arg(2, seccomp.MASKED_EQ, PROT_WRITE | PROT_EXEC, PROT_EXEC))
        elif call in ("mprotect", "pkey_mprotect"):
            rules.add_rule(seccomp.ALLOW, call, seccomp.Arg(2, seccomp.MASKED_EQ, PROT_EXEC, 0))
        elif call == "shmat":
            rules.add_rule(seccomp.ALLOW, call, seccomp.Arg(2, seccomp.MASKED_EQ, SHM_EXEC, 0))
        else:
            rules.add_rule(seccomp.ALLOW, call)
    os.chroot(root)
    os.chdir("/")
    with open("/etc/passwd") as accounts:
        entry = next(line.split(":") for line in accounts if line.split(":")[0] == account)
    os.setgroups([])
    os.setgid(int(entry[3]))
    os.setuid(int(entry[2]))
    os.umask(0o077)
    rules.load()
    os.execve(command[0], command, os.environ)


if __name__ == "__main__":
    main()
