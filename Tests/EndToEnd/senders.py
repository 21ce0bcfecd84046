"""Signed requests, made by clients that others wrote and never by the code under test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import httpx
import standardwebhooks
import svix.webhooks

STANDARD_SECRET = "whsec_" + base64.b64encode(b"a secret of the human resources!").decode()
SVIX_SECRET = "whsec_" + base64.b64encode(b"another secret, of a svix sender").decode()
GITHUB_SECRET = "a secret of the automation"

# What the preset `standard-webhooks` says about signatures, for senders without a preset.
SPELLED_OUT = {
    "name": "hr",
    "secrets": [{"env": "HR_SECRET"}],
    "signature": {
        "header": ["webhook-signature"],
        "algorithm": "sha256",
        "encoding": "base64",
        "prefix": "v1,",
        "content": "{id}.{timestamp}.{body}",
        "layout": "list",
        "separator": " ",
        "secret_encoding": "whsec",
    },
    "timestamp": {"header": ["webhook-timestamp"], "unit": "s", "tolerance": "5m"},
    "id": {"header": ["webhook-id"]},
}


@dataclass
class Request:
    """A request ready to be sent, once or several times."""

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, port: int, timeout: float = 30) -> httpx.Response:
        with httpx.Client(timeout=timeout, trust_env=False) as client:
            return client.post(f"http://127.0.0.1:{port}{self.path}", content=self.body, headers=self.headers)


def new_id() -> str:
    return "evt_" + uuid.uuid4().hex


def in_iso(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def in_(**distance: float) -> str:
    """A moment from now, as the canonical event writes it."""
    return in_iso(datetime.now(timezone.utc) + timedelta(**distance))


def event(email: str | None = None, *, type: str = "employee.departed", data: object = None, **fields: object) -> bytes:
    """The canonical event; `fields` go beside the email."""
    person = {"email": email, **fields} if data is None else data
    document = {"id": new_id(), "type": type, "timestamp": in_(), "data": person}
    return json.dumps(document, ensure_ascii=False).encode()


def standard(
    body: bytes,
    *,
    sender: str = "hr",
    id: str | None = None,
    at: datetime | None = None,
    secret: str = STANDARD_SECRET,
) -> Request:
    """Signed by the `standardwebhooks` client."""
    id = id or new_id()
    at = at or datetime.now(timezone.utc)
    signature = standardwebhooks.Webhook(secret).sign(id, at, body.decode())
    headers = {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }
    return Request(f"/hooks/{sender}", body, headers)


def standard_bytes(body: bytes) -> Request:
    """Signed by hand, since the clients sign nothing but text."""
    request = standard(b"{}")
    key = base64.b64decode(STANDARD_SECRET.removeprefix("whsec_"))
    content = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, content, "sha256")).decode()
    return Request(request.path, body, {**request.headers, "webhook-signature": f"v1,{signature}"})


def svix_signed(body: bytes, *, sender: str = "svix", id: str | None = None, secret: str = SVIX_SECRET) -> Request:
    """Signed by the `svix` client."""
    id = id or new_id()
    at = datetime.now(timezone.utc)
    headers = {
        "content-type": "application/json",
        "svix-id": id,
        "svix-timestamp": str(int(at.timestamp())),
        "svix-signature": svix.webhooks.Webhook(secret).sign(id, at, body.decode()),
    }
    return Request(f"/hooks/{sender}", body, headers)


def github(body: bytes, *, sender: str = "github", secret: str = GITHUB_SECRET) -> Request:
    """Signed as GitHub documents it; there is no client for this that signs."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}
    return Request(f"/hooks/{sender}", body, headers)


def departure(email: str, **fields: object) -> Request:
    """The plainest request there is: one person has left."""
    return standard(event(email, **fields))
