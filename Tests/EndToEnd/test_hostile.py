"""What strangers, careless senders and a strange Vultr try."""

from __future__ import annotations

import re
import ssl
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import senders
from offboard import outcomes
from raw_http import Connection, head
from waiting import SANITIZED, wait_until
from world import ALPHA, AVERY, BETA, GAMMA, World, three_organizations

EVERYWHERE = {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}


# Careless senders


def test_one_delivery_sent_by_many_at_once_is_stored_once(stage):
    its = stage()
    request = senders.departure("avery.stone@example.com")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: its.offboard.post(request), range(48)))
    assert sorted(answer.status_code for answer in answers) == [200] * 47 + [202]
    assert len({answer.json()["delivery"] for answer in answers}) == 1
    its.offboard.settled("avery.stone@example.com", "completed")
    assert sorted(its.simulator.deletes()) == sorted(EVERYWHERE)
    assert len(its.offboard.deliveries()) == len(its.offboard.cases()) == 1


def test_many_deliveries_about_one_person_make_one_case_and_one_removal_each(stage):
    its = stage(three_organizations(latency="100ms"))
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: its.offboard.post(senders.departure("avery.stone@example.com")), range(32)))
    assert {answer.status_code for answer in answers} == {202}
    wait_until(lambda: {row["state"] for row in its.offboard.deliveries()} == {"interpreted"}, "all are read")
    its.offboard.settled("avery.stone@example.com", "completed")
    assert its.gone == EVERYWHERE
    applied = [call for call in its.simulator.calls("DELETE") if call["applied"]]
    assert len(applied) == 3


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"employee.departed","data":' + b"[" * 200_000,
        b'{"type":"employee.departed","data":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
        b'{"type":"employee.departed","data":{"email":"avery.ston\xff@example.com"}}',
        b'{"type":"employee.departed","data":{"email":"avery.stone@example.com\xed\xa0\x80"}}',
        b'{"type":"employee.departed","data":{"email":"\\ud800avery.stone@example.com"}}',
        b'{"type":"employee.departed","data":{"email":1e999}}',
        b'{"type":"employee.departed","data":[[["avery.stone@example.com"]]]}',
        b"\xef\xbb\xbf[]",
        b"\x00" * 1000,
        b"null",
        b"",
    ],
    ids=lambda body: body[:48].decode("latin-1") + f" {len(body)}",
)
def test_a_body_that_would_break_a_reader_is_kept_and_removes_nobody(stage, body):
    its = stage()
    assert its.offboard.post(senders.standard_bytes(body)).status_code == 202
    wait_until(lambda: its.offboard.deliveries()[0]["state"] in ("unresolved", "ignored"), "it is read")
    assert its.offboard.post(senders.departure("colleague0.alpha@example.com")).status_code == 202
    its.offboard.settled("colleague0.alpha@example.com", "completed")
    assert len(its.simulator.deletes()) == 1


def test_three_hundred_people_in_one_delivery(stage):
    world = World()
    world.generate = {"organizations": 3, "users": 300, "every_user_in": "all"}
    world.key("alpha", "0a000000-0000-4000-8000-000000000001")
    its = stage(world, policy={"mode": "dry_run"})
    people = [{"email": f"person{number}@example.com"} for number in range(1, 301)]
    its.offboard.post(senders.standard(senders.event(data=people)))

    def done() -> bool:
        cases = its.offboard.cases()
        return len(cases) == 300 and {case["state"] for case in cases} == {"completed"}

    wait_until(done, "all are planned", within=120)
    # They shared a few readings of the list.
    assert len(its.simulator.calls("GET", "/v2/users")) < 100


# Strangers


def test_pipelined_requests_are_answered_in_order(shared):
    requests = [senders.departure(f"person{number}@example.com") for number in range(3)]
    with Connection(shared.port) as connection:
        sent = [head("POST", r.path, r.headers, length=len(r.body)) + r.body for r in requests]
        connection.send(sent[0] + sent[1] + head("GET", "/healthz") + sent[2])
        assert [connection.answer("GET").status for _ in range(4)] == [202, 202, 200, 202]


def test_header_names_have_no_case(shared):
    request = senders.departure("avery.stone@example.com")
    headers = {name.title(): value for name, value in request.headers.items()}
    with Connection(shared.port) as connection:
        assert connection.request("POST", request.path, headers, request.body).status == 202


@pytest.mark.parametrize(("size", "status"), [(30_000, "202"), (70_000, "413")])
def test_curl_may_ask_before_it_sends_a_body(shared, tmp_path: Path, size, status):
    request = senders.departure("avery.stone@example.com", reason="x" * size)
    (tmp_path / "body").write_bytes(request.body)
    headers = [argument for pair in request.headers.items() for argument in ("-H", ": ".join(pair))]
    done = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Expect: 100-continue"]
        + [*headers, "--data-binary", f"@{tmp_path}/body", f"http://127.0.0.1:{shared.port}{request.path}"],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stdout == status, done.stderr


