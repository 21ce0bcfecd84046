"""A PostgreSQL server of the tests' own, on a socket in a folder of its own.

Usage: postgresql.py COMMAND…     runs a command with the server's URI in OFFBOARD_TEST_POSTGRES
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

URI = os.environ.get("OFFBOARD_TEST_POSTGRES")


def binaries() -> Path:
    """Where Debian has the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise SystemExit("There is no PostgreSQL server here: install Debian's package postgresql.")
    return found[-1].parent


class Server:
    """One server with one user, who may do everything."""

    def __init__(self) -> None:
        self.binaries = binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="offboard-postgresql."))
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        if os.geteuid() == 0:
            # It refuses to run as root.
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self._run("initdb", "-U", "offboard", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8")
        self.start()

    def uri(self, database: str = "postgres") -> str:
        return f"postgresql://offboard@/{database}?host={self.folder}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.binaries / program), "-D", str(self.data), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        # What it starts must not hold our output open.
        with (self.folder.parent / f"{self.folder.name}.log").open("a") as log:
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c max_connections=400"
        self._run("pg_ctl", "-w", "-s", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-w", "-s", "-m", mode, "stop")

    def remove(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder)
        (self.folder.parent / f"{self.folder.name}.log").unlink()


def new_database(uri: str) -> str:
    """Makes a database on a server; gives its URI."""
    name = f"test_{uuid.uuid4().hex}"
    ask(uri, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")
    return uri.replace("/postgres?", f"/{name}?")


def ask(uri: str, sql: str) -> str:
    """Rows as text, cells divided by `|`."""
    done = subprocess.run(
        ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", uri, "-c", sql],
        check=True,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout.strip()


def main() -> int:
    # A run that is ended from outside leaves no server behind either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    server = Server()
    try:
        return subprocess.call(sys.argv[1:], env={**os.environ, "OFFBOARD_TEST_POSTGRES": server.uri()})
    finally:
        server.remove()


if __name__ == "__main__":
    raise SystemExit(main())
