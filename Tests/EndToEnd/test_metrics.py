"""Metrics: what they say is what happened, nobody from outside can add to them, and the alert rules fit them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import datetime, timezone

import httpx
import pytest
import yaml

import senders
from metrics import Metrics, console
from offboard import PROGRAM, ROOT
from service import Answer
from waiting import wait_until

RULES = ROOT / "deploy" / "alerts.yml"
PAGE = ROOT / "deploy" / "alerts.md"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def lines(its) -> list[dict]:
    return [json.loads(line) for line in its.offboard.log.splitlines() if line.startswith("{")]


def test_metrics_say_what_happened(stage):
    its = stage()
    before = Metrics.of(its.offboard)
    assert before.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert before.value("offboard_store_ready") == 1
    assert before.value("offboard_deliveries_total", sender="hr", result="accepted") == 0
    assert before.value("offboard_last_delivery_timestamp_seconds", sender="hr") is None

    request = senders.departure("avery.stone@example.com")
    assert its.offboard.post(request).status_code == 202
    case = its.offboard.settled("avery.stone@example.com", "completed")
    assert its.offboard.post(request).status_code == 200
    request.headers["webhook-signature"] = "v1,d3Jvbmcgc2lnbmF0dXJlIQ=="
    assert its.offboard.post(request).status_code == 401

    after = Metrics.of(its.offboard)
    told = {
        result: after.value("offboard_deliveries_total", sender="hr", result=result)
        for result in ("accepted", "duplicate", "refused", "unavailable")
    }
    assert told == {"accepted": 1, "duplicate": 1, "refused": 1, "unavailable": 0}
    assert after.sum("offboard_refusals_total", sender="hr") == 1
    assert abs(after.value("offboard_clock_skew_seconds", sender="hr")) < 60
    last = after.value("offboard_last_delivery_timestamp_seconds", sender="hr")
    assert abs(datetime.now(timezone.utc).timestamp() - last) < 60

    # The simulator saw every request; what is counted is what it saw.
    deletes = its.simulator.deletes()
    remove = "DELETE /v2/organizations/{organization}/user/{user}"
    assert after.sum("offboard_vultr_requests_total", endpoint=remove) == len(deletes)
    by_outcome = after.sum("offboard_removals_total", outcome="removed")
    assert by_outcome == len(deletes) == sum(one["outcome"] == "removed" for one in case["removals"])
    seen = len(its.simulator.calls("GET", "/v2/users"))
    assert after.value("offboard_vultr_requests_total", endpoint="GET /v2/users", status="200") == seen
    assert after.value("offboard_vultr_request_seconds_count") == after.sum("offboard_vultr_requests_total")

    assert after.value("offboard_time_to_revoke_seconds_count") == 1
    received, finished = (datetime.fromisoformat(case[name]) for name in ("received_at", "finished_at"))
    took = (finished - received).total_seconds()
    assert after.value("offboard_time_to_revoke_seconds_sum") == pytest.approx(took, abs=0.01)
    assert after.value("offboard_cases", state="completed") == 1
    assert after.sum("offboard_cases") == 1
    assert after.value("offboard_oldest_unrevoked_seconds") == 0
    assert after.value("offboard_store_commit_seconds_count") == after.value("offboard_store_commit_writes_count") > 0
    assert after.value("offboard_store_commit_writes_sum") >= after.value("offboard_store_commit_writes_count")
    assert after.value("offboard_audit_entries") > before.value("offboard_audit_entries")
    assert after.value("offboard_metric_series_refused_total") == 0
    assert after.value("process_resident_memory_bytes") > 1_000_000


def test_whoever_still_has_access_is_told_by_one_figure(stage):
    its = stage(policy={"approval": "always"})
    assert its.offboard.run("test", "hr").status == 0
    assert Metrics.of(its.offboard).value("offboard_oldest_unrevoked_seconds") == 0
    later = senders.departure("sam.river@example.com", effective_at=senders.in_(hours=2))
    its.offboard.post(later)
    its.offboard.settled("sam.river@example.com", "scheduled")
    assert Metrics.of(its.offboard).value("offboard_oldest_unrevoked_seconds") == 0

    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "held")
    told = Metrics.of(its.offboard)
    assert told.value("offboard_cases", state="held") == 1
    received = datetime.fromisoformat(case["received_at"])
    age = (datetime.now(timezone.utc) - received).total_seconds()
    assert 0 < told.value("offboard_oldest_unrevoked_seconds") <= age
    assert its.offboard.run("refuse", case["id"]).status == 0
    assert Metrics.of(its.offboard).value("offboard_oldest_unrevoked_seconds") == 0


def test_strangers_add_no_series(stage):
    its = stage(policy={"mode": "dry_run"})
    before = Metrics.of(its.offboard)
    with httpx.Client(trust_env=False, base_url=f"http://127.0.0.1:{its.offboard.port}") as client:
        for number in range(2_000):
            answer = client.post(f"/hooks/stranger-{number}", content=b"")
            assert answer.status_code == 404
    after = Metrics.of(its.offboard)
    assert after.count == before.count
    assert after.value("offboard_unknown_sender_requests_total") == 2_000
    assert "stranger" not in after.text
    assert after.value("offboard_metric_series_refused_total") == 0


def test_metrics_are_on_the_console_alone(stage):
    its = stage(policy={"mode": "dry_run"})
    url = f"http://127.0.0.1:{its.offboard.port}"
    assert httpx.get(f"{url}/metrics", trust_env=False).status_code == 404
    assert httpx.post(f"{console(its.offboard)}/hooks/hr", trust_env=False).status_code == 404
    refused = httpx.post(f"{console(its.offboard)}/metrics", trust_env=False)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")


def test_a_store_that_is_gone_leaves_metrics_that_say_so(stage):
    its = stage(policy={"mode": "dry_run"})
    its.offboard.store.rename(its.offboard.folder / "elsewhere.sqlite")

    def unready() -> Metrics | None:
        told = Metrics.of(its.offboard)
        return told if told.value("offboard_store_ready") == 0 else None

    told = wait_until(unready, "the store is told as unready")
    assert told.value("offboard_cases", state="held") is None
    assert told.value("offboard_oldest_unrevoked_seconds") is None
    assert told.value("offboard_deliveries_total", sender="hr", result="accepted") == 0


def test_a_trace_is_logged_and_handed_on(stage, receiver):
    target = {"name": "ops", "kind": "standard-webhooks", "url": receiver.url, "secret": {"env": "NOTICE_SECRET"}}
    its = stage(start=False, notifications=[target], policy={"approval": "always"})
    its.offboard.environment["NOTICE_SECRET"] = "whsec_bm90aWNlcyBhcmUgc2lnbmVkIHdpdGggdGhpcyBrZXk="
    its.offboard.start()
    request = senders.departure("avery.stone@example.com")
    request.headers["traceparent"] = TRACE
    delivery = its.offboard.post(request).json()["delivery"]
    case = its.offboard.settled("avery.stone@example.com", "held")["id"]
    assert its.offboard.run("approve", case, "--yes").status == 0
    wait_until(lambda: receiver.calls, "the notice")
    assert receiver.calls[0].headers["traceparent"] == TRACE

    told = lines(its)
    read = [line for line in told if line["message"] == "delivery read"]
    assert [(line["delivery"], line["case"], line["trace"]) for line in read] == [(delivery, case, TRACE)]
    for message in ("case held", "case completed", "notice sent"):
        found = wait_until(lambda m=message: [line for line in lines(its) if line["message"] == m], message)
        assert {(line["case"], line["trace"]) for line in found} == {(case, TRACE)}, found

    broken = senders.departure("sam.river@example.com")
    broken.headers["traceparent"] = TRACE.replace("00-4b", "ff-4b")
    its.offboard.post(broken)
    its.offboard.settled("sam.river@example.com", "completed", "held")
    ours = [line for line in lines(its) if line["message"] == "delivery read"][-1]
    assert "trace" not in ours


def named_metrics(rules: dict) -> set[str]:
    expressions = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    return {name for text in expressions for name in re.findall(r"\b(?:offboard|process)_[a-z_]+", text)}


def alerts() -> list[dict]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def headings() -> dict[str, str]:
    """The page's headings by the anchor that a Markdown page has for them."""
    found = re.findall(r"^## (.+)$", PAGE.read_text(), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-"): heading for heading in found}


def test_each_metric_of_the_rules_is_served(stage, receiver):
    """After everything has happened once that makes a series."""
    receiver.answer = lambda call: Answer(500)
    target = {"name": "ops", "kind": "slack", "url": receiver.url}
    its = stage(notifications=[target], policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    its.offboard.settled("avery.stone@example.com", "held")
    assert its.offboard.run("sweep").status == 0
    served = Metrics.of(its.offboard)
    wanted = named_metrics(yaml.safe_load(RULES.read_text()))
    assert len(wanted) > 20
    assert wanted - set(served.series) == set()


def test_each_alert_has_its_page():
    anchors = headings()
    named = set()
    for alert in alerts():
        page, _, anchor = alert["annotations"]["runbook"].partition("#")
        assert page == PAGE.name
        assert anchors.get(anchor) == alert["alert"], alert["alert"]
        assert alert["annotations"]["summary"]
        assert alert["labels"]["severity"] in {"critical", "warning"}
        named.add(alert["alert"])
    assert len(named) == len(alerts()) > 20
    for link in re.findall(r"\]\(#([^)]+)\)", PAGE.read_text()):
        assert link in anchors, link


def test_each_kind_of_notice_has_its_page(stage):
    """The kinds are those that `check` names where one of them is wrong."""
    its = stage(start=False)
    target = {"name": "ops", "kind": "slack", "url": "https://ops.example.com", "events": ["nothing"]}
    its.offboard.configure(its.configuration(notifications=[target]))
    said = re.search(r"nothing is no event; there are ([a-z, ]+)", its.offboard.run("check").errors)
    kinds = said.group(1).strip().split(", ")
    assert len(kinds) >= 14 and {"deadline", "completed", "digest"} < set(kinds)
    assert {heading for heading in headings().values() if heading.startswith("Notice: ")} == {
        f"Notice: {kind}" for kind in kinds
    }


def commands() -> list[str]:
    return sorted(set(re.findall(r"`vultr-offboard ([^`\n]*(?:\n[^`\n]*)?)`", PAGE.read_text())))


@pytest.mark.parametrize("command", [" ".join(command.split()) for command in commands()])
def test_each_command_of_the_page_exists(command, tmp_path):
    """It is understood, and fails only because there is no configuration."""
    zeroes = "0" * 64
    examples = {"CASE": "c_1", "DELIVERY": "d_1", "EMAIL": "a@example.com", "DIGEST": zeroes}
    examples["CHECKPOINT"] = f"audit1:1:{zeroes}"
    words = [examples.get(word, word) for word in re.findall(r'"[^"]*"|\S+', command)]
    arguments = [word.strip('"') for word in words]
    done = subprocess.run(
        [PROGRAM, *arguments, "--config", tmp_path / "none.yaml"], capture_output=True, text=True, timeout=60
    )
    # Those that ask before they do something say first that nobody can be asked.
    if done.returncode != 64 or not done.stderr.startswith("there is no terminal to ask on"):
        assert done.returncode == 78, (command, done.stderr)
        assert "none.yaml" in done.stderr


@pytest.mark.long
def test_prometheus_takes_metrics_and_rules(stage, receiver):
    assert shutil.which("promtool"), "promtool comes with Debian's prometheus"
    target = {"name": "ops", "kind": "slack", "url": receiver.url}
    its = stage(notifications=[target])
    its.offboard.post(senders.departure("avery.stone@example.com"))
    its.offboard.settled("avery.stone@example.com", "completed")
    text = Metrics.of(its.offboard).text
    for arguments, given in [
        (["check", "metrics"], text),
        (["check", "rules", RULES], ""),
        (["test", "rules", RULES.with_name("alerts.test.yml")], ""),
    ]:
        done = subprocess.run(["promtool", *arguments], input=given, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done
        assert "error" not in (done.stdout + done.stderr).lower(), done
        if arguments == ["check", "metrics"]:
            assert (done.stdout, done.stderr) == ("", "")