@pytest.mark.parametrize(
    ("proxies", "forwarded", "status"),
    [
        ([], None, 403),
        ([], "192.0.2.7", 403),
        (["127.0.0.0/8"], "192.0.2.7", 202),
        (["127.0.0.0/8"], "203.0.113.5, 192.0.2.7", 202),
        (["127.0.0.0/8"], "192.0.2.7, 203.0.113.5", 403),
        (["127.0.0.0/8", "203.0.113.5/32"], "192.0.2.7, 203.0.113.5", 202),
        (["127.0.0.0/8"], "nonsense", 403),
        (["127.0.0.0/8"], "192.0.2.7, nonsense", 403),
        (["127.0.0.0/8"], None, 403),
    ],
)
def test_the_source_is_what_a_trusted_proxy_says(stage, proxies, forwarded, status):
    ranged = [{**senders.SPELLED_OUT, "preset": "standard-webhooks", "allow_from": ["192.0.2.0/24"]}]
    its = stage(listen={"trusted_proxies": proxies}, senders=ranged, policy={"mode": "dry_run"})
    request = senders.departure("avery.stone@example.com")
    if forwarded:
        request.headers["x-forwarded-for"] = forwarded
    assert its.offboard.post(request).status_code == status


def test_refused_requests_cost_no_memory(stage):
    its = stage(listen={"max_body_bytes": 65536}, policy={"mode": "dry_run"})
    status = Path(f"/proc/{its.offboard.process.pid}/status")

    def resident() -> int:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read_text())[1])

    def refuse(count: int) -> None:
        wrong = senders.departure("avery.stone@example.com", reason="x" * 60_000)
        wrong.headers["webhook-signature"] = "v1,AAAA"
        with Connection(its.offboard.port) as connection:
            for _ in range(count):
                assert connection.request("POST", wrong.path, wrong.headers, wrong.body).status == 401
        for _ in range(count // 4):
            with Connection(its.offboard.port) as connection:
                connection.send(head("POST", wrong.path, {}, length=10_000_000))
                assert connection.answer().status == 401

    refuse(200)
    before = resident()
    refuse(1200)
    assert SANITIZED or resident() - before < 20_000, "kilobytes"
    assert its.offboard.deliveries() == []


# A strange Vultr


@pytest.mark.parametrize("id", ["../../users/x", "a/b", "a?b", "a#b", "..", ".", "a%2fb", "ä ö", "a;b=c", "a:b@c"])
def test_a_strange_user_id_never_leads_to_another_call(stage, id):
    world = three_organizations(None)
    world.person("avery.stone@example.com", ALPHA, id=id)
    its = stage(world)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "completed", "attention", "retrying", "held")
    assert set(its.simulator.deletes()) <= {(ALPHA, id)}
    assert its.gone <= {(ALPHA, id)}
    assert (case["result"] == "removed") == (its.gone == {(ALPHA, id)})


@pytest.mark.parametrize("id", ["../users", "a/user/b", "..", "a?b"])
def test_a_strange_organization_id_never_leads_to_another_call(stage, id):
    world = World()
    world.organizations.append({"id": id, "name": "Strange"})
    for number in range(5):
        world.person(f"colleague{number}@example.com", id)
    world.key("strange", id)
    world.person("avery.stone@example.com", id, id=AVERY)
    its = stage(world)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    its.offboard.settled("avery.stone@example.com", "completed", "attention", "retrying", "held")
    assert set(its.simulator.deletes()) <= {(id, AVERY)}
    assert its.gone <= {(id, AVERY)}


class Impostor(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.seen.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_vultr_with_a_certificate_of_its_own_making_never_sees_the_key(stage, tmp_path: Path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    impostor = ThreadingHTTPServer(("127.0.0.1", 0), Impostor)
    impostor.seen = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    impostor.socket = context.wrap_socket(impostor.socket, server_side=True)
    thread = threading.Thread(target=impostor.serve_forever, daemon=True)
    thread.start()
    try:
        its = stage(start=False)
        url = f"https://127.0.0.1:{impostor.server_port}"
        its.offboard.configure(its.configuration(vultr={"url": url}))
        assert its.offboard.run("plan", "avery.stone@example.com").status == 69
        assert impostor.seen == []
    finally:
        impostor.shutdown()
        thread.join()
        impostor.server_close()


def test_somebody_who_comes_back_while_leaving_is_noticed(stage):
    its = stage(three_organizations(list_lag_reads=2))
    its.simulator.fault("slow", method="GET", path="/v2/users", key="gamma", skip=1, delay="500ms", times=0)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    wait_until(lambda: (ALPHA, AVERY) in its.gone, "the first seat is empty")
    its.simulator.add_member(ALPHA, AVERY)
    case = its.offboard.settled("avery.stone@example.com", "completed")
    # Done is done only when the lists agree.
    assert AVERY not in {user for _, user in its.simulator.members()}
    assert outcomes(case)[ALPHA] == "removed"
