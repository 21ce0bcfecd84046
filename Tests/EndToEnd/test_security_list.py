"""The list of published bugs of webhook receivers, one test each; what is about bytes on the wire is in
`test_security_list_framing.py`.

Where another test says the same in more detail, the docstring names it: `see FILE::TEST`, and the last test looks
whether it is there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import standardwebhooks

import senders
from conftest import Stage
from offboard import PROGRAM, ROOT
from raw_http import Answer, Connection
from service import Answer as Given
from service import Service
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA, three_organizations

UNAUTHORIZED = b'{"error":"unauthorized"}'
LEAVER = "avery.stone@example.com"
HR_KEY = base64.b64decode(senders.STANDARD_SECRET.removeprefix("whsec_"))


@pytest.fixture(scope="module")
def its(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One stage that enforces, and whose log tells all it can, for requests that must have no effect."""
    made = Stage(tmp_path_factory.mktemp("list"), three_organizations(), log={"format": "json", "level": "debug"})
    made.offboard.start()
    yield made
    made.end()


def post(its: Stage, request: senders.Request, headers: dict[str, str] | None = None) -> Answer:
    with Connection(its.offboard.port) as connection:
        sent = headers if headers is not None else request.headers
        return connection.request("POST", request.path, sent, request.body)


def nothing_happened(its: Stage, before: int) -> None:
    assert len(its.offboard.deliveries()) == before
    assert its.simulator.deletes() == []


def code(request: senders.Request) -> bytes:
    """The code that makes a request of the sender `hr` valid."""
    content = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    return hmac.digest(HR_KEY, content, "sha256")


def github_code(body: bytes) -> bytes:
    return hmac.digest(senders.GITHUB_SECRET.encode(), body, "sha256")


def text64(code: bytes) -> str:
    return base64.b64encode(code).decode()


GITHUB_BODY = json.dumps({"action": "employee_departed", "employee": {"email": LEAVER}}).encode()


def refuses_all(its: Stage, signatures: list[str], request: senders.Request, header: str) -> None:
    before = len(its.offboard.deliveries())
    with Connection(its.offboard.port) as connection:
        for signature in signatures:
            headers = {**request.headers, header: signature}
            answer = connection.request("POST", request.path, headers, request.body)
            assert (answer.status, answer.body) == (401, UNAUTHORIZED), signature
    nothing_happened(its, before)


# Signatures


def test_an_empty_signature_is_refused(its):
    """Bug: an empty signature equals as much of the right one as it has, or splits into no signature that could fail.

    see test_responses.py::test_an_empty_oversized_or_odd_signature_is_401
    """
    empty = ["", " ", "\t", ",", ", ,", "v1", "v1,", "v1, ", "v1,=", "v1,====", "v1, v1,", '""', "null", "undefined"]
    refuses_all(its, empty, senders.departure(LEAVER), "webhook-signature")
    refuses_all(its, ["", " ", "sha256", "sha256=", "sha256= ", "=", "sha256=="], senders.github(GITHUB_BODY), HUB)


HUB = "x-hub-signature-256"


def test_a_truncated_signature_is_refused(its):
    """Bug: the two are compared for as long as the shorter one is."""
    request = senders.departure(LEAVER)
    right = code(request)
    text = text64(right)
    cut = ["v1," + text64(right[:length]) for length in range(32)]
    cut += ["v1," + text[:length] for length in range(43)]
    refuses_all(its, cut, request, "webhook-signature")
    hexadecimal = github_code(GITHUB_BODY).hex()
    cut = ["sha256=" + hexadecimal[:length] for length in range(64)]
    refuses_all(its, cut, senders.github(GITHUB_BODY), HUB)


def test_an_over_long_signature_is_refused(its):
    """Bug: what stands behind the right signature is cut off before it is compared, or fills memory."""
    request = senders.departure(LEAVER)
    right = code(request)
    text = text64(right)
    longer = [right + b"\0", right + right, right + b" ", b"\0" + right]
    long = ["v1," + text64(code) for code in longer]
    long += [f"v1,{text}{more}" for more in ["A", "AAAA", "=", "\0", ";", ",v1", "." + text, "A" * 3000, "A" * 12_000]]
    # A zero byte ends text in C, and such a head is refused as no HTTP.
    refuses_all(its, [one for one in long if "\0" not in one], request, "webhook-signature")
    hexadecimal = github_code(GITHUB_BODY).hex()
    long = [hexadecimal + more for more in ["0", "00", " 00", hexadecimal, "0" * 3000]]
    refuses_all(its, ["sha256=" + one for one in long], senders.github(GITHUB_BODY), HUB)
    # The same signature as it should be is right.
    assert its.offboard.run("check").status == 0


