"""What the command line says of itself: help with examples that work as they stand, what shells complete, and changes
as they come."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import time
from functools import cache

import pytest

import senders
from offboard import PROGRAM, ROOT
from terminal import begin_at_terminal, end_at_terminal
from waiting import wait_until
from world import World


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [PROGRAM, *arguments], capture_output=True, text=True, env={**os.environ, **environment}, timeout=60
    )


@cache
def dump() -> dict:
    return json.loads(program("--experimental-dump-help").stdout)["command"]


def commands(command: dict | None = None, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command with those that stand above it; the whole program is the empty one."""
    command = command or dump()
    found = [path]
    for sub in command.get("subcommands", []):
        if sub["commandName"] != "help":
            found += commands(sub, (*path, sub["commandName"]))
    return found


def examples(path: tuple[str, ...]) -> list[str]:
    shown = program(*path, "--help", COLUMNS="200").stdout
    _, _, rest = shown.partition("EXAMPLES:\n")
    return [line.strip() for line in rest.split("\n\n")[0].splitlines()]


def test_every_command_has_help_with_examples_of_itself():
    paths = commands()
    assert len(paths) > 30
    for path in paths:
        lines = examples(path)
        assert lines, f"{path}: no example"
        for line in lines:
            assert line.startswith(" ".join(["vultr-offboard", *path])), line
            assert len(line) <= 76, f"breaks on a narrow terminal: {line}"


@pytest.fixture(scope="module")
def people() -> World:
    world = World()
    everywhere = [world.organization(name, colleagues=60) for name in ("Alpha", "Beta")]
    for name, id in zip(("alpha", "beta"), everywhere, strict=True):
        world.key(name, id)
    for number in range(20):
        world.person(f"person{number}@example.com", *everywhere)
    world.person("avery.stone@example.com", *everywhere)
    return world


def test_examples_work_as_they_stand(stage, people):
    its = stage(people, policy={"approval": "always", "limits": [{"people": 30, "per": "1h"}]})
    folder = its.offboard.folder
    assert its.offboard.run("audit", "keygen", folder / "signing.pem").status == 0
    its.offboard.stop()
    its.offboard.configure({**its.offboard.configuration, "audit": {"key": {"file": "signing.pem"}}})
    its.offboard.start()
    its.offboard.environment["OFFBOARD_CONFIG"] = str(its.offboard.file)
    everybody = (f"person{number}@example.com" for number in range(20))

    def held() -> str:
        person = next(everybody)
        its.offboard.post(senders.departure(person))
        return its.offboard.settled(person, "held")["id"]

    def unresolved() -> str:
        answer = its.offboard.post(senders.standard(senders.event(data={"reason": "no email"}))).json()["delivery"]
        wait_until(
            lambda: [one for one in its.offboard.deliveries() if one["id"] == answer and one["state"] == "unresolved"],
            "an unresolved delivery",
        )
        return answer

    def override() -> str:
        return its.offboard.read("limits", "raise", "--people", 35, "--for", "1h", "--reason", "a test")["id"]

    body = senders.event("someone.else@example.com")
    request = senders.standard(body)
    (folder / "body.json").write_bytes(body)
    (folder / "headers.txt").write_text("".join(f"{name}: {value}\n" for name, value in request.headers.items()))
    (folder / "offboard.log").write_text(its.offboard.log)
    (folder / "audit.pem.pub").write_text((folder / "signing.pem.pub").read_text())

    def run(line: str) -> None:
        words = shlex.split(line)[1:]
        words = [str(folder / word[1:].replace("/", "-")) if word.startswith("/var") else word for word in words]
        words = [re.sub(r"^c_01$", lambda _: held(), word) for word in words]
        words = [re.sub(r"^o_01$", lambda _: override(), word) for word in words]
        if "d_01" in words:
            words = [unresolved() if word == "d_01" else word for word in words]
        done = end_at_terminal(*begin_at_terminal(its, *words, typed="y\n", cwd=folder))
        # A report about nothing says no, as a sweep that finds somebody does; an example that is no use says 64 or 78.
        assert done.status in (0, 1), f"{line}: exit {done.status}\n{done.output}"
        assert "Usage:" not in done.output, f"{line}\n{done.output}"

    lines = [(path, line) for path in commands() for line in examples(path)]
    later = [line for path, line in lines if path == ("restore",)]
    tried = 0
    for path, line in lines:
        if path in ((), ("serve",), ("restore",)) or "--watch" in line:
            continue
        if path == ("audit",) and "keygen" in line:
            (folder / "audit.pem").unlink(missing_ok=True)
            (folder / "audit.pem.pub").unlink(missing_ok=True)
        elif path == ("audit", "keygen"):
            for name in ("audit.pem", "audit.pem.pub"):
                (folder / name).unlink(missing_ok=True)
        elif path == ("audit", "verify"):
            (folder / "audit.pem.pub").write_text((folder / "signing.pem.pub").read_text())
        run(line)
        tried += 1
    its.offboard.stop()
    for line in [*later, *(line for path, line in lines if path == ())]:
        run(line.replace(" --config offboard.yaml", ""))
        tried += 1
    assert tried > 45


