"""Everything that was decided and done can be proved from a file in which any change shows."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import random
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

import senders
from load import Load
from offboard import PROGRAM
from service import Answer
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA, three_organizations

EMAIL = "avery.stone@example.com"
ALIAS = "avery.ng@example.com"


def command(*arguments: object) -> subprocess.CompletedProcess:
    """A command without any configuration."""
    return subprocess.run(
        [PROGRAM, *(str(argument) for argument in arguments)],
        capture_output=True,
        text=True,
        timeout=90,
        env={"PATH": "/usr/bin:/bin"},
    )


def make_key(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    made = command("audit", "keygen", folder / "audit.pem")
    assert made.returncode == 0, made.stderr
    assert (folder / "audit.pem").stat().st_mode & 0o777 == 0o600
    return made.stdout.strip()


@pytest.fixture
def signed(stage, tmp_path):
    """A stage whose chain is signed, and the key's fingerprint."""

    def make(world=None, *, start: bool = True, **sections: object):
        fingerprint = make_key(tmp_path / "keys")
        its = stage(world, start=False, audit={"key": {"file": str(tmp_path / "keys" / "audit.pem")}}, **sections)
        if start:
            its.offboard.start()
        return its, fingerprint

    return make


def entries(store: Path) -> list[dict]:
    """The chain as it is in the store, oldest first."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT bytes FROM audit_entries ORDER BY sequence").fetchall()
    return [json.loads(row[0]) for row in rows]


def checkpoints(log: str) -> list[str]:
    return re.findall(r"audit1:[0-9a-f:]+", log)


def departed(its) -> dict:
    its.offboard.post(senders.departure(EMAIL, aliases=[ALIAS]))
    return its.offboard.settled(EMAIL, "completed")


def export(its, folder: Path, *arguments: object) -> Path:
    done = its.offboard.run("audit", "export", folder, *arguments)
    assert done.status == 0, done.errors
    return folder


def check(bundle: Path, *arguments: str) -> subprocess.CompletedProcess:
    """The auditor's own check: a shell, openssl and coreutils."""
    return subprocess.run(["sh", bundle / "check.sh", *arguments], capture_output=True, text=True, timeout=120)


def test_a_whole_departure_is_entered_step_by_step(signed):
    its, _ = signed()
    case = departed(its)
    chain = entries(its.offboard.store)
    kinds = [entry["kind"] for entry in chain]
    mine = [entry for entry in chain if entry.get("case") == case["id"]]
    assert kinds[0] == "configuration.loaded"
    accepted = next(entry for entry in chain if entry["kind"] == "delivery.accepted")
    told = next(entry for entry in mine if entry["kind"] == "person.departed")
    assert accepted["actor"] == told["actor"] == "sender:hr"
    assert told["delivery"] == accepted["delivery"]
    assert kinds.index("delivery.accepted") < kinds.index("case.opened") < kinds.index("removal.sent")
    sent = [entry["facts"] for entry in mine if entry["kind"] == "removal.sent"]
    assert {(one["organization"], one["user"]) for one in sent} == {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}
    answered = [entry["facts"] for entry in mine if entry["kind"] == "removal.answered"]
    assert {one["http_status"] for one in answered} == {204}
    outcomes = [entry["facts"] for entry in mine if entry["kind"] == "removal.outcome"]
    assert {(one["organization"], one["outcome"]) for one in outcomes} == {
        (ALPHA, "removed"),
        (BETA, "removed"),
        (GAMMA, "removed"),
    }
    proven = next(entry["facts"] for entry in mine if entry["kind"] == "case.proven")
    assert {one["key"] for one in proven["lists"]} == {"alpha", "beta", "gamma"}
    assert all(one["proven"] for one in proven["lists"])
    assert mine[-1]["kind"] == "case.completed"
    assert mine[-1]["facts"]["result"] == "removed"
    assert "delivery.interpreted" in kinds


def test_entries_are_canonical_hashed_and_chained(signed):
    its, _ = signed()
    departed(its)
    with sqlite3.connect(f"file:{its.offboard.store}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT sequence, bytes, hash FROM audit_entries ORDER BY sequence").fetchall()
    previous = "0" * 64
    for place, (sequence, data, hash) in enumerate(rows, start=1):
        entry = json.loads(data)
        assert sequence == place == entry["sequence"]
        assert entry["previous"] == previous
        assert data == json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        assert hash == hashlib.sha256(data).digest()
        previous = hash.hex()