NO_SECRET = {
    "no list of secrets": {"secrets": None},
    "an empty list": {"secrets": []},
    "an empty name": {"secrets": [{"env": ""}]},
    "a variable that is not set": {"secrets": [{"env": "NOT_SET"}]},
    "an empty variable": {"secrets": [{"env": "EMPTY"}]},
    "a variable with a line feed": {"secrets": [{"env": "LINE_FEED"}]},
    "a prefix alone": {"secrets": [{"env": "PREFIX"}]},
    "an empty file": {"secrets": [{"file": "empty"}]},
    "a file that is not there": {"secrets": [{"file": "none"}]},
    "one of two": {"secrets": [{"env": "HR_SECRET"}, {"env": "NOT_SET"}]},
    "an empty one of two": {"secrets": [{"env": "HR_SECRET"}, {"env": "EMPTY"}]},
}


@pytest.mark.parametrize("what", NO_SECRET)
def test_without_a_secret_nothing_starts(stage, what):
    """Bug: a secret that is missing or empty switches verifying off, or is an HMAC key that everybody knows.

    see test_configuration.py::test_an_environment_that_lacks_something_is_refused
    """
    sender = {"name": "hr", "preset": "standard-webhooks", **NO_SECRET[what]}
    its = stage(start=False, senders=[{key: value for key, value in sender.items() if value is not None}])
    (its.offboard.folder / "empty").write_bytes(b"\n")
    its.offboard.environment |= {"EMPTY": "", "LINE_FEED": "\n", "PREFIX": "whsec_"}
    done = subprocess.run(
        [PROGRAM, "serve", "--config", its.offboard.file],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        env=its.offboard.environment,
    )
    assert done.returncode == 78, done
    assert "secret" in done.stderr
    assert "listening" not in done.stdout + done.stderr


def test_no_well_known_key_signs_anything(its):
    """Bug: a secret that was not found becomes the text `None`, `null` or its own name, and that signs."""
    request = senders.departure(LEAVER)
    content = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    keys = [b"", b"\0", b"None", b"null", b"undefined", b"HR_SECRET", b"whsec_", b"<secret>", b"secret"]
    keys += [senders.STANDARD_SECRET.encode(), senders.STANDARD_SECRET.removeprefix("whsec_").encode()]
    signatures = ["v1," + text64(hmac.new(key, content, "sha256").digest()) for key in keys]
    # Nor does a digest without any key.
    signatures.append("v1," + text64(hashlib.sha256(content).digest()))
    refuses_all(its, signatures, request, "webhook-signature")


COMPARED = re.compile(r"(?P<left>[$\w.?!()\[\]]+)\s*(?:==|!=|~=)\s*(?P<right>(?!(?:nil|true|false)\b)[$\w.?!()\[\]]+)")
SECRET_NAMES = re.compile(
    r"(^|[.(\[])(\w*[sS]ecret|\w*[sS]ignature|code|mac|hmac|claimed|expected|credential|token|password)"
    r"(\.bytes|\.text|\.value)?$"
)
# Each with what it compares in truth.
HARMLESS = {
    # The key `v1` of `v1=…`, as it is configured.
    ("Explainer+Signature.swift", "$0.key == scheme.keys?.signature"),
    ("Explainer+Signature.swift", "$0.key != keys.signature"),
    # A status of HTTP.
    ("VultrConnection+Exchange.swift", "answer.status == HTTPResponseStatus.tooManyRequests.code"),
    # What kind of error it is.
    ("AuditCommand.swift", "error.code == .busy"),
    ("ConsoleService.swift", "error.code == .addressInUse"),
    # What the operator calls a secret.
    ("SenderUsage.swift", "$0.secret == secret"),
    ("SenderUsage.swift", "$0 != secret"),
}


