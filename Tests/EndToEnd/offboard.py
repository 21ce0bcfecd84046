"""The daemon and the command line, run as a stranger would: a configuration file, an environment, exit codes, JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

import senders
from waiting import SLOWNESS, wait_until

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("OFFBOARD_BUILD", ROOT / ".build" / "debug"))
PROGRAM = BUILD / "vultr-offboard"

# What a program that was built for a sanitizer is told.
SANITIZING = ("TSAN_OPTIONS", "ASAN_OPTIONS", "LD_PRELOAD")

OPEN = {"scheduled", "queued", "running", "held", "retrying", "attention"}
CLOSED = {"completed", "cancelled", "refused"}
# Where a case stays until something outside it happens.
SETTLED = CLOSED | {"held", "attention"}


@dataclass
class Outcome:
    """How a command ended."""

    status: int
    output: str
    errors: str

    @property
    def json(self) -> object:
        return json.loads(self.output)


class Offboard:
    """One configuration, with its store, and perhaps a daemon that runs on it."""

    def __init__(self, folder: Path, configuration: dict, environment: dict[str, str]):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.file = folder / "offboard.yaml"
        self.store = folder / "offboard.sqlite"
        self.configure(configuration)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/root"),
            "NO_COLOR": "1",
            "HR_SECRET": senders.STANDARD_SECRET,
            "SVIX_SECRET": senders.SVIX_SECRET,
            "GITHUB_SECRET": senders.GITHUB_SECRET,
            **{name: os.environ[name] for name in SANITIZING if name in os.environ},
            **environment,
        }
        self.process: subprocess.Popen | None = None
        self.port = 0
        # The console's base URL.
        self.console = ""
        self.starts = 0
        # What the daemon is started through, such as `prlimit`.
        self.prefix: list[str] = []

    def configure(self, configuration: dict) -> None:
        self.configuration = configuration
        self.file.write_text(yaml.safe_dump(configuration, sort_keys=False, allow_unicode=True))

    # The daemon

    @property
    def log_file(self) -> Path:
        return self.folder / f"daemon-{self.starts}.log"

    @property
    def log(self) -> str:
        """What every daemon of this configuration has written, oldest first."""
        return "".join((self.folder / f"daemon-{n}.log").read_text() for n in range(1, self.starts + 1))

    def start(self, *, wait: bool = True, arguments: list[str] | None = None) -> "Offboard":
        assert self.process is None
        self.starts += 1
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [*self.prefix, PROGRAM, "serve", *(arguments if arguments is not None else ["--config", self.file])],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=self.folder,
            )
        if wait:
            self.port = wait_until(self._ready_port, "the daemon is ready")
        return self

    def _ready_port(self) -> int | None:
        log = self.log_file.read_text()
        assert self.process and self.process.poll() is None, f"the daemon ended:\n{log}"
        for line in log.splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if entry.get("message") == "ready":
                self.console = entry["console"]
                return int(entry["port"])
        return None

    def kill(self) -> None:
        """`kill -9`."""
        assert self.process
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self, within: float = 10) -> int:
        """SIGTERM; the exit status."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.wait(within)

    def wait(self, within: float = 10) -> int:
        assert self.process
        status = self.process.wait(within)
        self.process = None
        return status

    def end(self) -> None:
        if self.process:
            self.kill()

    def post(self, request: senders.Request):
        return request.send(self.port)

    # Commands

    def run(self, *arguments: object, input: str | None = None, timeout: float = 90, **environment: str) -> Outcome:
        """Runs a command with this configuration; standard input is no terminal."""
        done = subprocess.run(
            [PROGRAM, *(str(argument) for argument in arguments), "--config", self.file],
            input=input if input is not None else "",
            capture_output=True,
            text=True,
            timeout=timeout * SLOWNESS,
            env={**self.environment, **environment},
            cwd=self.folder,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def read(self, *arguments: object) -> object:
        """The JSON of a command that must succeed."""
        done = self.run(*arguments, "--json")
        assert done.status == 0, f"{arguments}: exit {done.status}\n{done.output}{done.errors}"
        return done.json

    def cases(self, *arguments: object) -> list[dict]:
        return self.read("cases", "--limit", 0, *arguments)

    def deliveries(self) -> list[dict]:
        return self.read("deliveries", "--limit", 0)

    def case(self, email: str) -> dict:
        """The person's newest case."""
        found = self.cases("--email", email)
        assert found, f"no case for {email}"
        return found[0]

    def settled(self, email: str, *states: str, within: float = 45) -> dict:
        """Waits until the person's newest case is in one of `states`, or anywhere where it stays."""
        wanted = set(states) or SETTLED
        last: list[dict] = []

        def look() -> dict | None:
            last[:] = self.cases("--email", email)
            return last[0] if last and last[0]["state"] in wanted else None

        try:
            return wait_until(look, f"a case in {sorted(wanted)}", within)
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {last}") from None


def outcomes(case: dict) -> dict[str | None, str]:
    """The outcome of each removal of a case, by organization."""
    return {removal["organization_id"]: removal["outcome"] for removal in case["removals"]}