def test_no_entry_holds_an_address(signed):
    its, _ = signed(policy={"protected": ["riley.protected@example.com"]})
    departed(its)
    its.offboard.post(senders.departure("riley.protected@example.com"))
    its.offboard.settled("riley.protected@example.com", "attention")
    its.offboard.post(senders.standard(senders.event("not an address@example.com")))
    reason = "for jordan.lee@example.com and mailto:casey@example.com"
    assert its.offboard.run("limits", "raise", "--people", 50, "--for", "1h", "--reason", reason).status == 0
    wait_until(lambda: "delivery.unresolved" in [e["kind"] for e in entries(its.offboard.store)], "it is read")
    for entry in entries(its.offboard.store):
        assert "@" not in json.dumps(entry), entry
        assert "%40" not in json.dumps(entry), entry
    raised = next(e for e in entries(its.offboard.store) if e["kind"] == "limits.raised")
    assert raised["facts"]["people"] == 50
    assert raised["facts"]["reason"] == "for (address) and (address)"


def test_decisions_name_who_made_them(stage):
    its = stage(policy={"approval": "always"})
    its.offboard.post(senders.departure(EMAIL))
    held = its.offboard.settled(EMAIL, "held")
    assert its.offboard.run("approve", held["id"], "--digest", held["plan_digest"]).status == 0
    its.offboard.settled(EMAIL, "completed")
    its.offboard.post(senders.departure("colleague1.alpha@example.com"))
    other = its.offboard.settled("colleague1.alpha@example.com", "held")
    assert its.offboard.run("refuse", other["id"]).status == 0
    chain = entries(its.offboard.store)

    def actors(kind: str) -> list[str]:
        return [entry["actor"] for entry in chain if entry["kind"] == kind]

    assert actors("case.held") == ["engine", "engine"]
    assert actors("case.approved") == actors("case.refused")
    assert all(actor.startswith("person:") for actor in actors("case.approved"))
    held = next(entry for entry in chain if entry["kind"] == "case.held")
    approved = next(entry for entry in chain if entry["kind"] == "case.approved")
    # The plan is the same one, and its digest, from which the person could be guessed, is in neither.
    assert held["facts"]["plan"] == approved["facts"]["plan"] != other["plan_digest"]
    assert sorted(approved["facts"]["covered"]) == sorted([[ALPHA, AVERY], [BETA, AVERY], [GAMMA, AVERY]])


def test_other_ways_in_that_were_ended_are_entered_without_their_secrets(stage):
    world = three_organizations()
    token = "Zm9v/YmFy+Q=canary-session-token"
    next(person for person in world.users if person["id"] == AVERY).update(api_keys=["k1", "k2"], sessions=[token])
    its = stage(world, policy={"also": ["api_keys", "role_sessions"]})
    case = departed(its)
    ended = [entry["facts"] for entry in entries(its.offboard.store) if entry["kind"] == "credentials.outcome"]
    for kind, count in (("api_keys", 2), ("role_sessions", 1)):
        assert sum(one["count"] for one in ended if one["type"] == kind and one["outcome"] == "ended") == count
    assert token not in json.dumps(entries(its.offboard.store))
    assert "api_keys" in its.offboard.run("receipt", case["id"]).output


def test_refusals_by_strangers_are_entered_once_a_minute_for_each_cause(stage):
    its = stage()
    for _ in range(60):
        assert its.offboard.post(senders.standard(senders.event(EMAIL), secret=senders.SVIX_SECRET)).status_code == 401
    for _ in range(20):
        assert its.offboard.post(senders.Request("/hooks/hr", b"{}")).status_code == 401

    def refused() -> list[dict]:
        return [entry for entry in entries(its.offboard.store) if entry["kind"] == "webhooks.refused"]

    wait_until(lambda: len(refused()) == 2, "both causes are entered")
    departed(its)
    assert {entry["facts"]["cause"] for entry in refused()} == {"wrong_signature", "missing_signature"}
    assert len(refused()) == 2