def test_nothing_secret_is_compared_by_equality():
    """Bug: `==` on a signature or a token ends at the first byte that differs, and the time it takes tells which.

    That types of secrets are not `Equatable`, and that the comparison takes as long for a difference at the end as for
    one at the start, is in the unit tests (`SecretTests` of WebhookSignature, VultrAPI and StrictYAML). Here: one place
    compares, and no source compares anything whose name says that it is secret.
    """
    places = []
    found = set()
    for folder in [
        "WebhookSignature",
        "SignedTokens",
        "Senders",
        "Intake",
        "VultrAPI",
        "StrictYAML",
        "Console",
        "vultr-offboard",
    ]:
        for file in sorted((ROOT / "Sources" / folder).rglob("*.swift")):
            for line in file.read_text().splitlines():
                statement = line.split("//")[0]
                if re.search(r"\b(CRYPTO_memcmp|memcmp|strcmp|strncmp|timingsafe_bcmp)\b", statement):
                    places.append((file.name, statement.strip()))
                for match in COMPARED.finditer(statement):
                    if SECRET_NAMES.search(match["left"]) or SECRET_NAMES.search(match["right"]):
                        found.add((file.name, match[0].strip("() ")))
    assert [file for file, _ in places] == ["SHA256.swift"], places
    assert "CRYPTO_memcmp" in places[0][1]
    assert found == HARMLESS


REWRITTEN = [
    lambda body: json.dumps(json.loads(body)).encode(),
    lambda body: json.dumps(json.loads(body), separators=(",", ":"), sort_keys=True).encode(),
    lambda body: json.dumps(json.loads(body), indent=2).encode(),
    lambda body: json.dumps(json.loads(body), ensure_ascii=True, separators=(",", ":")).encode(),
    lambda body: body + b"\n",
    lambda body: b"\xef\xbb\xbf" + body,
    lambda body: body.replace(b"\r\n", b"\n"),
    lambda body: body.decode().encode("utf-16"),
]


def test_json_is_verified_as_it_came_and_not_as_it_would_be_written(stage):
    """Bug: the body is parsed and written anew before it is verified, so that what was signed is not what counts."""
    its = stage(policy={"mode": "dry_run"})
    written = (
        '{"id" : "%s",\r\n "type":"employee.departed", "timestamp":"%s",'
        ' "data":{ "email":"zo\\u00e9@example.com", "reason":"é \\/ 1.0e2", "n": 1.50 } }'
    )
    request = senders.standard((written % (senders.new_id(), senders.in_())).encode())
    for rewrite in REWRITTEN:
        other = rewrite(request.body)
        assert other != request.body
        answer = post(its, senders.Request(request.path, other, request.headers))
        assert (answer.status, answer.body) == (401, UNAUTHORIZED)
    assert its.offboard.deliveries() == []
    # As it came it is right, blanks and escapes included.
    assert post(its, request).status == 202
    assert its.offboard.settled("zoé@example.com", "completed")


def test_changing_what_is_not_signed_is_no_way_to_replay(stage):
    """Bug: a repetition is told by an id that nothing signs, so that a captured request is new under another id.

    see test_replay.py::test_the_same_body_is_a_repetition_whatever_unsigned_headers_say
    see test_responses.py::test_a_header_makes_a_repetition_new_only_where_nothing_signs_the_body
    """
    its = stage()
    request = senders.departure(LEAVER)
    assert post(its, request).status == 202
    its.offboard.settled(LEAVER, "completed")
    its.simulator.add_member(ALPHA, AVERY)
    # The id that is signed cannot be changed, nor the other name of its header be used for a second one.
    for name, status in [("webhook-id", 401), ("svix-id", 400), ("webhook-timestamp", 401), ("svix-timestamp", 400)]:
        headers = {**request.headers, name: "2" + request.headers.get(name, senders.new_id())[1:]}
        assert post(its, request, headers).status == status, name
    # What is not signed may be changed at will and makes no new delivery.
    unsigned = ["x-request-id", "idempotency-key", "x-github-delivery", "date", "user-agent", "content-type", "x-event"]
    for name in unsigned:
        answer = post(its, request, {**request.headers, name: senders.new_id()})
        assert (answer.status, json.loads(answer.body)["status"]) == (200, "duplicate"), name
    renamed = {name.upper(): value for name, value in request.headers.items()}
    assert post(its, request, renamed).status == 200
    again = senders.Request(request.path + "?delivery=2", request.body, request.headers)
    assert post(its, again).status == 200
    # Under another sender's path it was never signed.
    assert post(its, senders.Request("/hooks/svix", request.body, request.headers)).status == 401
    assert len(its.offboard.deliveries()) == len(its.offboard.cases()) == 1
    assert len(its.simulator.deletes()) == 3
    assert (ALPHA, AVERY) in its.simulator.members()


