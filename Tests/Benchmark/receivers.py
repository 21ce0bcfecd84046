"""What else people would take webhooks with."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import signed
from server import Server

HERE = Path(__file__).resolve().parent


class Webhook(Server):
    """adnanh/webhook with the same secret and nothing to do."""

    name = "adnanh/webhook"

    def arguments(self) -> list:
        hooks = self.folder / "hooks.json"
        rule = {
            "type": "payload-hmac-sha256",
            "secret": signed.SECRET.decode(),
            "parameter": {"source": "header", "name": "X-Hub-Signature-256"},
        }
        hook = {"id": "hr", "execute-command": "/bin/true", "trigger-rule": {"match": rule}}
        hooks.write_text(json.dumps([hook]))
        return ["webhook", "-hooks", hooks, "-ip", "127.0.0.1", "-port", str(self.port)]


class FastAPI(Server):
    """The service in `fastapi_receiver.py`, with an empty store, unless its folder has one."""

    name = "FastAPI"
    # How it can be run: processes, and where they commit.
    WAYS = ((1, "the loop"), (1, "threads"), (2, "the loop"), (2, "threads"))

    def __init__(self, python: Path, folder: Path, way: tuple[int, str]):
        super().__init__(folder)
        self.python = python
        self.processes, commits = way
        self.store = folder / "deliveries.sqlite"
        self.environment = {"SECRET": signed.SECRET_TEXT, "STORE": str(self.store), "COMMITS": commits}

    def arguments(self) -> list:
        return [
            *[self.python, "-m", "uvicorn", "fastapi_receiver:app", "--app-dir", HERE],
            *["--host", "127.0.0.1", "--port", str(self.port), "--workers", str(self.processes)],
            *["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"],
        ]

    def stored(self) -> int:
        with contextlib.closing(sqlite3.connect(self.store)) as store:
            return store.execute("SELECT count(*) FROM deliveries").fetchone()[0]