def test_a_changed_configuration_is_entered_by_its_digest(stage):
    its = stage()
    first = hashlib.sha256(its.offboard.file.read_bytes()).hexdigest()
    assert its.offboard.stop() == 0
    its.offboard.configure({**its.offboard.configuration, "policy": {"mode": "dry_run"}})
    second = hashlib.sha256(its.offboard.file.read_bytes()).hexdigest()
    its.offboard.start()
    loaded = [entry["facts"] for entry in entries(its.offboard.store) if entry["kind"] == "configuration.loaded"]
    assert [(one["digest"], one["mode"]) for one in loaded] == [(first, "enforce"), (second, "dry_run")]


def test_a_command_that_works_by_itself_enters_a_configuration_that_differs(stage):
    its = stage(start=False)
    for person in ("colleague1.alpha@example.com", "colleague2.alpha@example.com"):
        assert its.offboard.run("remove", person, "--yes").status == 0
    its.offboard.configure({**its.offboard.configuration, "sweep": {"every": "2h"}})
    # Held, since three of ten are more than a quarter: the configuration is entered all the same.
    assert its.offboard.run("remove", "colleague3.alpha@example.com", "--yes").status == 1
    loaded = [entry["facts"] for entry in entries(its.offboard.store) if entry["kind"] == "configuration.loaded"]
    assert [one["process"] for one in loaded] == ["command", "command"]
    assert loaded[1]["digest"] == hashlib.sha256(its.offboard.file.read_bytes()).hexdigest() != loaded[0]["digest"]


def test_verify_finds_every_changed_byte_of_an_export(signed, tmp_path):
    its, fingerprint = signed()
    departed(its)
    bundle = export(its, tmp_path / "export")
    sound = command("audit", "verify", bundle)
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert fingerprint in sound.stdout
    chance = random.Random(20261201)
    files = sorted(file for file in bundle.iterdir())
    sizes = [file.stat().st_size for file in files]
    for round in range(100):
        # Any byte of any file is as likely as any other.
        [file] = chance.choices(files, sizes)
        whole = file.read_bytes()
        changed = bytearray(whole)
        changed[chance.randrange(len(changed))] ^= chance.randrange(1, 256)
        file.write_bytes(changed)
        found = command("audit", "verify", bundle)
        assert found.returncode == 1, f"round {round}, {file.name}: {found.stdout}{found.stderr}"
        assert found.stdout.startswith("not valid: ")
        file.write_bytes(whole)
    assert command("audit", "verify", bundle).returncode == 0


def test_verify_names_the_first_bad_entry(signed, tmp_path):
    its, _ = signed()
    departed(its)
    bundle = export(its, tmp_path / "export")
    lines = (bundle / "entries.jsonl").read_bytes().splitlines(keepends=True)
    chance = random.Random(1201)
    for _ in range(20):
        place = chance.randrange(len(lines))
        changed = list(lines)
        changed[place] = changed[place].replace(b'"kind":"', b'"kind":"x', 1)
        (bundle / "entries.jsonl").write_bytes(b"".join(changed))
        found = command("audit", "verify", bundle, "--json")
        assert json.loads(found.stdout)["bad_entry"] == place + 1
    missing = lines[:3] + lines[4:]
    (bundle / "entries.jsonl").write_bytes(b"".join(missing))
    assert json.loads(command("audit", "verify", bundle, "--json").stdout)["bad_entry"] == 4


def test_a_rewritten_chain_is_found_by_a_key_or_a_checkpoint(signed, tmp_path):
    its, fingerprint = signed()
    departed(its)
    seen = checkpoints(its.offboard.log)[-1]
    assert its.offboard.stop() == 0
    public = tmp_path / "keys" / "audit.pem.pub"
    store = its.offboard.store
    assert command("audit", "verify", store, "--checkpoint", seen, "--key", public).returncode == 0
    # Whoever can write the store writes all of it anew: one entry is changed and every hash behind it.
    with sqlite3.connect(store) as connection:
        rows = connection.execute("SELECT sequence, bytes FROM audit_entries ORDER BY sequence").fetchall()
        previous = "0" * 64
        for sequence, data in rows:
            entry = json.loads(data)
            entry["previous"] = previous
            if sequence == 1:
                entry["actor"] = "person:somebody else"
            data = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
            hash = hashlib.sha256(data).digest()
            connection.execute(
                "UPDATE audit_entries SET bytes = ?, hash = ? WHERE sequence = ?", (data, hash, sequence)
            )
            previous = hash.hex()
        connection.execute("DELETE FROM audit_heads")
    connection.close()
    assert command("audit", "verify", store).returncode == 0
    found = command("audit", "verify", store, "--checkpoint", seen)
    assert found.returncode == 1 and "checkpoint" in found.stdout
    found = command("audit", "verify", store, "--key", public)
    assert found.returncode == 1 and fingerprint in found.stdout
    assert its.offboard.run("audit", "verify").status == 1