def following(its, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [PROGRAM, *arguments, "--config", its.offboard.file],
        stdin=subprocess.DEVNULL,
        stdout=(its.offboard.folder / "watched").open("wb"),
        stderr=subprocess.PIPE,
        env=its.offboard.environment,
        # Where the tests run in the background it would be ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def watched(its) -> list[str]:
    return (its.offboard.folder / "watched").read_text().splitlines()


def test_watch_writes_a_line_for_each_change(stage):
    its = stage(policy={"approval": "always"})
    process = following(its, "cases", "--watch", "--json")
    try:
        its.offboard.post(senders.departure("avery.stone@example.com"))
        case = its.offboard.settled("avery.stone@example.com", "held")
        wait_until(lambda: any(json.loads(line)["state"] == "held" for line in watched(its)), "the case is shown held")
        assert its.offboard.run("approve", case["id"], "--yes").status == 0
        wait_until(lambda: json.loads(watched(its)[-1])["state"] == "completed", "the case is shown completed")
        lines = [json.loads(line) for line in watched(its)]
        assert {line["id"] for line in lines} == {case["id"]}
        assert all(one != next for one, next in zip(lines, lines[1:], strict=False)), "a line without a change"
        assert lines[-1] == its.offboard.case("avery.stone@example.com")
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == -signal.SIGINT


def test_watch_of_a_case_ends_when_it_is_closed(stage):
    its = stage(policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "held")
    process = following(its, "show", case["id"], "--watch")
    wait_until(lambda: watched(its), "the case is shown")
    assert process.poll() is None
    assert its.offboard.run("refuse", case["id"]).status == 0
    assert process.wait(20) == 0
    assert ["held" in line for line in watched(its)] == [True, False]
    assert "refused" in watched(its)[-1]


def test_watch_of_an_unknown_case_is_wrong_usage(stage):
    its = stage(start=False)
    assert its.offboard.run("show", "c_none", "--watch").status == 64


def test_watch_draws_a_terminal_anew(stage):
    its = stage()
    shown: list[bytes] = []
    process, screen = begin_at_terminal(its, "cases", "--watch", "--config", str(its.offboard.file))
    deadline = time.monotonic() + 45
    try:
        while b"\x1b[2J" not in b"".join(shown):
            shown.append(os.read(screen, 65536))
        its.offboard.post(senders.departure("avery.stone@example.com"))
        its.offboard.settled("avery.stone@example.com", "completed")
        while b"completed" not in b"".join(shown):
            assert time.monotonic() < deadline, b"".join(shown)
            shown.append(os.read(screen, 65536))
    finally:
        process.kill()
        process.wait()
        os.close(screen)
    text = b"".join(shown).decode()
    drawings = text.split("\x1b[H\x1b[2J")[1:]
    assert len(drawings) > 1
    # Whatever interrupts it, long lines break again.
    assert all(one.count("\x1b[?7l") == one.count("\x1b[?7h") for one in drawings[:-1])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_are_given_what_the_program_knows(shell):
    script = program("--generate-completion-script", shell).stdout
    for path in commands():
        assert all(word in script for word in path)
    assert "attention" in script


def test_completion_offers_what_is_there(stage):
    its = stage(policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "held")["id"]
    script = its.offboard.folder / "completion.bash"
    script.write_text(program("--generate-completion-script", "bash").stdout)

    def offered(line: str) -> list[str]:
        words = ["vultr-offboard", *line.split(" ")]
        code = f"""
            source {shlex.quote(str(script))}
            COMP_WORDS=({" ".join(map(shlex.quote, words))})
            COMP_CWORD={len(words) - 1}
            COMP_LINE={shlex.quote(" ".join(words))}
            COMP_POINT=${{#COMP_LINE}}
            COMP_TYPE=9
            _vultr-offboard vultr-offboard {shlex.quote(words[-1])} {shlex.quote(words[-2])}
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        done = subprocess.run(
            ["bash", "--norc", "-c", code],
            capture_output=True,
            text=True,
            env={
                **its.offboard.environment,
                "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
                "OFFBOARD_CONFIG": str(its.offboard.file),
            },
        )
        return [word.strip() for word in done.stdout.splitlines() if word.strip()]

    assert case in offered("approve ")
    assert case in offered("show c")
    assert "hr" in offered("test ")
    assert "held" in offered("cases --state ")
    assert "export-person" in offered("exp")
    # A wrong configuration is no reason to write into somebody's prompt.
    its.offboard.file.write_text("nonsense: 1\n")
    assert case not in offered("approve ")


def test_the_version_is_said():
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", program("--version").stdout)


def test_the_environment_may_name_the_configuration(stage, tmp_path):
    its = stage(start=False)
    named = subprocess.run(
        [PROGRAM, "senders", "list", "--json"],
        capture_output=True,
        text=True,
        env={**its.offboard.environment, "OFFBOARD_CONFIG": str(its.offboard.file)},
        cwd=tmp_path,
    )
    assert named.returncode == 0, named.stderr
    assert [sender["name"] for sender in json.loads(named.stdout)] == ["hr", "svix", "github"]
    lost = subprocess.run(
        [PROGRAM, "senders", "list"],
        capture_output=True,
        text=True,
        env={**its.offboard.environment, "OFFBOARD_CONFIG": str(tmp_path / "none.yaml")},
    )
    assert lost.returncode == 78
    assert "none.yaml" in lost.stderr


def test_sign_prints_an_array_for_programs(stage):
    its = stage(start=False)
    body = its.offboard.folder / "body.json"
    body.write_bytes(senders.event("avery.stone@example.com"))
    rows = its.offboard.read("sign", "--sender", "hr", body)
    assert {row["name"].lower() for row in rows} >= {"webhook-id", "webhook-timestamp", "webhook-signature"}
    its.offboard.start()
    request = senders.Request("/hooks/hr", body.read_bytes(), {row["name"]: row["value"] for row in rows})
    assert its.offboard.post(request).status_code == 202


def test_the_manual_page_has_every_command_with_its_examples():
    done = subprocess.run(
        [ROOT / "deploy" / "manual"],
        input=program("--experimental-dump-help").stdout,
        capture_output=True,
        text=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1796126400"},
    )
    assert done.returncode == 0, done.stderr
    page = done.stdout.replace("\\-", "-").replace("\\&", "")
    assert ".Dd December 1, 2026" in page
    for path in commands():
        for example in examples(path):
            assert f"\n{example}\n" in page or path in (("audit",), ("limits",), ("senders",)), example
    for heading in ("ENVIRONMENT", "FILES", "SIGNALS", "EXIT STATUS", "EXAMPLES"):
        assert f".Sh {heading}\n" in page
