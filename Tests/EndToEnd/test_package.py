"""The Debian package: what it is made of, and what it does on a Debian that has nothing but itself."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

import senders
from offboard import ROOT
from pages import blocks, free_port
from root import ENVIRONMENT, Root, bare_debian, end, first_of, need_root
from simulator import Simulator
from waiting import wait_until
from world import ALPHA, AVERY, World

pytestmark = pytest.mark.long

HERE = Path(__file__).parent
UNIT = "lib/systemd/system/vultr-offboard.service"
CREDENTIALS = "/etc/vultr-offboard/credentials"


def test_lintian_finds_no_error_and_no_warning(package):
    done = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error,warning", package], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    assert "E:" not in done.stdout and "W:" not in done.stdout


def test_the_same_program_makes_the_same_package(package, tmp_path):
    again = subprocess.run([ROOT / "deploy" / "package", tmp_path], capture_output=True, text=True, check=True)
    assert Path(again.stdout.strip()).read_bytes() == package.read_bytes()


def page_commands(number: int) -> str:
    """The commands of install.md that need the package, in their order."""
    text = [block.text for block in blocks("install") if block.mark("package") is not None][number]
    return text.replace("sudo ", "")


def test_it_installs_on_a_bare_debian_does_its_job_and_leaves_nothing(package, tmp_path, record_property):
    need_root()
    root = bare_debian(tmp_path)
    root.write("/etc/apt/apt.conf.d/90yes", 'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\n')
    root.write("/etc/resolv.conf", Path("/etc/resolv.conf").read_text())
    (root.path / "root" / package.name).write_bytes(package.read_bytes())
    root.run("apt-get", "update", "--quiet")
    before = installed(root)

    root.run("sh", "-c", f"cd /root && {page_commands(0)}")
    assert root.run("stat", "-c", "%a %U:%G", "/var/lib/vultr-offboard").stdout == "700 vultr-offboard:vultr-offboard\n"
    assert root.run("stat", "-c", "%a %U:%G", CREDENTIALS).stdout == "2750 root:vultr-offboard\n"
    for shipped in ("usr/share/man/man1/vultr-offboard.1.gz", "usr/share/bash-completion/completions/vultr-offboard"):
        # minbase keeps no pages out; what is in the package is there.
        assert (root.path / shipped).exists(), shipped
    uid = root.run("id", "-u", "vultr-offboard").stdout.strip()

    world = World()
    id = world.organization("Alpha")
    world.key("alpha", id)
    world.person("avery.stone@example.com", id, id=AVERY)
    simulator = Simulator(tmp_path / "simulator", world.state)
    try:
        refuses_without_secrets(root)
        root.run("sh", "-c", f"umask 027; echo {world.keys[0]['secret']} >{CREDENTIALS}/vultr-api-key")
        root.run("sh", "-c", f"umask 027; echo {senders.STANDARD_SECRET} >{CREDENTIALS}/hr-secret")
        does_its_job(root, simulator, tmp_path)
    finally:
        simulator.stop()

    remove, purge = page_commands(1).splitlines()
    root.run("sh", "-c", remove)
    assert (root.path / "var/lib/vultr-offboard/offboard.sqlite").exists()
    assert (root.path / CREDENTIALS.lstrip("/") / "hr-secret").exists()
    root.run("sh", "-c", purge)
    left = root.run("find", "/", "-xdev", "-path", "/proc", "-prune", "-o", "-iname", "*offboard*", "-print").stdout
    assert left == f"/root/{package.name}\n"
    owned = root.run("find", "/", "-xdev", "-path", "/proc", "-prune", "-o", "-uid", uid, "-print").stdout
    assert owned == ""
    assert root.run("getent", "passwd", "vultr-offboard", check=False).returncode == 2
    assert root.run("getent", "group", "vultr-offboard", check=False).returncode == 2

    # What came with it stays until `apt autoremove`, as always.
    needed = installed(root).keys() - before.keys()
    size = int(subprocess.check_output(["dpkg-deb", "--field", package, "Installed-Size"]))
    together = sum(installed(root)[name] for name in needed)
    record_property(
        "summary",
        f"package: {package.stat().st_size / 1e6:.1f} MB, installed {size / 1024:.1f} MiB, and "
        f"{together / 1024:.1f} MiB in {len(needed)} packages that a bare Debian lacks: {', '.join(sorted(needed))}",
    )


def installed(root: Root) -> dict[str, int]:
    """The installed packages with their sizes in KiB."""
    shown = root.run(
        "dpkg-query", "--show", "--showformat", "${Package} ${Installed-Size} ${db:Status-Status}\\n"
    ).stdout
    rows = (line.split() for line in shown.splitlines())
    return {name: int(size) for name, size, status in rows if status == "installed" and name != "vultr-offboard"}


def daemon(root: Root, log: Path) -> subprocess.Popen:
    """The daemon as its unit starts it: command, account, credentials, system calls."""
    unit = root.path / UNIT
    command = re.search(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)[1].split()
    return root.start(
        *command,
        before=("/usr/bin/python3", HERE / "sandbox.py", root.path, "vultr-offboard", unit),
        env={**ENVIRONMENT, "CREDENTIALS_DIRECTORY": CREDENTIALS, "STATE_DIRECTORY": "/var/lib/vultr-offboard"},
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
    )


def refuses_without_secrets(root: Root) -> None:
    log = root.path.parent / "refusal.log"
    assert daemon(root, log).wait(30) == 78
    said = log.read_text()
    assert "offboard.yaml:" in said and "vultr-api-key" in said and "hr-secret" in said
    assert not (root.path / "var/lib/vultr-offboard/offboard.sqlite").exists()


def does_its_job(root: Root, simulator: Simulator, folder: Path) -> None:
    port = free_port()
    shipped = root.read("/etc/vultr-offboard/offboard.yaml")
    assert "mode: dry_run" in shipped
    changed = (
        shipped.replace("mode: dry_run", "mode: enforce")
        .replace("port: 8080", f"port: {port}")
        .replace("port: 8081", f"port: {free_port()}")
    )
    root.write(
        "/etc/vultr-offboard/offboard.yaml", changed.replace("\nvultr:\n", f"\nvultr:\n  url: {simulator.url}\n")
    )
    root.run("vultr-offboard", "audit", "keygen", f"{CREDENTIALS}/audit-key")
    assert "production: good" in root.run("offboard", "check").stdout

    log = folder / "daemon.log"
    process = daemon(root, log)

    def is_ready() -> bool:
        assert process.poll() is None, log.read_text()
        return '"message":"ready"' in log.read_text()

    wait_until(is_ready, "the daemon is ready")
    filtered = Path(f"/proc/{first_of(process)}/status").read_text()
    assert "Seccomp:\t2\n" in filtered, "the system calls are not filtered"
    before = simulator.members()
    assert senders.departure("avery.stone@example.com").send(port).status_code == 202
    wait_until(lambda: before - simulator.members() == {(ALPHA, AVERY)}, "the person is gone")

    def is_completed() -> bool:
        return json.loads(root.run("offboard", "cases", "--json").stdout)[0]["state"] == "completed"

    wait_until(is_completed, "the case is completed")
    shown = json.loads(root.run("offboard", "test", "hr", "--json").stdout)
    assert shown["state"] == "completed" and shown["result"] in ("no_account", "dry_run")
    assert end(process) == 0, log.read_text()
    assert root.run("stat", "-c", "%a %U", "/var/lib/vultr-offboard/offboard.sqlite").stdout == "600 vultr-offboard\n"
    assert '"level":"error"' not in log.read_text()
