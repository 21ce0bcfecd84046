"""SIGHUP, and restarts under a service manager's sockets: what changes, what stays, and that no request fails."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml

import console
import senders
from offboard import PROGRAM
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA

AVERY_EMAIL = "avery.stone@example.com"


def readies(its) -> int:
    return its.offboard.log.count('"message":"ready"')


def refusals(its) -> int:
    return its.offboard.log.count("the last good one stays")


def write(its, configuration: dict | str) -> None:
    """Replaces the file by another one of its name, as configuration management does."""
    text = configuration if isinstance(configuration, str) else yaml.safe_dump(configuration, sort_keys=False)
    partial = its.offboard.file.with_suffix(".partial")
    partial.write_text(text)
    os.replace(partial, its.offboard.file)


def hang_up(its) -> None:
    its.offboard.process.send_signal(signal.SIGHUP)


def reload(its, configuration: dict | None = None) -> None:
    """Waits until the new configuration works."""
    before = readies(its)
    if configuration is not None:
        write(its, configuration)
    hang_up(its)
    wait_until(lambda: readies(its) > before, "the configuration was read anew")


def post(its, sender: str) -> int:
    return its.offboard.post(senders.standard(senders.event(type="employee.moved"), sender=sender)).status_code


class Load:
    """Signed requests over kept and over new connections, until it is told to end."""

    def __init__(self, port: int, threads: int = 6):
        self.port = port
        self.accepted: list[str] = []
        self.problems: list[str] = []
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n % 3 == 0,)) for n in range(threads)]

    def run(self, each_anew: bool) -> None:
        client = httpx.Client(timeout=30)
        while not self.ending.is_set():
            if each_anew:
                client.close()
                client = httpx.Client(timeout=30)
            request = senders.standard(senders.event(type="employee.moved"))
            try:
                answer = client.post(
                    f"http://127.0.0.1:{self.port}{request.path}", content=request.body, headers=request.headers
                )
            except httpx.HTTPError as error:
                self.problems.append(repr(error))
                continue
            if answer.status_code == 202:
                self.accepted.append(answer.json()["delivery"])
            else:
                self.problems.append(f"{answer.status_code} {answer.text}")
        client.close()

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        wait_until(lambda: len(self.accepted) > 20, "requests are answered")
        return self

    def __exit__(self, *_: object) -> None:
        self.ending.set()
        for thread in self.threads:
            thread.join(60)


def test_senders_come_and_go(stage):
    its = stage()
    assert (post(its, "hr"), post(its, "payroll")) == (202, 404)
    configuration = its.offboard.configuration
    other = {**configuration["senders"][0], "name": "payroll"}
    reload(its, {**configuration, "senders": [other]})
    assert (post(its, "hr"), post(its, "payroll")) == (404, 202)
    entries = its.offboard.run("audit", "verify")
    assert entries.status == 0, entries.errors


def test_a_secret_is_exchanged(stage):
    its = stage()
    file = its.offboard.folder / "secret"
    file.write_text(senders.STANDARD_SECRET)
    configuration = its.offboard.configuration
    configuration["senders"][0]["secrets"] = [{"file": "secret"}]
    reload(its, configuration)
    assert post(its, "hr") == 202
    file.write_text("whsec_" + "bmV3IHNlY3JldCBvZiB0aGUgc2VuZGVy")
    reload(its)
    assert post(its, "hr") == 401


def test_the_port_changes(stage):
    its = stage()
    old = its.offboard.port
    with socket.create_server(("127.0.0.1", 0)) as free:
        new = free.getsockname()[1]
    reload(its, {**its.offboard.configuration, "listen": {"port": new}})
    its.offboard.port = new
    assert post(its, "hr") == 202

    def is_refused() -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", old)) != 0

    wait_until(is_refused, "nobody listens on the old port")


def test_a_dry_run_becomes_real(stage):
    its = stage(policy={"mode": "dry_run"})
    its.offboard.post(senders.departure("colleague0.alpha@example.com"))
    assert its.offboard.settled("colleague0.alpha@example.com")["result"] == "dry_run"
    reload(its, {**its.offboard.configuration, "policy": {"mode": "enforce"}})
    its.offboard.post(senders.departure(AVERY_EMAIL))
    assert its.offboard.settled(AVERY_EMAIL)["result"] == "removed"
    assert its.gone == {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}


@pytest.mark.parametrize(
    "break_it, problem",
    [
        (lambda c: "senders: [", "offboard.yaml"),
        (lambda c: {**c, "polcy": {}}, "polcy"),
        (lambda c: {**c, "senders": [{**c["senders"][0], "secrets": [{"env": "NO_SUCH"}]}]}, "NO_SUCH"),
        (lambda c: {**c, "storage": {"sqlite": "other.sqlite"}}, "storage cannot change"),
        (lambda c: {**c, "listen": {"port": 1, "address": "192.0.2.1"}}, "192.0.2.1"),
        (
            lambda c: {**c, "listen": {"port": 0, "tls": {"certificate": "offboard.yaml", "key": "offboard.yaml"}}},
            "TLS cannot start",
        ),
    ],
    ids=["no YAML", "unknown key", "no secret", "other store", "no address", "no certificate"],
)
def test_the_last_good_configuration_stays(stage, break_it: Callable, problem: str):
    its = stage()
    good = its.offboard.configuration
    write(its, break_it(good))
    hang_up(its)
    wait_until(lambda: refusals(its) > 0, "the configuration was refused")
    assert problem in its.offboard.log
    assert post(its, "hr") == 202
    # It works on, too.
    write(its, good)
    its.offboard.post(senders.departure(AVERY_EMAIL))
    assert its.offboard.settled(AVERY_EMAIL)["result"] == "removed"
    reload(its, {**good, "senders": good["senders"][:1]})
    assert (post(its, "hr"), post(its, "svix")) == (202, 404)


def test_whoever_is_signed_in_stays_so_while_the_token_does(stage):
    its = stage(console=console.SECTION, environment=console.ENVIRONMENT)
    dana, vic = console.Browser(its.offboard), console.Browser(its.offboard)
    dana.sign_in()
    vic.sign_in(console.VIEWER)
    configuration = its.offboard.configuration
    reload(its, {**configuration, "console": {**console.SECTION, "tokens": console.TOKENS[:1]}})
    dana.get("/")
    assert vic.client.get("/").headers["location"] == "/login"


def test_a_certificate_is_exchanged(stage):
    its = stage(start=False)

    def certificate(name: str) -> None:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={name}"]
            + ["-keyout", its.offboard.folder / "key.pem", "-out", its.offboard.folder / "certificate.pem"],
            check=True,
            capture_output=True,
        )

    def shown() -> str:
        text = ssl.get_server_certificate(("127.0.0.1", its.offboard.port))
        return subprocess.run(
            ["openssl", "x509", "-noout", "-subject"], input=text, text=True, capture_output=True, check=True
        ).stdout

    certificate("first.example.com")
    configuration = its.offboard.configuration
    configuration["listen"]["tls"] = {"certificate": "certificate.pem", "key": "key.pem"}
    its.offboard.configure(configuration)
    its.offboard.start()
    assert "first.example.com" in shown()
    certificate("second.example.com")
    reload(its)
    assert "second.example.com" in shown()


def test_no_request_fails_while_configurations_come_right_and_wrong(stage, record_property):
    its = stage(console=console.SECTION, environment=console.ENVIRONMENT)
    good = its.offboard.configuration
    with Load(its.offboard.port) as load:
        for round in range(4):
            before = refusals(its)
            write(its, {**good, "wrong": {}})
            hang_up(its)
            wait_until(lambda: refusals(its) > before, "the wrong configuration was refused")
            reload(its, {**good, "retry": {**good["retry"], "ceiling": f"{2 + round}s"}})
    assert load.problems == []
    kept = {delivery["id"] for delivery in its.offboard.deliveries()}
    assert set(load.accepted) <= kept
    record_property("summary", f"reload under load: 4 right and 4 wrong files, {len(load.accepted)} requests, 0 failed")


def test_work_goes_on_over_a_reload(stage):
    its = stage()
    its.simulator.switch(latency="300ms")
    emails = [f"colleague{n}.alpha@example.com" for n in range(2)]
    for email in emails:
        its.offboard.post(senders.departure(email))
    reload(its, {**its.offboard.configuration, "policy": {"mode": "enforce", "limits": [{"people": 50, "per": "1h"}]}})
    for email in emails:
        assert its.offboard.settled(email)["result"] == "removed"
    # A removal that was under way may have been asked for twice, as after a restart; nobody else is gone by it.
    assert {organization for organization, _ in its.gone} == {ALPHA} and len(its.gone) == len(emails)


class Manager:
    """Holds the sockets and starts daemons on them, as systemd does; hears what they tell."""

    def __init__(self, its, program: list[str] | None = None):
        self.its = its
        self.sockets = [socket.create_server(("127.0.0.1", 0), backlog=512) for _ in range(2)]
        self.port, self.console_port = (one.getsockname()[1] for one in self.sockets)
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.address = its.offboard.folder / "notify"
        self.notices.bind(str(self.address))
        self.notices.settimeout(60)
        self.heard: list[str] = []
        its.offboard.environment["NOTIFY_SOCKET"] = str(self.address)

    def start(self, names: str = "webhooks:console", through: list[str] | None = None) -> None:
        numbers = [one.fileno() for one in self.sockets]
        moves = " ".join(f"{target}<&{source}" for target, source in zip((13, 14), numbers))
        script = f'exec {moves}; exec 3<&13 4<&14; LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES={names} exec "$0" "$@"'
        offboard = self.its.offboard
        offboard.starts += 1
        with offboard.log_file.open("wb") as log:
            offboard.process = subprocess.Popen(
                ["bash", "-c", script, *(through or []), PROGRAM, "serve", "--config", offboard.file],
                pass_fds=numbers,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=offboard.environment,
                cwd=offboard.folder,
            )

    def wait_for(self, word: str) -> None:
        while not any(word in message.split("\n") for message in self.heard):
            self.heard.append(self.notices.recv(4096).decode())

    def end(self) -> None:
        for one in [*self.sockets, self.notices]:
            one.close()


def test_a_service_managers_sockets_are_used_and_it_is_told(stage):
    its = stage(start=False, console={"port": 0})
    manager = Manager(its)
    try:
        manager.start()
        manager.wait_for("READY=1")
        its.offboard.port = manager.port
        assert post(its, "hr") == 202
        assert httpx.get(f"http://127.0.0.1:{manager.console_port}/readyz").status_code == 200
        manager.heard.clear()
        hang_up(its)
        manager.wait_for("READY=1")
        assert any(message.startswith("RELOADING=1\nMONOTONIC_USEC=") for message in manager.heard)
        assert post(its, "hr") == 202
        manager.heard.clear()
        assert its.offboard.stop() == 0
        manager.wait_for("STOPPING=1")
    finally:
        manager.end()


ACTIVATOR = Path("/usr/bin/systemd-socket-activate")


@pytest.mark.parametrize("through", ["nothing", "systemd-socket-activate"])
def test_no_request_fails_while_the_daemon_is_restarted(stage, record_property, through: str):
    its = stage(start=False, console={"port": 0})
    manager = Manager(its)
    activator: list[str] = []
    if through != "nothing":
        if not ACTIVATOR.exists():
            pytest.skip("no systemd-socket-activate here")
        # It begins the daemon with the first connection, on the sockets that it was given.
        activator = [str(ACTIVATOR), "--fdname=webhooks:console"]
        activator += [f"--setenv={name}" for name in its.offboard.environment]
    restarts = 3
    slowest = 0.0
    try:
        manager.start(through=activator)
        with Load(manager.port) as load:
            manager.wait_for("READY=1")
            for _ in range(restarts):
                manager.heard.clear()
                began = time.monotonic()
                assert its.offboard.stop(within=15) == 0
                manager.start(through=activator)
                manager.wait_for("READY=1")
                slowest = max(slowest, time.monotonic() - began)
        assert load.problems == []
        kept = {delivery["id"] for delivery in its.offboard.deliveries()}
        assert set(load.accepted) <= kept
        record_property(
            "summary",
            f"restart under load, through {through}: {restarts} restarts, the slowest {slowest:.1f} s, "
            f"{len(load.accepted)} requests, 0 failed",
        )
    finally:
        manager.end()


def test_sockets_without_names_are_webhooks_then_console(stage):
    its = stage(start=False, console={"port": 0})
    manager = Manager(its)
    try:
        manager.start(names="offboard.socket:offboard.socket")
        manager.wait_for("READY=1")
        assert httpx.get(f"http://127.0.0.1:{manager.port}/hooks/hr").status_code == 405
        assert httpx.get(f"http://127.0.0.1:{manager.console_port}/login").status_code == 200
    finally:
        manager.end()


def test_the_socket_activation_of_systemd_starts_it(stage):
    if not ACTIVATOR.exists():
        pytest.skip("no systemd-socket-activate here")
    its = stage(start=False, console={"port": 0})
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    offboard = its.offboard
    offboard.prefix = [str(ACTIVATOR), f"--listen=127.0.0.1:{port}", "--fdname=webhooks"]
    offboard.prefix += [f"--setenv={name}" for name in offboard.environment]
    offboard.start(wait=False)

    def connected() -> int | None:
        # It begins with the first connection, which waits.
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=60).status_code
        except httpx.ConnectError:
            return None

    assert wait_until(connected, "it listens") == 200
    offboard.port = port
    assert post(its, "hr") == 202
