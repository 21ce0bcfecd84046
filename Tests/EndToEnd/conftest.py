"""What tests are made of: a simulator and a daemon of their own for each, stopped whatever happens."""

from __future__ import annotations

import copy
import fcntl
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import console
import postgresql
from offboard import ROOT, Offboard
from service import Answer, Call, Service
from simulator import Simulator
from world import World, three_organizations

SENDERS = [
    {"name": "hr", "preset": "standard-webhooks", "secrets": [{"env": "HR_SECRET"}]},
    {"name": "svix", "preset": "svix", "secrets": [{"env": "SVIX_SECRET"}]},
    {"name": "github", "preset": "github", "secrets": [{"env": "GITHUB_SECRET"}]},
]


# Whether each daemon has a database of its own instead of a file. Tests that look into the file are not for it.
IN_POSTGRESQL = os.environ.get("OFFBOARD_TEST_STORE") == "postgresql"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the tests that take minutes, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shows what tests recorded as their `summary`, also where workers ran them and nothing else of theirs is shown."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                if name == "summary" and report.when == "call":
                    terminalreporter.write_line(value)


class Stage:
    """A simulated Vultr, and a daemon with a configuration that fits it."""

    def __init__(self, folder: Path, world: World, environment: dict[str, str] | None = None, **sections: dict | list):
        self.world = world
        self.simulator = Simulator(folder / "simulator", world.state)
        self.before = self.simulator.members()
        environment = world.environment() | (environment or {})
        if IN_POSTGRESQL:
            environment["DATABASE"] = postgresql.new_database(postgresql.URI)
        self.offboard = Offboard(folder / "daemon", self.configuration(**sections), environment)

    def configuration(self, **sections: object) -> dict:
        """The configuration of most tests, with `sections` merged into it."""
        configuration: dict = {
            "listen": {"port": 0},
            "console": {"port": 0},
            "storage": {"postgres": {"env": "DATABASE"}} if IN_POSTGRESQL else {"sqlite": "offboard.sqlite"},
            "vultr": self.world.vultr(self.simulator.url),
            "senders": copy.deepcopy(SENDERS),
            "policy": {"mode": "enforce"},
            # Seconds of waiting would be seconds of the tests' time.
            "retry": {"first": "1s", "ceiling": "2s", "attention_after": "1h"},
            "log": {"format": "json", "level": "info"},
        }
        for name, section in sections.items():
            if isinstance(section, dict):
                configuration[name] = {**configuration.get(name, {}), **section}
            else:
                configuration[name] = section
        return configuration

    @property
    def gone(self) -> set[tuple[str, str]]:
        """The memberships that were there at the start and are not now."""
        return self.before - self.simulator.members()

    def end(self) -> None:
        print(self.offboard.log[-8000:])
        self.offboard.end()
        self.simulator.stop()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Sets a stage: `stage(world, policy={…})`; by default with a daemon that is ready."""
    stages: list[Stage] = []

    def set_stage(world: World | None = None, *, start: bool = True, **sections: object) -> Stage:
        made = Stage(tmp_path / str(len(stages)), world or three_organizations(), **sections)
        stages.append(made)
        if start:
            made.offboard.start()
        return made

    yield set_stage
    for made in stages:
        made.end()


@pytest.fixture
def holding(stage) -> Stage:
    """A daemon with a console for two tokens, which holds every plan."""
    return stage(
        console=console.SECTION,
        policy={"mode": "enforce", "approval": "always"},
        environment=console.ENVIRONMENT,
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offboard]:
    """One daemon, with small limits, for all tests of a file that leave it as they found it."""
    made = Stage(
        tmp_path_factory.mktemp("shared"),
        three_organizations(None),
        listen={"max_body_bytes": 65536, "head_deadline": "2s", "body_deadline": "3s"},
        policy={"mode": "dry_run"},
    )
    yield made.offboard.start()
    made.end()


@pytest.fixture
def service() -> Iterator[Callable[[Callable[[Call], Answer]], Service]]:
    """Makes services that answer as they are told, and ends them."""
    made: list[Service] = []

    def make(answer: Callable[[Call], Answer]) -> Service:
        made.append(Service(answer))
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.fixture
def receiver(service) -> Service:
    """A service that takes whatever it is sent."""
    return service(lambda call: Answer(200, b"ok"))


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Debian package, built once in a run, whichever worker comes first."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    said = shared / "package"
    with (shared / "package.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            done = subprocess.run([ROOT / "deploy" / "package"], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr[-4000:]
            said.write_text(done.stdout.strip())
    return Path(said.read_text())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", disk], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)