def forms(code: bytes) -> list[str]:
    """How a code could be written, and what of it would help whoever guesses it."""
    written = [code.hex(), text64(code), base64.urlsafe_b64encode(code).decode(), str(list(code))]
    return [form for text in written for form in (text, text.upper(), text.rstrip("="), text[:12], text[-12:])]


def test_the_right_signature_is_told_to_nobody(its, tmp_path: Path):
    """Bug: `expected abc…, got def…` in an answer or a log line, which signs the forger's request for the next try."""
    request = senders.departure(LEAVER)
    expected = forms(code(request)) + forms(github_code(GITHUB_BODY))
    told = []
    for name, value in [("webhook-signature", "v1," + text64(b"x" * 32)), ("webhook-signature", "v1,AAAA")]:
        answer = post(its, request, {**request.headers, name: value})
        assert answer.status == 401
        told.append(repr(answer))
    answer = post(its, senders.github(GITHUB_BODY), {HUB: "sha256=" + "0" * 64})
    told.append(repr(answer))
    (tmp_path / "body").write_bytes(request.body)
    headers = {**request.headers, "webhook-signature": "v1," + text64(b"y" * 32)}
    (tmp_path / "headers").write_text("".join(f"{name}: {value}\n" for name, value in headers.items()))
    for json_too in ([], ["--json"]):
        done = its.offboard.run(
            "senders", "explain", "hr", "--headers", tmp_path / "headers", "--body", tmp_path / "body", *json_too
        )
        assert "wrong" in done.output + done.errors, done
        told += [done.output, done.errors]
    told.append(its.offboard.log)
    assert "wrong_signature" in its.offboard.log
    for form in expected:
        assert not [text for text in told if form in text], form


# Trouble of ours


def test_our_own_trouble_is_never_the_senders_fault(stage):
    """Bug: a full disk or a lost database is answered with 4xx, and the sender drops the delivery for good.

    see test_durability.py::test_a_full_disk_is_answered_503_and_loses_nothing
    see test_durability.py::test_a_store_that_was_removed_is_noticed
    see test_tokens.py::test_without_a_key_set_it_is_trouble_of_ours_and_the_daemon_lives
    see test_listener_bounds.py::test_bodies_beyond_the_budget_are_answered_503_and_accepted_later
    """
    its = stage()
    aside = its.offboard.folder / "aside"
    known = senders.departure("sam.river@example.com")
    assert post(its, known).status == 202
    its.offboard.store.rename(aside)
    new = senders.departure(LEAVER)
    stale = senders.standard(senders.event("kim.park@example.com"), id=senders.new_id())
    for request in [new, known, stale, senders.github(GITHUB_BODY)]:
        answer = post(its, request)
        assert answer.status == 503
        assert int(answer.header("retry-after")) >= 1
    # A stranger learns nothing of our trouble, and a handshake needs no store.
    assert post(its, new, {**new.headers, "webhook-signature": "v1,AAAA"}).status == 401
    aside.rename(its.offboard.store)
    assert post(its, new).status == 202
    assert its.offboard.settled(LEAVER, "completed")["result"] == "removed"


# Requests of ours


