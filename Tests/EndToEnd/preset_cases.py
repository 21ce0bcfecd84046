"""How the sender of each preset sends: its fixtures, signed as it documents it, by code that knows nothing of ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from offboard import ROOT, Offboard
from senders import Request
from world import ALPHA, BETA, World, three_organizations

FIXTURES = ROOT / "fixtures"
LEAVER = "avery.stone@example.com"
OTHER_LEAVER = "jordan.park@example.com"
# Whoever stands beside the leaver in a fixture: who did it, the manager, the company's contact.
BYSTANDERS = ["dana.reyes@example.com", "morgan.lee@example.com", "office@example.com"]
SECRET = "a secret of this sender, made up"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)

Sign = Callable[[bytes, dict[str, str]], Request]


def secret_bytes(encoding: str = "utf8") -> bytes:
    return base64.b64decode(written(encoding).removeprefix("whsec_")) if encoding != "utf8" else SECRET.encode()


def written(encoding: str) -> str:
    """The secret as an administrator copies it."""
    encoded = base64.b64encode(SECRET.encode()).decode()
    return {"utf8": SECRET, "base64": encoded, "whsec": "whsec_" + encoded}[encoding]


def digest(content: bytes, *, algorithm: str = "sha256", encoding: str = "hex", key: str = "utf8") -> str:
    raw = hmac.new(secret_bytes(key), content, getattr(hashlib, algorithm)).digest()
    if encoding == "hex":
        return raw.hex()
    encode = base64.urlsafe_b64encode if encoding == "base64url" else base64.b64encode
    return encode(raw).decode()


def plain(name: str, prefix: str = "", before: bytes = b"", **how: str) -> Sign:
    """A header that holds the digest of the body, with something in front of either."""
    return lambda body, headers: Request("", body, {**headers, name: prefix + digest(before + body, **how)})


def list_of(name: str, prefix: str, separator: str) -> Sign:
    """The right signature among others, as while a secret is replaced."""
    wrong = prefix + "0" * 64
    return lambda body, headers: Request("", body, {**headers, name: separator.join([wrong, prefix + digest(body)])})


def slack_like(name: str, time_name: str) -> Sign:
    def sign(body: bytes, headers: dict[str, str]) -> Request:
        now = str(int(time.time()))
        return Request("", body, {**headers, time_name: now, name: "v0=" + digest(f"v0:{now}:".encode() + body)})

    return sign


def keyed(name: str, key: str, unit: int, gap: str = "") -> Sign:
    """`t=…,v1=…` over the time, a dot and the body; `unit` is how many of it make a second."""

    def sign(body: bytes, headers: dict[str, str]) -> Request:
        now = str(int(time.time() * unit))
        return Request("", body, {**headers, name: f"t={now},{gap}{key}={digest(f'{now}.'.encode() + body)}"})

    return sign


def standard(names: str, secret: str = "whsec", *, id_header: str | None = None) -> Sign:
    """Standard Webhooks under the sender's own names, beside a version that nobody knows yet."""
    id_name = id_header or names.format("id")

    def sign(body: bytes, headers: dict[str, str]) -> Request:
        id = {name.lower(): value for name, value in headers.items()}.get(id_name, "msg_1")
        now = str(int(time.time()))
        signature = digest(f"{id}.{now}.".encode() + body, encoding="base64", key=secret)
        headers = {name: value for name, value in headers.items() if name.lower() != id_name}
        signed = {id_name: id, names.format("timestamp"): now}
        return Request("", body, {**headers, **signed, names.format("signature"): f"v9,AAAA v1,{signature}"})

    return sign


def bamboohr(body: bytes, headers: dict[str, str]) -> Request:
    now = str(int(time.time()))
    signed = {"X-BambooHR-Timestamp": now, "X-BambooHR-Signature": digest(body + now.encode())}
    return Request("", body, {**headers, **signed})


def credential(name: str) -> Sign:
    return lambda body, headers: Request("", body, {**headers, name: SECRET})


def in_body(body: bytes, headers: dict[str, str]) -> Request:
    return Request("", body.replace(b'"CREDENTIAL"', json.dumps(SECRET).encode()), headers)


