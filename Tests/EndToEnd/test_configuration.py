"""A wrong configuration never half-starts: exit 78, with file, line, key and a hint."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

import senders
from offboard import PROGRAM, SANITIZING, Offboard
from waiting import wait_until
from world import ALPHA, AVERY, World, three_organizations

GOOD = """\
listen:
  port: 0
storage: {sqlite: offboard.sqlite}
vultr:
  url: http://127.0.0.1:9
  keys:
    - {name: production, key: {env: VULTR_KEY}}
senders:
  - name: hr
    preset: standard-webhooks
    secrets: [{env: HR_SECRET}]
policy:
  mode: dry_run
"""

# What is replaced by what, the line of the mistake, and what the complaint names.
WRONG = {
    "an unknown section": ("listen:", "lisen:", 1, ["lisen", "listen"]),
    "an unknown key": ("  port: 0", "  prot: 0", 2, ["prot", "port"]),
    "a wrong type": ("  port: 0", "  port: many", 2, ["port"]),
    "a port out of range": ("  port: 0", "  port: 65536", 2, ["port"]),
    "a duration without a unit": ("  port: 0", "  port: 0\n  head_deadline: 10", 3, ["head_deadline"]),
    "a section that is no mapping": ("listen:\n  port: 0", "listen: 8080", 1, ["listen"]),
    "a key twice": ("  port: 0", "  port: 0\n  port: 1", None, ["port"]),
    "no mode": ("  mode: dry_run", "  approval: always", 12, ["mode"]),
    "an unknown mode": ("dry_run", "dryrun", 13, ["mode", "dry_run"]),
    "no policy": ("policy:\n  mode: dry_run\n", "", None, ["policy"]),
    "no senders": (
        "senders:\n  - name: hr\n    preset: standard-webhooks\n    secrets: [{env: HR_SECRET}]\n",
        "",
        None,
        ["senders"],
    ),
    "no keys": ("  keys:\n    - {name: production, key: {env: VULTR_KEY}}\n", "", None, ["keys"]),
    "a literal secret": ("[{env: HR_SECRET}]", "[whsec_YWJj]", 11, ["secrets"]),
    "a literal key": ("key: {env: VULTR_KEY}", "key: LITERALKEY", 7, ["key"]),
    "a missing variable": ("env: HR_SECRET", "env: NO_SUCH_VARIABLE", 11, ["NO_SUCH_VARIABLE"]),
    "a missing file": ("env: HR_SECRET", "file: no-such-file", 11, ["no-such-file"]),
    "two sources of a secret": ("{env: HR_SECRET}", "{env: HR_SECRET, file: x}", 11, ["secrets"]),
    "an empty secret": ("env: HR_SECRET", "env: EMPTY", 11, ["EMPTY"]),
    "a secret that does not decode": ("env: HR_SECRET", "env: NO_BASE64", 11, ["secrets"]),
    "an unknown preset": ("standard-webhooks", "standard-webhook", 10, ["preset", "standard-webhooks"]),
    "a sender's name in capitals": ("name: hr", "name: HR", 9, ["name"]),
    "a sender's name that is too long": ("name: hr", "name: " + "h" * 65, 9, ["name"]),
    "an unknown key of a sender": ("preset:", "presets:", 10, ["presets", "preset"]),
    "a sender that would widen the policy": (
        "    secrets: [{env: HR_SECRET}]",
        "    secrets: [{env: HR_SECRET}]\n    policy: {several_ids: remove_all}",
        12,
        ["several_ids"],
    ),
    "a signature without the body": (
        "    secrets: [{env: HR_SECRET}]",
        '    secrets: [{env: HR_SECRET}]\n    signature: {content: "{id}.{timestamp}"}',
        12,
        ["content"],
    ),
    "sha1 that is not allowed": (
        "    secrets: [{env: HR_SECRET}]",
        "    secrets: [{env: HR_SECRET}]\n    signature: {algorithm: sha1}",
        12,
        ["algorithm"],
    ),
    "a broken path": (
        "    secrets: [{env: HR_SECRET}]",
        '    secrets: [{env: HR_SECRET}]\n    events: {email: ["$.data["]}',
        12,
        ["email"],
    ),
    "plain HTTP to another host": ("http://127.0.0.1:9", "ftp://example.com", 5, ["url"]),
    "an unusable protected email": ("mode: dry_run", "mode: dry_run\n  protected: ['a@b@c']", 14, ["protected"]),
    "a fraction over one": (
        "mode: dry_run",
        "mode: dry_run\n  fraction_of_organization: 25",
        14,
        ["fraction_of_organization"],
    ),
    "a limit without a window": ("mode: dry_run", "mode: dry_run\n  limits: [{people: 3}]", 14, ["per"]),
    "an organization id twice": (
        "name: production, key",
        "name: production, organizations: [a, a], key",
        7,
        ["organizations"],
    ),
    "no YAML": ("listen:", "listen: [", None, []),
    "an empty file": (GOOD, "", None, []),
    "a list": (GOOD, "- listen\n", 1, []),
}
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "VULTR_KEY": "VULTRKEY0123456789",
    "HR_SECRET": senders.STANDARD_SECRET,
    "EMPTY": "",
    "NO_BASE64": "whsec_%%%",
}


def run(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess:
    file = folder / "offboard.yaml"
    file.write_text(text)
    return subprocess.run(
        [PROGRAM, *arguments, "--config", "offboard.yaml"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        env=ENVIRONMENT,
        cwd=folder,
    )


@pytest.mark.parametrize("name", WRONG.keys())
def test_a_wrong_configuration_is_refused_at_its_place(tmp_path, name):
    old, new, line, words = WRONG[name]
    assert old in GOOD
    done = run(tmp_path, GOOD.replace(old, new, 1), "serve")
    assert done.returncode == 78, done.stderr
    assert done.stdout == ""
    place = r"offboard\.yaml" if line is None else rf"offboard\.yaml:{line}\b"
    assert re.search(place, done.stderr), done.stderr
    for word in words:
        assert word in done.stderr
    for secret in ("LITERALKEY", "%%%", "whsec_YWJj"):
        assert secret not in done.stderr
    assert not (tmp_path / "offboard.sqlite").exists(), "nothing was begun"


def test_every_mistake_is_reported_at_once(tmp_path):
    text = GOOD.replace("port: 0", "prot: 0").replace("mode: dry_run", "mode: sometimes")
    done = run(tmp_path, text, "serve")
    assert done.returncode == 78
    assert "offboard.yaml:2" in done.stderr
    assert "offboard.yaml:13" in done.stderr


@pytest.mark.parametrize(
    "arguments", [["check"], ["plan", "a@example.com"], ["cases"], ["remove", "a@example.com", "--yes"]]
)
def test_every_command_refuses_a_wrong_configuration(tmp_path, arguments):
    done = run(tmp_path, GOOD.replace("port: 0", "prot: 0"), *arguments)
    assert done.returncode == 78, done.stderr


def test_a_configuration_that_is_not_there(tmp_path):
    done = subprocess.run([PROGRAM, "serve", "--config", tmp_path / "none.yaml"], capture_output=True, text=True)
    assert done.returncode == 78
    assert "none.yaml" in done.stderr


def test_secrets_come_from_files_and_credentials_too(stage, tmp_path):
    world = three_organizations()
    secret = tmp_path / "secret"
    secret.write_text(senders.STANDARD_SECRET + "\n")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "vultr-alpha").write_text(world.keys[0]["secret"] + "\n")
    world.configured["alpha"] = {"key": {"credential": "vultr-alpha"}}
    its = stage(
        world,
        start=False,
        senders=[{"name": "hr", "preset": "standard-webhooks", "secrets": [{"name": "2026-11", "file": str(secret)}]}],
    )
    its.offboard.environment["CREDENTIALS_DIRECTORY"] = str(credentials)
    its.offboard.start()
    assert its.offboard.post(senders.departure("avery.stone@example.com")).status_code == 202
    assert its.offboard.settled("avery.stone@example.com")["result"] == "removed"


def test_any_of_several_secrets_may_match(stage):
    rotated = [
        {
            "name": "hr",
            "preset": "standard-webhooks",
            "secrets": [{"name": "new", "env": "SVIX_SECRET"}, {"name": "old", "env": "HR_SECRET"}],
        }
    ]
    its = stage(senders=rotated, policy={"mode": "dry_run"})
    body = senders.event("avery.stone@example.com")
    for secret in (senders.STANDARD_SECRET, senders.SVIX_SECRET):
        assert its.offboard.post(senders.standard(body, secret=secret)).status_code == 202


def environment_only(stage, tmp_path: Path, **environment: str) -> tuple:
    """A daemon without a file; it listens where it does by default."""
    world = World()
    alpha = world.organization("Alpha")
    world.key("default", alpha)
    world.person("avery.stone@example.com", alpha, id=AVERY)
    its = stage(world, start=False)
    state = tmp_path / "state"
    state.mkdir()
    daemon = Offboard(tmp_path / "environment", {}, {})
    daemon.environment = {
        "PATH": "/usr/bin:/bin",
        "VULTR_API_KEY": world.keys[0]["secret"],
        "VULTR_API_URL": its.simulator.url,
        "OFFBOARD_SECRET": senders.STANDARD_SECRET,
        "STATE_DIRECTORY": str(state),
        **{name: os.environ[name] for name in SANITIZING if name in os.environ},
        **environment,
    }
    daemon.start(arguments=[])
    return its, daemon, state


# One test and not two: both listen on the default port, and tests run side by side.
def test_the_environment_alone_is_enough(stage, tmp_path):
    for mode in (None, "enforce"):
        folder = tmp_path / (mode or "default")
        folder.mkdir()
        run_on_the_environment(stage, folder, mode)


def run_on_the_environment(stage, folder: Path, mode: str | None) -> None:
    its, daemon, state = environment_only(stage, folder, **({"OFFBOARD_MODE": mode} if mode else {}))
    try:
        assert daemon.port == 8080
        request = senders.standard(senders.event("avery.stone@example.com"), sender="default")
        assert daemon.post(request).status_code == 202
        assert (state / "offboard.sqlite").exists()

        def result() -> str | None:
            done = subprocess.run(
                [PROGRAM, "cases", "--json"], capture_output=True, text=True, env=daemon.environment, check=True
            )
            cases = json.loads(done.stdout)
            return cases[0]["result"] if cases else None

        assert wait_until(result, "the case is done") == ("removed" if mode else "dry_run")
        assert its.gone == ({(ALPHA, AVERY)} if mode else set())
    finally:
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.wait() == 0


@pytest.mark.parametrize("missing", ["VULTR_API_KEY", "OFFBOARD_SECRET"])
def test_an_environment_that_lacks_something_is_refused(tmp_path, missing):
    environment = {"PATH": "/usr/bin:/bin", "VULTR_API_KEY": "A", "OFFBOARD_SECRET": senders.STANDARD_SECRET}
    del environment[missing]
    done = subprocess.run([PROGRAM, "serve"], capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=30)
    assert done.returncode == 78
    assert missing in done.stderr


def test_a_port_that_is_taken_ends_the_start(stage):
    its = stage(policy={"mode": "dry_run"})
    other = stage(start=False, listen={"port": its.offboard.port})
    other.offboard.start(wait=False)
    assert other.offboard.wait(within=30) != 0
    assert httpx.get(f"http://127.0.0.1:{its.offboard.port}/healthz", trust_env=False).status_code == 200
