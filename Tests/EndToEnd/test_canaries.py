"""A canary secret and a canary email in every input: neither is in any answer, any line of the log, or what a crash
leaves behind."""

from __future__ import annotations

import base64
import hmac
import json
import signal
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest

import senders
from conftest import Stage
from raw_http import Connection, chunk, head
from service import Answer, Call
from waiting import wait_until
from world import ALPHA, World, three_organizations

# In no path and no name of the tests, which the log may show.
WORD = "qanary"
EMAIL = f"{WORD}.bird@{WORD}.example"
SECRET = f"{WORD.upper()}SECRET0123456789"
BOTH = f"{EMAIL} {SECRET}"


def traces() -> list[str]:
    """What would tell of a canary, in lower case, however it is written."""
    found = [
        WORD,
        WORD.encode().hex(),
        WORD.upper().encode().hex(),
        urllib.parse.quote(EMAIL, safe=""),
        ".".join(map(str, WORD.encode())),
    ]
    for text in (WORD, WORD.upper()):
        for shift in range(3):
            # Base64 of the word wherever it stands, without the ends that depend on its neighbours.
            encoded = base64.b64encode(b"x" * shift + text.encode() + b"xxx").decode()
            found.append(encoded[(shift * 8 + 5) // 6 : (shift + len(text)) * 8 // 6])
    return [trace.lower() for trace in found]


TRACES = traces()


def tell(text: str) -> list[str]:
    """The lines of a text that tell of a canary."""
    return [line for line in text.splitlines() if any(trace in line.lower() for trace in TRACES)]


def a_world() -> World:
    """Everybody at Vultr is a canary."""
    world = three_organizations(None)
    for user in world.users:
        user["email"] = f"{user['email'].split('@')[0]}.{EMAIL}"
    world.person(EMAIL, *(organization["id"] for organization in world.organizations))
    world.person(f"other.{EMAIL}", ALPHA)
    for organization in world.organizations:
        organization["name"] = EMAIL
    for key in world.keys:
        key["secret"] = SECRET + key["name"]
    return world


def is_in_trouble(call: Call) -> Answer:
    location = (("Location", f"http://127.0.0.1:9/{BOTH.replace(' ', '/')}"), ("X-Told", BOTH))
    return Answer(302 if "redirect" in call.target else 500, json.dumps({"error": BOTH}).encode(), location)


KEY = base64.b64encode(SECRET.encode()).decode()
ENVIRONMENT = {
    "HR_SECRET": "whsec_" + KEY,
    "GITHUB_SECRET": SECRET,
    "SVIX_SECRET": "whsec_" + base64.b64encode(SECRET[::-1].encode()).decode(),
    "LOOKUP_TOKEN": f"Bearer {SECRET}",
    "NOTICE_SECRET": "whsec_" + KEY,
}


def staged(stage, service, **more: object) -> Stage:
    def look_up(call: Call) -> Answer:
        answers = {
            "/people/E-1": Answer(200, json.dumps({"email": EMAIL}).encode(), (("X-Told", BOTH),)),
            "/people/E-2": Answer(200, json.dumps({"email": f"{BOTH} two words"}).encode()),
            "/people/E-3": Answer(404, BOTH.encode()),
            "/people/E-4": Answer(200, json.dumps({"email": [EMAIL, SECRET]}).encode()),
            "/people/E-5": Answer(200, BOTH.encode()),
        }
        return answers.get(call.target) or is_in_trouble(call)

    directory = service(look_up)
    target = service(is_in_trouble)
    its = stage(
        a_world(),
        start=False,
        senders=[
            {
                "name": "hr",
                "preset": "standard-webhooks",
                "secrets": [{"env": "HR_SECRET"}],
                "lookup": {
                    "url": directory.url + "/people/{id}",
                    "id": "$.employee",
                    "header": {"Authorization": {"env": "LOOKUP_TOKEN"}},
                    "email": ["$.email"],
                    "allow_private": True,
                },
            },
            {"name": "github", "preset": "github", "secrets": [{"env": "GITHUB_SECRET"}]},
            {
                "name": "okta",
                "preset": "okta",
                "credential": {"header": "Authorization", "value": {"env": "LOOKUP_TOKEN"}},
            },
        ],
        notifications=[
            {"name": "ops", "kind": "standard-webhooks", "url": target.url, "secret": {"env": "NOTICE_SECRET"}},
            {"name": "chat", "kind": "slack", "url": {"env": "SLACK_URL"}},
        ],
        policy={"protected": [f"other.{EMAIL}"]},
        **more,
    )
    its.offboard.environment |= {**ENVIRONMENT, "SLACK_URL": f"{target.url}/{SECRET}"}
    return its


def requests() -> list[bytes]:
    """Whole requests with a canary in each of their places."""
    body = senders.event(EMAIL, aliases=[f"alias.{EMAIL}"], reason=BOTH)
    right = senders.standard(body, secret=ENVIRONMENT["HR_SECRET"])
    sent = [head("POST", right.path, right.headers, length=len(body)) + body] * 2

    def post(headers: dict[str, str], path: str = right.path, content: bytes = body, method: str = "POST") -> None:
        sent.append(head(method, path, headers, length=len(content)) + content)

    names = [*right.headers, "authorization", "cookie", "user-agent", "referer", "origin", "x-forwarded-for", "expect"]
    names += ["x-hub-signature-256", "host", "forwarded", "from", "content-encoding", "via", "accept", "connection"]
    names += ["x-okta-verification-challenge", "if-none-match", "range", "upgrade", "transfer-encoding", "te"]
    for name in names:
        for value in (EMAIL, SECRET, f"v1,{KEY}", f"sha256={SECRET}"):
            post({**right.headers, name: value})
    for name in (f"x-{SECRET}", f"x-{EMAIL.replace('@', '-')}"):
        post({**right.headers, name: BOTH})
        post({**right.headers, name + "@": BOTH})
    for path in (f"/hooks/{EMAIL}", f"/{SECRET}", f"/hooks/hr?{BOTH.replace(' ', '&')}", f"/hooks/{SECRET}/{EMAIL}"):
        post(right.headers, path)
        post({}, path, b"")
        post(right.headers, path, method="GET")
    for method in (SECRET, WORD.upper(), "PUT"):
        post(right.headers, f"/hooks/hr?{SECRET}", method=method)
    sent += [
        f"{BOTH}\r\n\r\n".encode(),
        f"POST /hooks/hr HTTP/{SECRET}\r\n\r\n".encode(),
        f"POST {EMAIL} HTTP/1.1\r\nHost: {BOTH}\r\n\r\n".encode(),
        f"GET http://{EMAIL}:{SECRET}@127.0.0.1/hooks/hr HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        head("POST", right.path, {**right.headers, "Transfer-Encoding": "chunked"})
        + f"5;{SECRET}={EMAIL}\r\nhello\r\n".encode()
        + chunk(body)
        + f"0\r\nX-Trailer: {BOTH}\r\n\r\n".encode(),
        head("POST", right.path, {**right.headers, "Transfer-Encoding": "chunked"}) + f"{SECRET}\r\n".encode(),
    ]
    for content in bodies():
        signed = senders.standard_bytes(content)
        again = senders.standard(body, secret=ENVIRONMENT["HR_SECRET"])
        signature = hr_signature(again, content)
        post({**again.headers, "webhook-signature": signature}, content=content)
        post(signed.headers, content=content)
        post(senders.github(content, secret=SECRET).headers, "/hooks/github", content)
        post({"Authorization": f"Bearer {SECRET}"}, "/hooks/okta", content)
    return sent


def hr_signature(request: senders.Request, content: bytes) -> str:
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + content
    return "v1," + base64.b64encode(hmac.digest(SECRET.encode(), signed, "sha256")).decode()


def bodies() -> list[bytes]:
    """Bodies with a canary in each field, of each kind, and in what is no field at all."""
    plain = {"id": "evt", "type": "employee.departed", "timestamp": senders.in_(), "data": {"email": EMAIL}}
    made: list[object] = []
    for field in ("id", "type", "timestamp"):
        made += [{**plain, field: value} for value in (EMAIL, SECRET, [EMAIL], {SECRET: EMAIL})]
    for field in ("email", "aliases", "effective_at", "reason", "name", "employee"):
        for value in (EMAIL, f"{EMAIL} ", f"{EMAIL},{SECRET}", SECRET, [SECRET, EMAIL], {SECRET: EMAIL}):
            made.append({**plain, "data": {**plain["data"], field: value}})
    made += [{**plain, "data": {"employee": f"E-{number}"}} for number in range(1, 8)]
    made += [{**plain, "data": {"employee": value}} for value in (EMAIL, SECRET, "redirect")]
    made += [{**plain, "data": {"email": f"other.{EMAIL}"}}, {**plain, "type": "employee.reinstated"}]
    made += [{"action": "employee_departed", "employee": {"email": value}} for value in (EMAIL, f"{BOTH}", [EMAIL])]
    written = [json.dumps(one).encode() for one in made]
    broken = [
        BOTH.encode(),
        b'{"type":"employee.departed","data":{"email":"%s"' % EMAIL.encode(),
        b'{"type":"employee.departed","data":{"email":"%s","email":"x%s"}}' % (EMAIL.encode(), EMAIL.encode()),
        b'{"type":"employee.departed","%s":%s}' % (SECRET.encode(), SECRET.encode()),
        b'{"type":"employee.departed","data":{"email":"\\ud800%s"}}' % EMAIL.encode(),
        b'{"type":"employee.departed","data":{"email":"%s\xff"}}' % EMAIL.encode(),
        b"payload=" + urllib.parse.quote(BOTH).encode(),
    ]
    return written + broken


def answered(its: Stage) -> str:
    """Sends every request on a connection of its own; what was answered."""

    def send(request: bytes) -> bytes:
        with Connection(its.offboard.port, timeout=20) as connection:
            connection.send(request)
            assert connection.is_closed()
            return connection.buffer

    # Each waits for the deadline of the next head.
    with ThreadPoolExecutor(48) as pool:
        return b"\n".join(pool.map(send, requests())).decode("latin-1")


def test_a_canary_is_found_however_it_is_written():
    for text in (
        EMAIL,
        SECRET.lower(),
        f'{{"a":"{EMAIL.title()}"}}',
        urllib.parse.quote(EMAIL, safe=""),
        SECRET.encode().hex().upper(),
        *(base64.b64encode(b"y" * shift + SECRET.encode()).decode() for shift in range(3)),
        base64.urlsafe_b64encode(b"z" + EMAIL.encode()).decode(),
    ):
        assert tell(f"before\n{text} behind\nafter") == [f"{text} behind"], text
    assert tell("2026-11-25 evt_0123 hr") == []


@pytest.mark.parametrize(("format", "level"), [("json", "info"), ("text", "info")])
def test_no_input_reaches_an_answer_the_log_or_a_crash(stage, service, format, level):
    its = staged(stage, service, listen={"head_deadline": "1s", "body_deadline": "2s"})
    its.offboard.start()
    if format != "json":
        port = its.offboard.port
        assert its.offboard.stop() == 0
        sections = {**its.offboard.configuration, "log": {"format": format, "level": level}}
        its.offboard.configure({**sections, "listen": {**sections["listen"], "port": port}})
        its.offboard.start(wait=False)
        wait_until(lambda: its.offboard.log.count("ready") >= 2, "it is ready")

    its.simulator.fault("status", path="/v2/users", key="gamma", status=500, times=1)
    its.simulator.change_key("beta", permissions={"remove": "deny"})
    told = answered(its)
    assert " 202 " in told and " 200 " in told and " 401 " in told and " 400 " in told and " 404 " in told
    assert tell(told) == []

    def all_read() -> bool:
        states = [row["state"] for row in its.offboard.deliveries()]
        return "unresolved" in states and states.count("accepted") <= 8

    wait_until(all_read, "all are read")
    its.offboard.settled(EMAIL)
    wait_until(lambda: "notice was not taken" in its.offboard.log, "a notice was tried")
    wait_until(lambda: "lookup in trouble" in its.offboard.log, "a lookup was tried")

    # At the command line, beside the daemon.
    case = its.offboard.case(EMAIL)["id"]
    unresolved = next(row["id"] for row in its.offboard.deliveries() if row["state"] == "unresolved")
    for arguments in (
        ["plan", EMAIL],
        ["remove", f"third.{EMAIL}", "--yes"],
        ["resolve", unresolved, EMAIL, "--yes"],
        ["retry", case],
        ["cancel", case],
        ["cases", "--email", EMAIL],
        ["check"],
        ["senders", "list"],
        ["report", "--sender", "hr"],
        ["show", SECRET],
        ["approve", SECRET, "--digest", SECRET],
    ):
        done = its.offboard.run(*arguments)
        assert not [line for line in tell(done.output + done.errors) if SECRET in line and SECRET not in arguments]
    # Vultr itself tells of them, where it is in trouble.
    trouble = service(is_in_trouble)
    assert its.offboard.stop() == 0
    its.offboard.configure(
        {**its.offboard.configuration, "vultr": {**its.offboard.configuration["vultr"], "url": trouble.url}}
    )
    its.offboard.start(wait=False)
    wait_until(lambda: [call for call in trouble.calls if call.target.startswith("/v2/")], "Vultr is asked")
    wait_until(lambda: its.offboard.log_file.read_text().count("case") > 2, "and what it says is told")
    its.offboard.process.send_signal(signal.SIGSEGV)
    assert its.offboard.wait(within=10) == -signal.SIGSEGV
    assert tell(its.offboard.log) == []


WRONG = {
    "a key": lambda c: c["vultr"]["keys"][0].update(key=SECRET),
    "an owner": lambda c: c["vultr"]["keys"][0].update(owner=f"{BOTH}@x"),
    "the URL of Vultr": lambda c: c["vultr"].update(url=f"https://{WORD}:{SECRET}@api.example.com/"),
    "a secret": lambda c: c["senders"][0].update(secrets=[SECRET]),
    "a secret that does not decode": lambda c: c["senders"][0].update(secrets=[{"env": "UNDECODABLE"}]),
    "a secret with another word": lambda c: c["senders"][0].update(secrets=[{"value": SECRET}]),
    "a credential": lambda c: c["senders"][2]["credential"].update(value=SECRET),
    "a lookup's header": lambda c: c["senders"][0]["lookup"].update(header={"Authorization": SECRET}),
    "a lookup's URL": lambda c: c["senders"][0]["lookup"].update(url=f"https://{WORD}:{SECRET}@example.com/{{id}}"),
    "a notification's URL": lambda c: c["notifications"][0].update(url=f"https://{WORD}:{SECRET}@example.com"),
    "a notification's plain URL": lambda c: c["notifications"][0].update(url=f"http://example.com/{SECRET}"),
    "a notification's secret": lambda c: c["notifications"][0].update(secret=SECRET),
    "a chat's URL": lambda c: c["notifications"][1].update(url={"env": "SECRET_TEXT"}),
    "somebody protected": lambda c: c["policy"].update(protected=[f"{BOTH}"]),
    "a list for a secret": lambda c: c["senders"][0].update(secrets={"env": SECRET, "file": SECRET}),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_configuration_is_reported_without_its_values(stage, service, what):
    its = staged(stage, service)
    its.offboard.environment |= {"UNDECODABLE": f"whsec_%{SECRET}%", "SECRET_TEXT": f"{SECRET} {EMAIL}"}
    configuration = json.loads(json.dumps(its.offboard.configuration))
    WRONG[what](configuration)
    its.offboard.configure(configuration)
    for command in ("check", "serve"):
        done = its.offboard.run(command, timeout=30)
        assert done.status == 78, done
        assert tell(done.output + done.errors) == []
