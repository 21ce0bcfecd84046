"""The pages for people, and a folder that stands in for the machine on which their commands are run.

A page says above each block, in a comment that readers do not see, what becomes of it:

- ``sh`` is run at a terminal. `<!-- typed: y -->` is what the person types (`\\n` for Enter, `^D` for the end),
  `<!-- exit: 1 -->` the status of the last command where it is not 0, `<!-- shows: TEXT -->` what must be seen.
- ``yaml`` is merged into the configuration, as an editor would; lists take the place of lists.
- ``cron`` is a line of /etc/cron.d; its command is run once.
- `<!-- saved: NAME -->` above any block: it is the file NAME.
- `<!-- given: running -->` at the top: an installation with its secrets and a daemon; `enforcing`: no dry run.
- `<!-- happens: … -->`: what the world does before the block, see `Machine.happens`. `<!-- gone: EMAIL -->`: after the
  block the person is in no organization that a key reaches.
- `<!-- package -->`: the block needs the installed package; `test_package.py` runs it, on a bare Debian.

Any other block fails the test. What stands in for the machine: `Machine.substitutes`, and a folder in PATH with
`offboard`, `sudo`, and a `systemctl` that starts, stops and reloads the daemon for real.
"""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import yaml

import senders
from offboard import BUILD, ROOT, SANITIZING
from simulator import Simulator
from waiting import wait_until

DEPLOY = ROOT / "deploy"
# For each page, a minute more than it should ever take.
PATIENCE = 90.0


@dataclass
class Block:
    page: str
    line: int
    language: str
    text: str
    marks: dict[str, list[str]] = field(default_factory=dict)

    def mark(self, name: str) -> str | None:
        return self.marks.get(name, [None])[0]

    def __str__(self) -> str:
        return f"deploy/{self.page}.md:{self.line}"


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page with the comments right above them."""
    found: list[Block] = []
    marks: dict[str, list[str]] = {}
    lines = (DEPLOY / f"{page}.md").read_text().splitlines()
    number = 0
    while number < len(lines):
        line = lines[number].strip()
        fence = re.match(r"^(\s*)```(\w*)$", lines[number])
        if fence:
            indent, start = len(fence[1]), number
            number += 1
            inside = []
            while lines[number].strip() != "```":
                inside.append(lines[number][indent:])
                number += 1
            found.append(Block(page, start + 1, fence[2], "\n".join(inside) + "\n", marks))
            marks = {}
        elif comment := re.match(r"^<!-- ([a-z]+)(?:: (.*?))? -->$", line):
            marks.setdefault(comment[1], []).append(comment[2] or "")
        elif line:
            marks = {}
        number += 1
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def merged(below: object, above: object) -> object:
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: merged(below.get(key), value) for key, value in above.items()}}
    return above


SYSTEMCTL = """#!/bin/bash
# Stands in for systemd: one service, started as its unit says.
set -u
state=@FOLDER@/systemd
mkdir -p "$state"
alive() { [[ -s $state/pid ]] && kill -0 "$(<"$state/pid")" 2>/dev/null; }
stop() {
    if alive; then
        kill "$(<"$state/pid")"
        for ((i = 0; i < 300; i++)); do alive || break; sleep 0.05; done
        alive && exit 1
    fi
    rm -f "$state/pid"
}
start() {
    alive && return
    : >>"$state/log"
    lines=$(wc -l <"$state/log")
    CREDENTIALS_DIRECTORY=@FOLDER@/etc/credentials setsid vultr-offboard serve --config @FOLDER@/etc/offboard.yaml \\
        >>"$state/log" 2>&1 </dev/null &
    echo $! >"$state/pid"
    for ((i = 0; i < 600; i++)); do
        tail -n +$((lines + 1)) "$state/log" | grep -q '"message":"ready"' && return
        alive || { tail -n +$((lines + 1)) "$state/log" >&2; exit 1; }
        sleep 0.05
    done
    exit 1
}
case $1 in
start | enable) start ;;
stop | disable) stop ;;
restart) stop && start ;;
reload)
    taken() { grep -c '"message":"the configuration was read anew"' "$state/log"; }
    before=$(taken)
    kill -HUP "$(<"$state/pid")"
    for ((i = 0; i < 600; i++)); do
        (($(taken) > before)) && exit
        sleep 0.05
    done
    tail "$state/log" >&2
    exit 1
    ;;
is-active)
    alive || { echo inactive; exit 3; }
    echo active
    ;;