def token(name: str, prefix: str, algorithm: str, encode: Callable[[bytes], str]) -> Sign:
    """A JWS in a header that holds the digest of the body."""

    def sign(body: bytes, headers: dict[str, str]) -> Request:
        claims = {"request_body_sha256": encode(hashlib.sha256(body).digest()), "iat": int(time.time())}
        return Request("", body, {**headers, name: prefix + jws(claims, algorithm)})

    return sign


def security_event(body: bytes, headers: dict[str, str]) -> Request:
    claims = {**json.loads(body), "iat": int(time.time())}
    return Request("", jws(claims, "RS256", typ="secevent+jwt").encode(), headers)


def jws(claims: dict, algorithm: str, **header: str) -> str:
    key = SECRET if algorithm.startswith("HS") else KEY
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "k1", **header})


def base64_text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@dataclass(frozen=True)
class Case:
    """How one preset's sender sends, and what its fixtures are about."""

    preset: str
    sign: Sign
    secret: str = "utf8"
    # The sender's section beside its name and preset; by default one secret.
    section: dict = field(default_factory=dict)
    # What else is sent that removes the same person, and what removes nobody.
    same: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ("ignored",)
    several: str | None = None
    # The event holds an id; what a lookup finds under it.
    lookup: str | None = None
    without_email: bool = False
    unsigned_body: bool = False


AUTHORIZED = {"credential": {"value": {"env": "PRESET_SECRET"}}}
KEYS = {"token": {"jwks": "keys.json"}}
SSF = {"token": {"jwks": "keys.json", "issuer": "https://idp.example.com/", "audience": "https://hooks.example.com"}}

CASES = [
    Case("standard-webhooks", standard("webhook-{}"), "whsec", ignored=("unknown-type",)),
    Case("svix", standard("svix-{}"), "whsec"),
    Case("github", plain("X-Hub-Signature-256", "sha256="), ignored=("ping", "member-removed")),
    Case("jira", plain("X-Hub-Signature", "sha256="), without_email=True),
    Case(
        "workos",
        keyed("WorkOS-Signature", "v1", 1000, " "),
        same=("deleted",),
        ignored=("ignored", "directory-deleted"),
    ),
    Case("bamboohr", bamboohr, several="several-people", without_email=True),
    Case("hibob", plain("Bob-Signature", algorithm="sha512", encoding="base64"), without_email=True),
    Case("deel", plain("x-deel-signature", before=b"POST"), several="several-people", without_email=True),
    Case("gusto", plain("X-Gusto-Signature"), lookup="$.entity_uuid"),
    Case("merge", plain("X-Merge-Webhook-Signature", encoding="base64url"), without_email=True),
    Case("finch", standard("finch-{}", "base64", id_header="finch-event-id"), "base64", lookup="$.data.individual_id"),
    Case("keycloak", plain("X-Keycloak-Signature"), same=("deleted",), without_email=True),
    Case("zitadel", keyed("ZITADEL-Signature", "v1", 1), lookup="$.aggregateID"),
    Case("boxyhq", keyed("BoxyHQ-Signature", "s", 1000), same=("deleted",), several="several-people"),
    Case("pagerduty", list_of("X-PagerDuty-Signature", "v1=", ","), without_email=True),
    Case("zoom", slack_like("x-zm-signature", "x-zm-request-timestamp")),
    Case("descope", plain("x-descope-webhook-s256", encoding="base64"), without_email=True),
    Case("stripe-style", keyed("Stripe-Signature", "v1", 1), several="several-people"),
    Case(
        "okta",
        credential("Authorization"),
        section=AUTHORIZED,
        ignored=("ignored", "failed"),
        several="several-people",
        without_email=True,
        unsigned_body=True,
    ),
    Case(
        "google-workspace",
        credential("X-Goog-Channel-Token"),
        section=AUTHORIZED,
        ignored=("ignored", "sync"),
        unsigned_body=True,
    ),
    Case(
        "microsoft-graph",
        in_body,
        section=AUTHORIZED,
        ignored=("ignored", "lifecycle"),
        lookup="$.resourceData.id",
        unsigned_body=True,
    ),
    Case("auth0", credential("Authorization"), section=AUTHORIZED, without_email=True, unsigned_body=True),
    Case(
        "onelogin",
        credential("Authorization"),
        section={**AUTHORIZED, "events": {"departed": [90001]}},
        lookup="$.user_id",
        unsigned_body=True,
    ),
    Case("jumpcloud", credential("Authorization"), section=AUTHORIZED, lookup="$.resource.id", unsigned_body=True),
    Case("personio", credential("Authorization"), section=AUTHORIZED, without_email=True, unsigned_body=True),
    Case("rippling", credential("Authorization"), section=AUTHORIZED, unsigned_body=True),
    Case("authentik", credential("Authorization"), section=AUTHORIZED, without_email=True, unsigned_body=True),
    Case("gitlab", standard("webhook-{}"), "whsec"),
    Case("gitlab-token", credential("X-Gitlab-Token"), section=AUTHORIZED, unsigned_body=True),
    Case("clerk", standard("svix-{}"), "whsec", lookup="$.id"),
    Case("stytch", standard("svix-{}"), "whsec", without_email=True),
    Case(
        "keycloak-jwt",
        token("Authorization", "Bearer ", "RS256", bytes.hex),
        section=KEYS,
        same=("deleted",),
        without_email=True,
    ),
    Case("fusionauth", token("X-FusionAuth-Signature-JWT", "", "HS256", base64_text)),
    Case(
        "ssf",
        security_event,
        section=SSF,
        same=("purged", "older-subject"),
        ignored=("ignored", "session-revoked", "verification"),
        without_email=True,
    ),
]
# A signature of theirs says which platform sent, not that whoever typed may ask.
CHAT = [
    Case("slack", slack_like("X-Slack-Signature", "X-Slack-Request-Timestamp")),
    Case("teams", plain("Authorization", "HMAC ", encoding="base64", key="base64"), "base64"),
]