def test_no_redirect_and_no_answer_leads_a_request_of_ours_elsewhere(stage):
    """Bug: a URL, a name or a redirect leads requests of the receiver into its own network (SSRF).

    Targets: see test_notices.py::test_wrong_notifications_are_configuration_errors
    see test_notices.py::test_a_redirect_is_not_followed
    Lookups: see test_lookups.py::test_without_allow_private_a_service_in_the_own_network_is_never_called
    see test_lookups.py::test_an_id_stays_within_its_place_in_the_path
    see test_lookups.py::test_wrong_lookups_are_configuration_errors
    Chats: see test_chat.py::test_no_other_host_is_ever_called
    Keys: see test_tokens.py::test_without_a_key_set_it_is_trouble_of_ours_and_the_daemon_lives
    Names that come to lead elsewhere: `OutboundClientTests`; which addresses: `NetworkAddressTests`.
    Here: all of them redirected at once, Vultr's own API too, whose key must stay where it belongs.
    """
    inner = Service(lambda call: Given(200, b'{"work":{"email":"sam.river@example.com"}}'))

    def astray(call) -> Given:
        return Given(302, b"", (("Location", inner.url + "/latest/meta-data/"), ("Refresh", f"0; url={inner.url}")))

    outer = Service(astray)
    try:
        its = stage(
            start=False,
            vultr={"url": outer.url},
            notifications=[
                {"name": "ops", "kind": "standard-webhooks", "url": outer.url, "secret": {"env": "NOTICE_SECRET"}},
                {"name": "chat", "kind": "slack", "url": {"env": "SLACK_URL"}},
            ],
            senders=[
                {
                    "name": "hr",
                    "preset": "standard-webhooks",
                    "secrets": [{"env": "HR_SECRET"}],
                    "lookup": {
                        "url": outer.url + "/people/{id}",
                        "id": "$.employee",
                        "email": ["$.work.email"],
                        "allow_private": True,
                    },
                }
            ],
        )
        its.offboard.environment |= {"NOTICE_SECRET": senders.SVIX_SECRET, "SLACK_URL": outer.url + "/slack"}
        its.offboard.start()
        its.offboard.post(senders.standard(senders.event(data={"employee": "E-1"})))
        its.offboard.post(senders.standard(senders.event(data={"email": "two words@example.com"})))
        its.offboard.post(senders.departure(LEAVER))
        wanted = ["/people/", "/slack", "/v2/users"]

        def seen() -> set[str]:
            return {path for path in wanted for call in list(outer.calls) if call.target.startswith(path)}

        wait_until(lambda: seen() == set(wanted) and len(outer.calls) > 12, "each was called, and again")
        wait_until(lambda: [call for call in outer.calls if call.target == "/"], "the notice was sent")
        assert inner.calls == []
        # Nobody was found, and nobody is said not to be there.
        assert its.offboard.run("plan", LEAVER).status != 0
        assert its.offboard.case(LEAVER)["state"] == "attention"
        assert inner.calls == []
    finally:
        outer.end()
        inner.end()


# Crashes


@pytest.mark.parametrize("sent", [signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGTRAP])
def test_a_crash_shows_nothing_of_the_memory(stage, sent):
    """Bug: secrets in crash output: a dump of memory on standard error, or a core file.

    The runtime's own report shows the memory that each register points to, which in the middle of a comparison is a
    secret.
    """
    its = stage()
    assert its.offboard.post(senders.departure(LEAVER)).status_code == 202
    limits = Path(f"/proc/{its.offboard.process.pid}/limits").read_text()
    assert re.search(r"Max core file size +0 +0 ", limits), limits
    began = time.monotonic()
    its.offboard.process.send_signal(sent)
    assert its.offboard.wait(within=10) == -sent
    assert time.monotonic() - began < 5
    log = its.offboard.log_file.read_text()
    for line in log.splitlines():
        json.loads(line)
    assert "Registers" not in log and "0x0" not in log
    assert not list(its.offboard.folder.glob("core*"))
    # What it was in the middle of goes on.
    its.offboard.start()
    assert its.offboard.settled(LEAVER, "completed", within=60)["result"] == "removed"
    assert its.gone == {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}


# The list itself


def test_what_the_list_refers_to_is_there():
    folder = Path(__file__).parent
    referred = 0
    for file in [Path(__file__), folder / "test_security_list_framing.py"]:
        for name, test in re.findall(r"see (\w+\.py)::(\w+)", file.read_text()):
            if name == "FILE":
                continue
            referred += 1
            assert re.search(rf"^def {test}\(", (folder / name).read_text(), re.M), (name, test)
    assert referred > 10


def test_the_list_is_signed_as_others_sign(its):
    """The codes that this file computes are those of the client that others wrote, so that near misses are near."""
    request = senders.departure(LEAVER)
    assert request.headers["webhook-signature"] == "v1," + text64(code(request))
    assert standardwebhooks.Webhook(senders.STANDARD_SECRET).verify(request.body, request.headers)
    assert senders.github(GITHUB_BODY).headers[HUB] == "sha256=" + github_code(GITHUB_BODY).hex()
