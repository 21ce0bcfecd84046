"""A program that serves: started, waited for, and ended whatever happens."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


class Server:
    """One program in a folder of its own. What it prints goes to `log` there, which is shown where it fails."""

    name = ""
    # Seconds until it has to be ready.
    patience = 60.0

    def __init__(self, folder: Path):
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.log = folder / "log"
        (self.port,) = free_ports(1)
        self.environment: dict[str, str] = {}
        self._is_killed = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def arguments(self) -> list:
        """How it is started."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        return listens(self.port)

    def __enter__(self):
        began = time.monotonic()
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.arguments(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **self.environment},
            )
        try:
            wait_for(lambda: self._has_ended() or self.is_ready(), self.name, self.patience)
            if self._has_ended():
                raise self._complaint()
        except BaseException:
            self._end()
            raise
        self.start_ms = (time.monotonic() - began) * 1000
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._is_killed:
            return
        ended_by_itself = self._has_ended()
        self._end()
        if kind is None and (ended_by_itself or self.process.returncode == -9):
            raise self._complaint()

    def kill(self) -> None:
        """Ends it at once, where that is meant."""
        self.process.kill()
        self.process.wait()
        self._is_killed = True

    def resident(self, field: str = "VmRSS") -> float:
        """Megabytes of memory now; VmHWM: at most since its start; RssAnon: without mapped files, code above all."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+)", status, re.MULTILINE)[1]) / 1024

    def _has_ended(self) -> bool:
        return self.process.poll() is not None

    def _complaint(self) -> SystemExit:
        return SystemExit(f"{self.name} ended with {self.process.returncode}: {self.log.read_text()[-2000:]}")

    def _end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Answer:
    """An answer to one request on a connection of its own."""

    def __init__(self, answer: http.client.HTTPResponse):
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()


def ask(port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(method, path, body, headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as probes:
        sockets = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in sockets]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition: Callable[[], object], what: str, within: float = 60, pause: float = 0.001) -> None:
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"not within {within:.0f} s: {what}")
        time.sleep(pause)