def test_a_cut_end_is_found_against_a_checkpoint(signed, tmp_path):
    its, _ = signed()
    departed(its)
    assert its.offboard.stop() == 0
    log = its.offboard.log_file
    seen = checkpoints(its.offboard.log)
    # One at the start, one at the end.
    assert len(seen) >= 2
    last = int(seen[-1].split(":")[1])
    store = its.offboard.store
    with sqlite3.connect(store) as connection:
        assert connection.execute("SELECT max(sequence) FROM audit_entries").fetchone()[0] == last
        connection.execute("DELETE FROM audit_entries WHERE sequence > ?", (last - 3,))
        connection.execute("DELETE FROM audit_heads WHERE sequence > ?", (last - 3,))
    connection.close()
    found = command("audit", "verify", store, "--checkpoint", log)
    assert found.returncode == 1
    assert f"entry {last}" in found.stdout or "not signed" in found.stdout
    # The daemon goes on; what it adds stands in other entries' places.
    its.offboard.start()
    found = its.offboard.run("audit", "verify", "--checkpoint", seen[-1])
    assert found.status == 1, found.output


def test_an_export_that_was_cut_and_tidied_up_is_found_against_a_checkpoint(stage, tmp_path):
    # Without a key nothing else can show it.
    its = stage()
    departed(its)
    assert its.offboard.stop() == 0
    seen = checkpoints(its.offboard.log)[-1]
    bundle = export(its, tmp_path / "export")
    for name in ("entries.jsonl", "hashes.txt"):
        lines = (bundle / name).read_bytes().splitlines(keepends=True)
        (bundle / name).write_bytes(b"".join(lines[:-3]))
    listed = sorted(file.name for file in bundle.iterdir() if file.name != "SHA256SUMS")
    sums = subprocess.run(["sha256sum", *listed], cwd=bundle, capture_output=True, check=True)
    (bundle / "SHA256SUMS").write_bytes(sums.stdout)
    assert command("audit", "verify", bundle).returncode == 0
    found = command("audit", "verify", bundle, "--checkpoint", seen)
    assert found.returncode == 1 and "the end is missing" in found.stdout


def test_the_auditors_check_needs_openssl_and_coreutils_alone(signed, tmp_path):
    its, fingerprint = signed()
    departed(its)
    bundle = export(its, tmp_path / "export")
    done = check(bundle, fingerprint)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"signed by key {fingerprint}" in done.stdout
    assert check(bundle, "0" * 64).returncode == 1
    chance = random.Random(7)
    files = sorted(bundle.iterdir())
    for file in files:
        # The script itself may not run once it is changed; it is listed as all others are.
        if file.name == "check.sh":
            continue
        whole = file.read_bytes()
        changed = bytearray(whole)
        changed[chance.randrange(len(changed))] ^= 1
        file.write_bytes(changed)
        assert check(bundle).returncode != 0, file.name
        file.write_bytes(whole)
    # One who makes the digests anew still cannot sign them.
    lines = (bundle / "entries.jsonl").read_bytes()
    (bundle / "entries.jsonl").write_bytes(lines.replace(b"sender:hr", b"sender:xy"))
    sums = subprocess.run(
        ["sha256sum", *sorted(f.name for f in files if not f.name.startswith("SHA256SUMS"))],
        cwd=bundle,
        capture_output=True,
        check=True,
    )
    (bundle / "SHA256SUMS").write_bytes(sums.stdout)
    assert "signed" in check(bundle).stderr
    (bundle / f"SHA256SUMS.{fingerprint}.sig").unlink()
    assert "its bytes" in check(bundle).stderr
    assert command("audit", "verify", bundle, "--key", tmp_path / "keys" / "audit.pem.pub").returncode == 1