edit | daemon-reload) ;;
*) echo "systemctl: $1 is not stood in for" >&2; exit 64 ;;
esac
"""


INSTALL = """#!/bin/bash
# There is no account vultr-offboard here to give things to.
words=()
while (($#)); do
    case $1 in
    -o | -g) shift ;;
    *) words+=("$1") ;;
    esac
    shift
done
exec /usr/bin/install "${words[@]}"
"""


class Machine:
    """A folder that stands in for a machine on which the package is installed."""

    def __init__(self, folder: Path):
        self.folder = folder
        state = yaml.safe_load((ROOT / "fixtures" / "vultr" / "quickstart.yaml").read_text())
        state.setdefault("switches", {})["rate_limit"] = 0
        self.simulator = Simulator(folder / "simulator", state)
        self.before = self.simulator.members()
        self.port, self.console = free_port(), free_port()
        self.substitutes = {
            "/etc/vultr-offboard": f"{folder}/etc",
            "/var/lib/vultr-offboard": f"{folder}/state",
            "/var/backups": f"{folder}/backups",
            "https://hooks.example.com": f"http://127.0.0.1:{self.port}",
            "https://api.vultr.com": self.simulator.url,
            "port: 8080": f"port: {self.port}",
            "port: 8081": f"port: {self.console}",
            "127.0.0.1:8081": f"127.0.0.1:{self.console}",
            "/usr/sbin/offboard": f"{folder}/bin/offboard",
            "YOUR-VULTR-KEY": "simulator-secret-1",
            "ANOTHER-VULTR-KEY": "simulator-secret-2",
        }
        for name in ("bin", "etc/credentials", "state", "backups", "home"):
            (folder / name).mkdir(parents=True)
        self.configuration = folder / "etc" / "offboard.yaml"
        shipped = self.put_in((DEPLOY / "offboard.yaml").read_text())
        self.configuration.write_text(shipped.replace("\nvultr:\n", f"\nvultr:\n  url: {self.simulator.url}\n"))
        environment = f"OFFBOARD_CONFIG={self.configuration} CREDENTIALS_DIRECTORY={folder}/etc/credentials"
        self.tool("vultr-offboard", f'#!/bin/sh\nexec {BUILD}/vultr-offboard "$@"\n')
        self.tool("offboard", f'#!/bin/sh\nexec env {environment} {BUILD}/vultr-offboard "$@"\n')
        self.tool("sudo", '#!/bin/sh\nexec "$@"\n')
        self.tool("systemctl", SYSTEMCTL.replace("@FOLDER@", str(folder)))
        # Accounts and journals are the package's and systemd's.
        self.tool("install", INSTALL)
        self.tool("journalctl", f"#!/bin/sh\nexec cat {folder}/systemd/log\n")
        self.environment = {
            **{name: os.environ[name] for name in SANITIZING if name in os.environ},
            "PATH": f"{folder}/bin:{os.environ['PATH']}",
            "HOME": str(folder / "home"),
            "TERM": "dumb",
            "NO_COLOR": "1",
        }

    def tool(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def put_in(self, text: str) -> str:
        for what, instead in self.substitutes.items():
            text = text.replace(what, instead)
        return text

    def run(self, text: str, typed: str = "") -> tuple[int, str]:
        """Runs commands at a terminal, as a shell does line by line; ends at the first that fails."""
        script = self.folder / "block.sh"
        script.write_text("set -eo pipefail\numask 027\n" + text)
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            ["bash", script],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=self.environment,
            cwd=self.folder / "home",
            start_new_session=True,
        )
        os.close(theirs)
        os.write(ours, typed.replace("\\n", "\n").replace("^D", "\x04").encode())
        shown = b""
        deadline = time.monotonic() + PATIENCE
        # The daemon that a block starts holds no end of the terminal, but may outlive the block.
        while process.poll() is None or select.select([ours], [], [], 0.05)[0]:
            assert time.monotonic() < deadline, shown.decode(errors="replace")
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    shown += os.read(ours, 65536)
                except OSError:
                    break
        os.close(ours)
        return process.wait(10), shown.decode(errors="replace").replace("\r\n", "\n")

    def read(self, *arguments: str) -> list[dict]:
        done = subprocess.run(
            [self.folder / "bin" / "offboard", *arguments, "--json"],
            capture_output=True,
            text=True,
            env=self.environment,
        )
        assert done.returncode == 0, done.stderr
        return yaml.safe_load(done.stdout)

    def identified(self, text: str) -> str:
        """The ids that stand for real ones: the newest case, a held one before others, and so on."""
        if "c_01" in text:
            cases = self.read("cases", "--limit", "0")
            text = text.replace("c_01", next((one for one in cases if one["state"] == "held"), cases[0])["id"])
        if "d_01" in text:
            deliveries = self.read("deliveries", "--limit", "0")
            unresolved = (one for one in deliveries if one["state"] == "unresolved")
            text = text.replace("d_01", next(unresolved, deliveries[0])["id"])
        if "o_01" in text:
            text = text.replace("o_01", self.read("limits", "show")["overrides"][0]["id"])
        return text

    def settle(self) -> None:
        """Waits until everything that was begun has come to where it stays."""
        if not (self.folder / "state" / "offboard.sqlite").exists():
            return
        wait_until(
            lambda: (
                all(one["state"] != "accepted" for one in self.read("deliveries"))
                and all(one["state"] not in ("queued", "running") for one in self.read("cases"))
            ),
            "all that was begun is settled",
        )

    def given(self, what: str) -> None:
        """What a page takes for granted."""
        assert what in ("running", "enforcing")
        credentials = self.folder / "etc" / "credentials"
        (credentials / "vultr-api-key").write_text("simulator-secret-1\n")
        (credentials / "hr-secret").write_text(senders.STANDARD_SECRET + "\n")
        if what == "enforcing":
            # Nothing happens by itself between two blocks: a page says what a person does.
            changes = {"policy": {"mode": "enforce"}, "retry": {"first": "10m"}}
            configuration = merged(yaml.safe_load(self.configuration.read_text()), changes)
            self.configuration.write_text(yaml.safe_dump(configuration))
        status, shown = self.run("systemctl start vultr-offboard\n")
        assert status == 0, shown

    def happens(self, what: str) -> None:
        """What the world does: people leave, Vultr falls, disks break."""
        if leavers := re.fullmatch(r"(.+) leaves?", what):
            people = [None] if leavers[1] == "somebody unnamed" else leavers[1].split()
            for person in people:
                body = senders.event(person) if person else senders.event(data={"reason": "no email"})
                answer = senders.standard(body, secret=self.secret).send(self.port)
                assert answer.status_code == 202, answer.text
        elif what == "vultr goes down":
            self.simulator.fault("cut_before", times=0)
        elif what == "vultr is back":
            self.simulator.clear_faults()
        elif what == "a backup is made and the disk is lost":
            backups = self.folder / "backups" / "vultr-offboard"
            backups.mkdir(exist_ok=True)
            status, shown = self.run(f"offboard backup {backups}/last.sqlite\nsystemctl stop vultr-offboard\n")
            assert status == 0, shown
            for file in (self.folder / "state").iterdir():
                file.unlink()
        else:
            raise AssertionError(f"nothing happens by the name {what}")
        self.settle()

    @property
    def secret(self) -> str:
        return (self.folder / "etc" / "credentials" / "hr-secret").read_text().strip()

    def organizations_of(self, email: str) -> set[str]:
        """Where a person still is, of the organizations that the key reaches."""
        rows = self.read("access-review")
        return {row["organization_name"] for row in rows if (row.get("email") or "").lower() == email}

    def end(self) -> None:
        pid = self.folder / "systemd" / "pid"
        if pid.exists() and pid.read_text().strip():
            try:
                os.kill(int(pid.read_text()), signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.simulator.stop()


def do(block: Block, machine: Machine) -> None:
    text = machine.put_in(block.text)
    if name := block.mark("saved"):
        (machine.folder / "home" / name).write_text(text)
        return
    for what in block.marks.get("happens", []):
        machine.happens(what)
    if block.language == "yaml":
        below = yaml.safe_load(machine.configuration.read_text())
        machine.configuration.write_text(yaml.safe_dump(merged(below, yaml.safe_load(text)), sort_keys=False))
        return
    if block.language == "cron":
        (line,) = text.splitlines()
        # Five fields of time and the account; a percent sign is a line's end to cron unless it is escaped.
        text = line.split(maxsplit=6)[6].replace("\\%", "%") + "\n"
    else:
        assert block.language == "sh", f"{block}: nobody says what becomes of this block"
    status, shown = machine.run(machine.identified(text), machine.put_in(block.mark("typed") or ""))
    assert status == int(block.mark("exit") or 0), f"{block}: exit {status}\n{block.text}\n{shown}"
    for text in block.marks.get("shows", []):
        assert text in shown, f"{block}: {text} is not in\n{shown}"
    machine.settle()
    if person := block.mark("gone"):
        assert machine.organizations_of(person) == set()
