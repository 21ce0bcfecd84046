"""Requests signed by packages that others wrote are accepted; one byte changed, each is refused."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable
from datetime import datetime, timezone

import gidgethub
import jwt
import pytest
import slack_sdk.signature
import standardwebhooks
import stripe
import svix.webhooks
from gidgethub import sansio

import senders
from senders import Request

TEXT_SECRET = "whsec_a secret of this sender, used as text"
LEAVER = "avery.stone@example.com"


def standard(body: bytes) -> Request:
    at = datetime.now(timezone.utc)
    signature = standardwebhooks.Webhook(senders.STANDARD_SECRET).sign("evt_1", at, body.decode())
    return Request("/hooks/hr", body, headers("webhook", "evt_1", at, signature))


def svix_signed(body: bytes) -> Request:
    at = datetime.now(timezone.utc)
    signature = svix.webhooks.Webhook(senders.SVIX_SECRET).sign("msg_1", at, body.decode())
    return Request("/hooks/svix", body, headers("svix", "msg_1", at, signature))


def headers(prefix: str, id: str, at: datetime, signature: str) -> dict[str, str]:
    return {
        f"{prefix}-id": id,
        f"{prefix}-timestamp": str(int(at.timestamp())),
        f"{prefix}-signature": signature,
    }


def slack(_: bytes) -> Request:
    body = b"team_id=T01&user_id=U0DANA&command=%2Foffboard&text=avery.stone%40example.com&trigger_id=1.2.3"
    now = str(int(time.time()))
    signature = slack_sdk.signature.SignatureVerifier(TEXT_SECRET).generate_signature(timestamp=now, body=body)
    return Request("/hooks/slack", body, {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature})


def stripe_signed(body: bytes) -> Request:
    now = int(time.time())
    # What its own `verify_header` compares with; there is no public helper that signs.
    signature = stripe.WebhookSignature._compute_signature(f"{now}.{body.decode()}", TEXT_SECRET)
    header = f"t={now},v1={signature}"
    assert stripe.WebhookSignature.verify_header(body.decode(), header, TEXT_SECRET, tolerance=300)
    return Request("/hooks/stripe", body, {"Stripe-Signature": header})


def pyjwt(_: bytes) -> Request:
    event = {"id": "e1", "type": "user.deactivate", "user": {"email": LEAVER}}
    body = json.dumps({"event": event}).encode()
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    token = jwt.encode({"request_body_sha256": digest}, TEXT_SECRET, algorithm="HS256")
    return Request("/hooks/fusionauth", body, {"X-FusionAuth-Signature-JWT": token})


SIGNERS = {
    "standardwebhooks": standard,
    "svix": svix_signed,
    "slack_sdk": slack,
    "stripe": stripe_signed,
    "PyJWT": pyjwt,
}


def with_secret(name: str, preset: str) -> dict:
    return {"name": name, "preset": preset, "secrets": [{"env": "TEXT_SECRET"}]}


@pytest.fixture
def listening(stage):
    """A daemon that knows every sender of this file."""
    its = stage(
        start=False,
        senders=[
            {"name": "hr", "preset": "standard-webhooks", "secrets": [{"env": "HR_SECRET"}]},
            {"name": "svix", "preset": "svix", "secrets": [{"env": "SVIX_SECRET"}]},
            {"name": "github", "preset": "github", "secrets": [{"env": "GITHUB_SECRET"}]},
            with_secret("slack", "slack"),
            with_secret("stripe", "stripe-style"),
            with_secret("fusionauth", "fusionauth"),
        ],
    )
    its.offboard.environment["TEXT_SECRET"] = TEXT_SECRET
    its.offboard.start()
    return its


def changed(request: Request) -> Request:
    at = request.body.index(b"avery") + 2
    return Request(request.path, request.body[:at] + b"x" + request.body[at + 1 :], request.headers)


@pytest.mark.parametrize("package", SIGNERS)
def test_a_request_signed_by_a_third_party_is_accepted_and_a_changed_byte_refused(listening, package):
    sign: Callable[[bytes], Request] = SIGNERS[package]
    request = sign(senders.event(LEAVER))
    assert listening.offboard.post(changed(request)).status_code == 401
    answer = listening.offboard.post(request)
    assert answer.is_success, (answer.status_code, answer.text)
    # A valid signature of a chat tool does not say that whoever typed may ask.
    if package != "slack_sdk":
        assert listening.offboard.settled(LEAVER)["result"] == "removed"


def test_gidgethub_validates_what_we_sign_and_what_it_validates_is_accepted(listening):
    body = b'{"action":"employee_departed","employee":{"email":"avery.stone@example.com"}}'
    file = listening.offboard.folder / "body.json"
    file.write_bytes(body)
    signed = listening.offboard.run("sign", "--sender", "github", file)
    assert signed.status == 0, signed.errors
    headers = dict(line.split(": ", 1) for line in signed.output.splitlines())
    (signature,) = (value for name, value in headers.items() if name.lower() == "x-hub-signature-256")
    sansio.validate_event(body, signature=signature, secret=senders.GITHUB_SECRET)
    with pytest.raises(gidgethub.ValidationFailure):
        sansio.validate_event(body + b" ", signature=signature, secret=senders.GITHUB_SECRET)

    request = Request("/hooks/github", body, headers)
    assert listening.offboard.post(changed(request)).status_code == 401
    assert listening.offboard.post(request).is_success
    assert listening.offboard.settled(LEAVER)["result"] == "removed"
