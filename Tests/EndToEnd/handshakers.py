"""Senders spelled out with each handshake, and their requests, signed by hand as their vendors document it."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path

from conftest import Stage
from offboard import Offboard
from raw_http import Answer, Connection, check_headers
from world import three_organizations

SECRET = "a secret of the handshakes"
TOKEN = "a token of the channel"
ENVIRONMENT = {"SHAKE_SECRET": SECRET, "SHAKE_TOKEN": TOKEN}
EVENTS = {"type": "$.type", "departed": ["left"], "email": ["$.email"]}


def signed_sender(name: str, handshake: str, **fields: object) -> dict:
    return {
        "name": name,
        "secrets": [{"env": "SHAKE_SECRET"}],
        "signature": {
            "header": ["x-signature", "x_signature"],
            "algorithm": "sha256",
            "encoding": "hex",
            "content": "{body}",
        },
        "events": EVENTS,
        "handshake": handshake,
        **fields,
    }


def timed_sender(name: str, handshake: str, prefix: str) -> dict:
    """Slack's way, which Zoom shares."""
    return signed_sender(
        name,
        handshake,
        signature={
            "header": [f"{prefix}-signature"],
            "algorithm": "sha256",
            "encoding": "hex",
            "prefix": "v0=",
            "content": "v0:{timestamp}:{body}",
        },
        timestamp={"header": [f"{prefix}-request-timestamp"], "unit": "s", "tolerance": "5m"},
    )


def credential_sender(name: str, handshake: str, credential: dict, **fields: object) -> dict:
    return {
        "name": name,
        "credential": {**credential, "value": {"env": "SHAKE_TOKEN"}},
        "events": EVENTS,
        "handshake": handshake,
        **fields,
    }


SENDERS = [
    signed_sender("plain", "none"),
    credential_sender("okta", "okta", {"header": "Authorization"}, response={"status": 200, "body": "empty"}),
    credential_sender("elsewhere", "okta", {"header": "Authorization"}, allow_from=["192.0.2.0/24"]),
    timed_sender("slack", "slack", "x-slack"),
    timed_sender("zoom", "zoom", "x-zm"),
    credential_sender("graph", "microsoft-graph", {"path": "$.value[*].clientState"}),
    signed_sender("gusto", "gusto"),
    signed_sender("hibob", "hibob", response={"status": 200, "body": "empty"}),
    credential_sender(
        "google", "google-workspace", {"header": "X-Goog-Channel-Token"}, response={"status": 204, "body": "empty"}
    ),
    signed_sender("github", "github"),
    signed_sender("labelled", "none", events={**EVENTS, "type": {"header": "X-State"}}),
    credential_sender("trusted", "none", {"header": "X-Token"}, events={**EVENTS, "type": {"header": "X-State"}}),
]


def serving(folder: Path) -> Iterator[Offboard]:
    """One daemon for all tests of a file; each looks only at what its own requests brought."""
    made = Stage(folder, three_organizations(None), senders=SENDERS, policy={"mode": "dry_run"})
    made.offboard.environment |= ENVIRONMENT
    yield made.offboard.start()
    made.end()


def ask(offboard, method: str, path: str, headers: list | dict = (), body: bytes | None = None) -> Answer:
    with Connection(offboard.port) as connection:
        return connection.request(method, path, headers, body)


def code(content: bytes) -> str:
    return hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()


def plain(body: bytes) -> dict[str, str]:
    return {"X-Signature": code(body)}


def timed(body: bytes, prefix: str, at: float | None = None) -> dict[str, str]:
    timestamp = str(int(at if at is not None else time.time()))
    return {
        f"{prefix}-Request-Timestamp": timestamp,
        f"{prefix}-Signature": "v0=" + code(f"v0:{timestamp}:".encode() + body),
    }


def stored(offboard, sender: str) -> int:
    return len([delivery for delivery in offboard.deliveries() if delivery["sender"] == sender])


def is_unauthorized(answer: Answer) -> bool:
    check_headers(answer)
    return (answer.status, json.loads(answer.body)) == (401, {"error": "unauthorized"})
