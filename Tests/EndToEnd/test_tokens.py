"""Signed tokens, made by PyJWT: digests of the body, bearers of an identity provider, security event tokens.

The senders are spelled out here, as an administrator without a preset would.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import senders
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA

EVERYWHERE = {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}
ISSUER = "https://idp.example.com/"
AUDIENCE = "https://hooks.example.com"
FUSION_SECRET = "a key of FusionAuth, shared with us"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"

FUSION = {
    "name": "fusion",
    "secrets": [{"name": "2026-11", "env": "FUSION_SECRET"}],
    "token": {
        "header": "X-FusionAuth-Signature-JWT",
        "algorithms": ["HS256"],
        "body_digest": {"claim": "request_body_sha256", "encoding": "base64"},
    },
    "events": {"type": "$.event.type", "departed": ["user.deactivate"], "email": ["$.event.user.email"]},
}
KEYCLOAK = {
    "name": "keycloak",
    "token": {
        "header": "Authorization",
        "prefix": "Bearer ",
        "algorithms": ["RS256"],
        "issuer": ISSUER,
        "jwks": "keys.json",
        "body_digest": {"claim": "request_body_sha256", "encoding": "hex"},
    },
    "events": {"type": "$.type", "departed": ["admin.USER-DELETE"], "email": ["$.email"]},
}
EVENTS = {
    "name": "events",
    "token": {"algorithms": ["ES256"], "issuer": ISSUER, "audience": AUDIENCE, "jwks": "keys.json"},
    "events": {
        "format": "set",
        "type": {"names_of": "$.events"},
        "departed": [f"{RISC}account-disabled", f"{RISC}account-purged"],
        "email": ["$.sub_id.email"],
    },
    "response": {"status": 202, "body": "empty"},
}


class Keys:
    """Key pairs of an identity provider, published as a key set."""

    def __init__(self) -> None:
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())
        self.next = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def document(self, *, rotated: bool = False) -> str:
        keys = [
            {**self._jwk(jwt.algorithms.RSAAlgorithm, self.rsa), "kid": "rsa-1", "use": "sig", "alg": "RS256"},
            {**self._jwk(jwt.algorithms.ECAlgorithm, self.ec), "kid": "ec-1"},
            # What else is published beside keys for signatures.
            {**self._jwk(jwt.algorithms.RSAAlgorithm, self.rsa), "kid": "enc", "use": "enc", "alg": "RSA-OAEP-256"},
            {"kty": "AKP", "kid": "new", "alg": "ML-DSA-65", "pub": "AAAA"},
        ]
        if rotated:
            keys.append({**self._jwk(jwt.algorithms.RSAAlgorithm, self.next), "kid": "rsa-2", "alg": "RS256"})
        return json.dumps({"keys": keys})

    def public_pem(self) -> str:
        return (
            self.rsa.public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )

    @staticmethod
    def _jwk(algorithm: type, key: object) -> dict:
        return json.loads(algorithm.to_jwk(key.public_key()))


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys()


@pytest.fixture
def its(stage, keys):
    """A daemon with all three senders, its key set in a file beside the configuration."""
    made = stage(start=False, senders=[FUSION, KEYCLOAK, EVENTS])
    made.offboard.environment["FUSION_SECRET"] = FUSION_SECRET
    (made.offboard.folder / "keys.json").write_text(keys.document())
    made.offboard.start()
    return made


def fusion(email: str = "avery.stone@example.com", *, secret: str = FUSION_SECRET, **claims: object) -> senders.Request:
    body = json.dumps(
        {"event": {"id": senders.new_id(), "type": "user.deactivate", "user": {"email": email, "active": False}}}
    ).encode()
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    token = jwt.encode({"request_body_sha256": digest, **claims}, secret, algorithm="HS256", headers={"kid": "k"})
    return senders.Request("/hooks/fusion", body, {"X-FusionAuth-Signature-JWT": token})


def keycloak(keys: Keys, email: str = "avery.stone@example.com", *, rotated: bool = False, **claims: object):
    body = json.dumps({"id": senders.new_id(), "type": "admin.USER-DELETE", "email": email}).encode()
    digest = hashlib.sha256(body).hexdigest()
    now = int(time.time())
    payload = {"iss": ISSUER, "iat": now, "exp": now + 300, "request_body_sha256": digest, **claims}
    key, kid = (keys.next, "rsa-2") if rotated else (keys.rsa, "rsa-1")
    token = jwt.encode(payload, key, algorithm="RS256", headers={"kid": kid})
    return senders.Request("/hooks/keycloak", body, {"Authorization": f"Bearer {token}"})


def event(keys: Keys, email: str = "avery.stone@example.com", *, type: str = "secevent+jwt", **claims: object):
    payload = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": int(time.time()),
        "jti": senders.new_id(),
        "sub_id": {"format": "email", "email": email},
        "events": {f"{RISC}account-purged": {}},
        **claims,
    }
    kept = {name: value for name, value in payload.items() if value is not None}
    token = jwt.encode(kept, keys.ec, algorithm="ES256", headers={"kid": "ec-1", "typ": type})
    return senders.Request("/hooks/events", token.encode(), {"Content-Type": "application/secevent+jwt"})


def flipped(data: bytes, at: int) -> bytes:
    """The bytes with one of them changed, a letter for a letter, so that nothing else is wrong with them."""
    other = {65: 66}.get(data[at], 65)
    return data[:at] + bytes([other]) + data[at + 1 :]


def mutations(request: senders.Request) -> Iterator[tuple[str, senders.Request]]:
    """The request with one byte changed: of its body, and of each part of its token."""
    for at in (0, len(request.body) // 3, len(request.body) // 2, len(request.body) - 2):
        yield f"byte {at} of the body", senders.Request(request.path, flipped(request.body, at), request.headers)
    for name, value in request.headers.items():
        if name == "Content-Type":
            continue
        start = value.index("ey")
        first, second = value.index(".", start), value.rindex(".")
        for at in (start + 4, first + 6, (first + second) // 2, second + 3, len(value) - 1):
            changed = {**request.headers, name: flipped(value.encode(), at).decode()}
            yield f"byte {at} of {name}", senders.Request(request.path, request.body, changed)


@pytest.mark.parametrize("make", ["fusion", "keycloak", "event"])
def test_a_token_is_accepted_and_with_one_byte_changed_refused(its, keys, make):
    request = {"fusion": fusion, "keycloak": lambda: keycloak(keys), "event": lambda: event(keys)}[make]()
    changed = list(mutations(request))
    assert len(changed) >= 4
    for what, mutation in changed:
        answer = its.offboard.post(mutation)
        assert (answer.status_code, answer.json()) == (401, {"error": "unauthorized"}), what
    assert its.offboard.deliveries() == []

    answer = its.offboard.post(request)
    assert answer.status_code == 202
    assert answer.content == b"" if make == "event" else answer.json()["status"] == "accepted"
    assert its.offboard.post(request).status_code == 200
    case = its.offboard.settled("avery.stone@example.com")
    assert (case["state"], case["result"]) == ("completed", "removed")
    assert its.gone == EVERYWHERE
    assert len(its.offboard.deliveries()) == 1


def test_a_forged_shared_secret_none_and_a_public_key_as_secret_are_refused(its, keys):
    assert its.offboard.post(fusion(secret="a key of somebody else, not shared")).status_code == 401
    request = keycloak(keys)
    claims = jwt.decode(request.headers["Authorization"].removeprefix("Bearer "), options={"verify_signature": False})
    none = jwt.encode(claims, None, algorithm="none")
    header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "rsa-1"}).encode()).rstrip(b"=")
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    code = hmac.digest(keys.public_pem().encode(), header + b"." + payload, "sha256")
    confused = b".".join([header, payload, base64.urlsafe_b64encode(code).rstrip(b"=")]).decode()
    for token in (none, none + "AAAA", confused, "..", "a.b.c", "Bearer"):
        headers = {"Authorization": f"Bearer {token}"}
        assert its.offboard.post(senders.Request(request.path, request.body, headers)).status_code == 401, token
    bare = {"Authorization": request.headers["Authorization"].removeprefix("Bearer ")}
    assert its.offboard.post(senders.Request(request.path, request.body, bare)).status_code == 401
    assert its.offboard.post(senders.Request(request.path, request.body, {})).status_code == 401
    assert its.offboard.post(request).status_code == 202


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example.com/"},
        {"aud": "https://other.example.com"},
        {"aud": None},
        {"iss": None},
        {"jti": None},
        {"iat": None},
        {"events": None},
        {"events": {}},
        {"iat": 1_795_536_000 - 10_000_000},
        {"exp": 1_700_000_000},
        {"nbf": 4_000_000_000},
    ],
    ids=str,
)
def test_a_security_event_token_with_a_wrong_claim_is_refused(its, keys, claims):
    assert its.offboard.post(event(keys, **claims)).status_code == 401
    assert its.offboard.deliveries() == []


def test_another_type_of_token_is_no_security_event_token(its, keys):
    assert its.offboard.post(event(keys, type="JWT")).status_code == 401
    assert its.offboard.post(event(keys, type="at+jwt")).status_code == 401


def test_the_same_event_in_another_token_is_a_repetition_by_its_jti(its, keys):
    first = its.offboard.post(event(keys, jti="one"))
    again = its.offboard.post(event(keys, jti="one"))
    assert (first.status_code, again.status_code) == (202, 202)
    # Signed anew its bytes differ, so it is a new delivery under a known id.
    assert "a signed id came again with another body" in its.offboard.log


def test_a_key_that_is_added_to_the_file_is_found_by_its_id(its, keys):
    (its.offboard.folder / "keys.json").write_text(keys.document(rotated=True))
    request = keycloak(keys, rotated=True)
    # Trouble of ours, so that the sender tries again.
    assert its.offboard.post(request).status_code == 503
    wait_until(lambda: its.offboard.post(request).status_code == 202, "the new key is known")


def test_a_key_that_is_in_no_file_is_refused(its, keys):
    assert its.offboard.post(keycloak(keys, rotated=True)).status_code == 401
    assert its.offboard.post(keycloak(keys)).status_code == 202


class KeyServer:
    """Serves a key set on loopback."""

    def __init__(self, document: str):
        self.document = document
        self.location: str | None = None
        self.status = 200
        self.asked = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                body = outer.document.encode()
                self.send_response(outer.status)
                if outer.location:
                    self.send_header("Location", outer.location)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except BrokenPipeError:
                    pass

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/keys"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def key_server(keys) -> Iterator[KeyServer]:
    server = KeyServer(keys.document())
    yield server
    server.stop()


def by_url(url: str) -> dict:
    return {**KEYCLOAK, "token": {**KEYCLOAK["token"], "jwks": url}}


def test_keys_are_fetched_in_the_background_and_again_for_an_unknown_one(stage, keys, key_server):
    its = stage(senders=[by_url(key_server.url)])
    request = keycloak(keys)
    wait_until(lambda: its.offboard.post(request).status_code in (200, 202), "the keys are fetched")
    asked = key_server.asked
    key_server.document = keys.document(rotated=True)
    rotated = keycloak(keys, "colleague0.alpha@example.com", rotated=True)
    first = its.offboard.post(rotated)
    # Trouble of ours, so that the sender tries again.
    assert first.status_code == 503
    assert int(first.headers["Retry-After"]) > 0
    wait_until(lambda: its.offboard.post(rotated).status_code in (200, 202), "the new key is fetched")
    assert key_server.asked == asked + 1
    # Once a minute at most: names that strangers make up cost nothing.
    for number in range(20):
        made_up = keycloak(keys, f"colleague{number}.alpha@example.com")
        token = made_up.headers["Authorization"].removeprefix("Bearer ")
        header = {"kid": f"made-up-{number}"}
        claims = jwt.decode(token, options={"verify_signature": False})
        made_up.headers["Authorization"] = "Bearer " + jwt.encode(claims, keys.rsa, algorithm="RS256", headers=header)
        assert its.offboard.post(made_up).status_code == 401
    assert key_server.asked == asked + 1


@pytest.mark.parametrize("trouble", ["down", "status", "redirect", "huge", "nonsense"])
def test_without_a_key_set_it_is_trouble_of_ours_and_the_daemon_lives(stage, keys, key_server, trouble):
    elsewhere = KeyServer(keys.document())
    try:
        match trouble:
            case "down":
                key_server.stop()
            case "status":
                key_server.status = 500
            case "redirect":
                key_server.status, key_server.location = 302, elsewhere.url
            case "huge":
                key_server.document = json.dumps({"keys": [], "padding": "x" * 300_000})
            case "nonsense":
                key_server.document = "<html>"
        its = stage(senders=[by_url(key_server.url)])
        wait_until(lambda: "the key set of a sender cannot be" in its.offboard.log, "the trouble is in the log")
        answer = its.offboard.post(keycloak(keys))
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert elsewhere.asked == 0
        assert its.offboard.stop() == 0
    finally:
        elsewhere.stop()


def test_check_tells_what_verifies_each_sender_and_sign_makes_what_it_can(stage, keys, tmp_path: Path):
    its = stage(start=False, senders=[FUSION, KEYCLOAK, EVENTS])
    its.offboard.environment["FUSION_SECRET"] = FUSION_SECRET
    missing = its.offboard.run("check")
    assert missing.status == 78
    assert "token.jwks: the file keys.json cannot be read" in missing.errors
    (its.offboard.folder / "keys.json").write_text(keys.document())
    shown = {sender["name"]: sender for sender in its.offboard.read("check")["senders"]}
    assert {name: sender["verified_by"] for name, sender in shown.items()} == {
        "fusion": ["token HS256"],
        "keycloak": ["token RS256"],
        "events": ["token ES256"],
    }
    assert [shown[name]["signed_id"] for name in ("fusion", "keycloak", "events")] == [False, False, True]

    body = tmp_path / "body"
    body.write_bytes(fusion().body)
    signed = its.offboard.run("sign", "--sender", "fusion", body)
    assert signed.status == 0
    name, value = signed.output.strip().split(": ")
    claims = jwt.decode(value, FUSION_SECRET, algorithms=["HS256"])
    assert base64.b64decode(claims["request_body_sha256"]) == hashlib.sha256(body.read_bytes()).digest()
    its.offboard.start()
    assert its.offboard.post(senders.Request("/hooks/fusion", body.read_bytes(), {name: value})).status_code == 202
    for sender in ("keycloak", "events"):
        refused = its.offboard.run("sign", "--sender", sender, body)
        assert refused.status == 1
        assert "cannot be signed" in refused.errors
