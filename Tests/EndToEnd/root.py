"""Another root of a file system, in namespaces of its own: a bare Debian, or what is in an image."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from offboard import ROOT

SCRATCH = ROOT / ".build-package"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root"}


def need_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may change its root")


class Root:
    def __init__(self, path: Path):
        self.path = path

    def start(self, *command: str | Path, before: tuple[str | Path, ...] = (), **options) -> subprocess.Popen:
        """Starts a command in it, with a process table of its own; `before` is what enters the root, `chroot` else."""
        return subprocess.Popen(
            [
                *("unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={self.path}/proc"),
                *(before or ("chroot", self.path)),
                *command,
            ],
            stdin=subprocess.DEVNULL,
            **options,
        )

    def run(self, *command: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess:
        process = self.start(
            *command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**ENVIRONMENT, "DEBIAN_FRONTEND": "noninteractive", **environment},
        )
        output, _ = process.communicate(timeout=900)
        assert not check or process.returncode == 0, f"{command}: exit {process.returncode}\n{output}"
        return subprocess.CompletedProcess(command, process.returncode, output)

    def read(self, path: str) -> str:
        return (self.path / path.lstrip("/")).read_text()

    def write(self, path: str, text: str) -> None:
        (self.path / path.lstrip("/")).write_text(text)


def first_of(process: subprocess.Popen) -> int:
    """The first process in a root: the child of the one that was started."""
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])


def end(process: subprocess.Popen) -> int:
    """Ends what was started in a root; the exit status."""
    os.kill(first_of(process), signal.SIGTERM)
    return process.wait(15)


def bare_debian(folder: Path) -> Root:
    """A Debian 12 with nothing but what every Debian has; made once, then unpacked."""
    archive = SCRATCH / "bookworm.tar"
    if not archive.exists():
        SCRATCH.mkdir(exist_ok=True)
        made = folder / "made"
        subprocess.run(["debootstrap", "--variant=minbase", "bookworm", made], check=True, capture_output=True)
        unfinished = archive.with_suffix(".unfinished")
        subprocess.run(["tar", "-C", made, "-cf", unfinished, "."], check=True)
        unfinished.rename(archive)
        subprocess.run(["rm", "-rf", "--one-file-system", made], check=True)
    root = folder / "root"
    root.mkdir()
    subprocess.run(["tar", "-C", root, "-xf", archive], check=True)
    return Root(root)