def fixture(preset: str, case: str, sign: Sign) -> Request:
    """The fixture's bytes, with its headers and what vouches for them."""
    (body,) = (path for path in (FIXTURES / preset).glob(f"{case}.*") if path.suffix != ".headers")
    headers = {}
    listed = FIXTURES / preset / f"{case}.headers"
    for line in listed.read_text().splitlines() if listed.exists() else []:
        name, value = line.split(": ", 1)
        if "signature" not in name.lower():
            headers[name] = value
    request = sign(body.read_bytes(), headers)
    request.path = f"/hooks/{preset}"
    return request


def tampered(request: Request, case: Case) -> Request:
    """One bit of what is vouched for is another: of the body, or of the secret where the body is not signed."""

    def flipped(raw: bytes, at: int) -> bytes:
        return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]

    if not case.unsigned_body:
        return Request(request.path, flipped(request.body, len(request.body) // 2), request.headers)
    wrong = flipped(SECRET.encode(), 3).decode()
    headers = {name: wrong if value == SECRET else value for name, value in request.headers.items()}
    return Request(request.path, request.body.replace(SECRET.encode(), wrong.encode()), headers)


def section(case: Case, **more: object) -> dict:
    secrets = (
        {}
        if "credential" in case.section or "jwks" in case.section.get("token", {})
        else {"secrets": [{"env": "PRESET_SECRET"}]}
    )
    return {"name": case.preset, "preset": case.preset, **secrets, **case.section, **more}


def prepare(its, case: Case) -> Offboard:
    """Starts the daemon with the sender's secret and public key at hand."""
    its.offboard.environment["PRESET_SECRET"] = written(case.secret)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
    (its.offboard.folder / "keys.json").write_text(json.dumps({"keys": [{**public, "kid": "k1", "alg": "RS256"}]}))
    return its.offboard.start()


def a_world() -> World:
    """The leaver is a member everywhere, and so are those who stand beside them."""
    world = three_organizations()
    world.person(OTHER_LEAVER, ALPHA, BETA)
    for email in BYSTANDERS:
        world.person(email, *(organization["id"] for organization in world.organizations))
    return world


def everywhere(world: World, *emails: str) -> set[tuple[str, str]]:
    return {
        (organization, user["id"])
        for user in world.users
        if user["email"] in emails
        for organization in user["organizations"]
    }


def states(offboard: Offboard) -> list[str]:
    return [delivery["state"] for delivery in offboard.deliveries()]