def test_an_export_says_who_when_and_how_long(signed, tmp_path):
    its, _ = signed()
    case = departed(its)
    bundle = export(its, tmp_path / "export", "--from", "2026-01-01", "--to", "2100-01-01")
    with (bundle / "cases.csv").open(newline="") as file:
        [row] = list(csv.DictReader(file))
    assert row["case"] == case["id"]
    assert row["person"] == f"{EMAIL} {ALIAS}"
    assert row["told_at"] == case["received_at"]
    assert row["told_by"] == "sender:hr"
    assert row["result"] == "removed" and row["removed"] == "3" and row["exceptions"] == ""
    assert row["told_at"] < row["removed_at"] <= row["completed_at"]
    assert 0 < float(row["seconds_to_revoke"]) < 60
    with (bundle / "removals.csv").open(newline="") as file:
        removals = list(csv.DictReader(file))
    assert {(one["organization"], one["user"], one["outcome"]) for one in removals} == {
        (ALPHA, AVERY, "removed"),
        (BETA, AVERY, "removed"),
        (GAMMA, AVERY, "removed"),
    }
    # Whom the entries are about is revealed by the salts, and by nothing else.
    with (bundle / "people.csv").open(newline="") as file:
        people = {one["email"]: one for one in csv.DictReader(file)}
    for email in (EMAIL, ALIAS):
        salt = base64.b64decode(people[email]["salt"])
        assert len(salt) == 32
        assert hashlib.sha256(salt + email.encode()).hexdigest() == people[email]["commitment"]
    opened = next(e for e in entries(its.offboard.store) if e["kind"] == "case.opened")
    assert opened["subject"] == [people[EMAIL]["commitment"], people[ALIAS]["commitment"]]
    assert its.offboard.run("audit", "export", bundle).status == 64
    assert its.offboard.run("audit", "export", tmp_path / "none", "--to", "2020-01-01").status == 1


def test_erasing_a_person_erases_their_salts_and_leaves_the_chain_whole(signed, tmp_path):
    its, _ = signed()
    departed(its)
    assert its.offboard.run("erase-person", ALIAS, "--yes").status == 0
    assert its.offboard.run("audit", "verify").status == 0
    chain = entries(its.offboard.store)
    opened = next(entry for entry in chain if entry["kind"] == "case.opened")
    erased = next(entry for entry in chain if entry["kind"] == "person.erased")
    assert sorted(erased["subject"]) == sorted(opened["subject"])
    assert erased["facts"]["cases"] == [opened["case"]]
    # The same person anew is somebody else, as far as anybody can tell.
    departed(its)
    again = [entry for entry in entries(its.offboard.store) if entry["kind"] == "case.opened"][-1]
    assert not set(again["subject"]) & set(opened["subject"])
    assert its.offboard.run("erase-person", EMAIL, "--yes").status == 0
    bundle = export(its, tmp_path / "export")
    assert "erased" in (bundle / "cases.csv").read_text()
    for file in bundle.iterdir():
        assert b"avery" not in file.read_bytes(), file.name
    assert check(bundle).returncode == 0


def test_a_receipt_is_one_signed_page(signed, tmp_path):
    its, fingerprint = signed()
    case = departed(its)
    done = its.offboard.run("receipt", case["id"])
    assert done.status == 0, done.errors
    page = done.output
    for text in (
        case["id"],
        EMAIL,
        "sender:hr",
        ALPHA,
        BETA,
        GAMMA,
        "removed, HTTP 204",
        "proven complete",
        fingerprint,
    ):
        assert text in page, text
    receipt = tmp_path / "receipt.txt"
    receipt.write_text(page)
    shutil.copy(tmp_path / "keys" / "audit.pem.pub", tmp_path / "audit.pub")
    commands = re.findall(r"^  (?:sed|openssl) .*$", page, re.MULTILINE)
    assert len(commands) == 3
    script = "set -e; " + "; ".join(commands)
    check = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert check.returncode == 0, check.stderr
    receipt.write_text(page.replace("HTTP 204", "HTTP 200", 1))
    assert subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True).returncode != 0
    shown = its.offboard.read("receipt", case["id"])
    assert shown["person"] == f"{EMAIL} {ALIAS}"
    assert {one["outcome"] for one in shown["removed"]} == {"removed"}
    (tmp_path / "page").write_text(shown["page"])
    (tmp_path / "page.sig").write_bytes(base64.b64decode(shown["signature"]))
    assert subprocess.run(["sh", "-c", commands[2]], cwd=tmp_path, capture_output=True).returncode == 0
    assert its.offboard.run("receipt", "c_none").status == 64


