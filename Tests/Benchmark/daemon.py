"""vultr-offboard as it is run, and the simulated Vultr behind it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import signed
from server import Server, ask, free_ports, listens, wait_for
from vultr import State


class Simulator(Server):
    """A simulated Vultr."""

    name = "the simulator"
    patience = 300.0

    def __init__(self, programs: Path, folder: Path, state: State | None = None):
        super().__init__(folder)
        self.program = programs / "vultr-simulator"
        self.state = state or State.nobody()
        self._calls = folder / "calls"

    def arguments(self) -> list:
        file = self.folder / "state.yaml"
        file.write_text(self.state.text())
        return [self.program, file, "--port", str(self.port), "--log", self._calls]

    def calls(self) -> list[dict]:
        """What it was asked, in the order of arrival; `at` in seconds since 1970."""
        # Its last line may be half written while it goes on.
        lines = self._calls.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]


class Daemon(Server):
    """One daemon at a time on the store in its folder, which stays when the daemon ends.

    Beside what is given it has the settings that a new installation has, in dry run.
    """

    name = "vultr-offboard"
    patience = 300.0

    def __init__(self, programs: Path, folder: Path, vultr: Simulator, rate: int = 20, **sections: object):
        super().__init__(folder)
        self.program = programs / "vultr-offboard"
        self.store = folder / "offboard.sqlite"
        self.port, self.console = free_ports(2)
        self.configuration = folder / "offboard.yaml"
        self.environment = {**vultr.state.environment(), "SECRET": signed.SECRET_TEXT}
        # JSON is YAML, too.
        self.configuration.write_text(
            json.dumps(
                {
                    "listen": {"port": self.port},
                    "console": {"port": self.console},
                    "storage": {"sqlite": self.store.name},
                    "vultr": {"url": vultr.url, "keys": vultr.state.configured(), "requests_per_second": rate},
                    "senders": [{"name": "hr", "preset": "standard-webhooks", "secrets": [{"env": "SECRET"}]}],
                    "policy": {"mode": "dry_run"},
                    "log": {"level": "warning"},
                    **sections,
                }
            )
        )

    def arguments(self) -> list:
        return [self.program, "serve", "--config", self.configuration]

    def __enter__(self) -> Daemon:
        super().__enter__()
        wait_for(lambda: listens(self.console), "the console")
        return self

    def is_ready(self) -> bool:
        """Whether it answers that it can store. The console may come a moment later."""
        return super().is_ready() and ask(self.port, "GET", "/readyz").status == 200

    def cases(self) -> dict[str, int]:
        """How many cases there are in each state."""
        page = ask(self.console, "GET", "/metrics").body.decode()
        found = re.findall(r'^offboard_cases\{state="(\w+)"\} (\S+)', page, re.MULTILINE)
        return {state: int(float(count)) for state, count in found}

    def token(self) -> str:
        """The console's, for an operator."""
        return (self.folder / "console-token").read_text().strip()

    def command(self, *arguments: object) -> bytes:
        """What a command prints."""
        done = subprocess.run(
            [self.program, *map(str, arguments), "--config", self.configuration],
            capture_output=True,
            env={**os.environ, **self.environment},
        )
        if done.returncode:
            raise SystemExit(f"{arguments[0]} ended with {done.returncode}: {done.stderr.decode()}")
        return done.stdout

    def stored(self) -> int:
        """How many deliveries the store has."""
        return self.command("deliveries", "--limit", 0, "--json").count(b'"received_at"')