def test_a_kill_under_load_leaves_a_whole_chain_with_everything_that_was_acknowledged(signed):
    its, _ = signed(three_organizations(None), policy={"mode": "dry_run"}, start=False)
    chance = random.Random(20261202)
    acknowledged: set[str] = set()
    for _ in range(8):
        its.offboard.start()
        load = Load(its.offboard.port)
        enough = chance.randint(1, 80)
        wait_until(lambda: len(load.acknowledged) >= enough, "some deliveries are acknowledged")
        its.offboard.kill()
        acknowledged |= set(load.stop())
        found = its.offboard.run("audit", "verify", "--checkpoint", its.offboard.log_file)
        assert found.status == 0, found.output + found.errors
    entered = {e["delivery"] for e in entries(its.offboard.store) if e["kind"] == "delivery.accepted"}
    assert acknowledged <= entered


def test_commands_beside_the_daemon_add_to_the_same_chain(signed):
    its, _ = signed()
    for _ in range(5):
        its.offboard.post(senders.departure(f"{senders.new_id()}@example.com"))
        assert its.offboard.run("limits", "raise", "--people", 50, "--for", "1h", "--reason", "a test").status == 0
    assert its.offboard.run("audit", "verify").status == 0
    kinds = [entry["kind"] for entry in entries(its.offboard.store)]
    assert kinds.count("limits.raised") == kinds.count("delivery.accepted") == 5


def test_without_a_key_the_chain_is_linked_and_said_to_be_unsigned(stage, tmp_path):
    its = stage()
    departed(its)
    verified = its.offboard.run("audit", "verify")
    assert verified.status == 0 and "not signed" in verified.output
    assert "audit.key" in its.offboard.run("check").output
    bundle = export(its, tmp_path / "export")
    assert "NOT signed" in check(bundle).stdout
    assert "NOT signed" in its.offboard.run("receipt", its.offboard.case(EMAIL)["id"]).output


def test_a_key_that_cannot_be_used_is_a_configuration_error(stage, tmp_path):
    its = stage(start=False, audit={"key": {"file": str(tmp_path / "none.pem")}})
    assert its.offboard.run("check").status == 78
    (tmp_path / "none.pem").write_text("nonsense")
    refused = its.offboard.run("check")
    assert refused.status == 78 and "audit.key" in refused.errors
    assert command("audit", "keygen", tmp_path / "none.pem").returncode == 64
    assert (tmp_path / "none.pem").read_text() == "nonsense"


def test_a_notice_carries_the_checkpoint_every_day(signed, service):
    received = []

    def take(call):
        received.append(json.loads(call.body))
        return Answer(200, b"ok")

    target = service(take)
    notification = {
        "name": "auditor",
        "kind": "slack",
        "url": f"{target.url}/hook",
        "events": ["checkpoint"],
        "allow_private": True,
    }
    its, fingerprint = signed(notifications=[notification])
    wait_until(lambda: checkpoints(its.offboard.log), "the first checkpoint is told")
    assert its.offboard.stop() == 0
    assert received == []
    # A day passes.
    with sqlite3.connect(its.offboard.store) as connection:
        changed = connection.execute(
            "UPDATE notice_causes SET cause = cast(cause AS INTEGER) - 86401 WHERE subject = 'audit checkpoint'"
        )
        assert changed.rowcount == 1
    connection.close()
    its.offboard.start()
    wait_until(lambda: received, "the notice has arrived")
    [told] = checkpoints(received[0]["text"])
    assert fingerprint in told
    assert its.offboard.run("audit", "verify", "--checkpoint", told).status == 0
