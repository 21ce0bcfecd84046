"""Notices by mail and in Teams, what is loud and what is quiet, and what is told by the clock."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

import pytest

import senders
from mail_server import MailServer, Received
from service import Answer
from waiting import wait_until
from world import three_organizations

# Also what a mail's header cannot hold as it is.
ZOE = "zoë.müller@example.com"


@pytest.fixture
def mail_server():
    server = MailServer()
    yield server
    server.end()


def by_mail(server: MailServer, **fields: object) -> dict:
    return {
        "name": "mail",
        "kind": "email",
        "to": ["ops@example.com", "it@example.com"],
        "from": "offboard@example.net",
        "relay": server.url,
        **fields,
    }


def mails(server: MailServer, count: int = 1) -> list[Received]:
    return wait_until(lambda: list(server.mails) if len(server.mails) >= count else [], f"{count} mails", within=90)


def test_a_held_case_is_mailed_with_what_to_do(stage, mail_server):
    world = three_organizations()
    world.person(ZOE, world.organizations[0]["id"])
    its = stage(world, notifications=[by_mail(mail_server)], policy={"approval": "always"})
    its.offboard.post(senders.departure(ZOE))
    case = its.offboard.settled(ZOE, "held")
    [mail] = mails(mail_server)
    assert mail.sender == "offboard@example.net"
    assert mail.recipients == ["ops@example.com", "it@example.com"]
    message = mail.message
    assert message["subject"] == f"[offboard: action needed] A departure waits for a decision: {ZOE}"
    assert message["from"] == "vultr-offboard <offboard@example.net>"
    assert [address.addr_spec for address in message["to"].addresses] == mail.recipients
    assert message["importance"] == "high" and message["auto-submitted"] == "auto-generated"
    assert message["references"] == message["in-reply-to"] == f"<{case['id']}@example.net>"
    assert message["message-id"].startswith("<msg_")
    assert abs(parsedate_to_datetime(message["date"]) - datetime.now(timezone.utc)) < timedelta(minutes=2)
    assert ZOE in mail.text and case["reason"] in mail.text
    command = f"approve {case['id']} --digest {case['plan_digest']}"
    assert f"    vultr-offboard {command}" in mail.text
    assert its.offboard.run(*command.split()).status == 0


def test_mails_about_one_person_are_one_thread_and_success_is_quiet(stage, mail_server):
    its = stage(notifications=[by_mail(mail_server, events=["held", "completed"])], policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "held")
    mails(mail_server)
    assert its.offboard.run("approve", case["id"], "--yes").status == 0
    # Two that wait together would be told in one mail; the second of them half a minute after the first.
    mails(mail_server, 2)
    its.offboard.post(senders.departure("nobody@example.com"))
    held, done, other = mails(mail_server, 3)
    assert held.message["references"] == done.message["references"] != other.message["references"]
    assert len({mail.message["message-id"] for mail in (held, done, other)}) == 3
    assert done.message["subject"] == "[offboard] Somebody was offboarded: avery.stone@example.com"
    assert done.message["importance"] is None
    assert "removed from 3 organizations in " in done.text
    assert "has no account" in other.text


def test_success_is_told_only_to_whoever_asks_for_it(stage, mail_server, receiver):
    quiet = {"name": "chat", "kind": "slack", "url": receiver.url, "events": ["completed"]}
    its = stage(notifications=[by_mail(mail_server), quiet])
    its.offboard.post(senders.departure("avery.stone@example.com"))
    its.offboard.settled("avery.stone@example.com", "completed")
    wait_until(lambda: receiver.calls, "the quiet notice")
    # A loud one that came later has arrived, and no other.
    its.offboard.post(senders.standard(senders.event(data={"name": "nobody"})))
    [mail] = mails(mail_server)
    assert "does not say who left" in mail.message["subject"]


def test_a_refused_recipient_is_told_and_the_others_have_it(stage, mail_server):
    mail_server.refusals["it@example.com"] = "550 5.1.1 <it@example.com> unknown"
    its = stage(notifications=[by_mail(mail_server)], policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    [mail] = mails(mail_server)
    assert mail.recipients == ["ops@example.com"]
    wait_until(lambda: "notice sent" in its.offboard.log, "the notice counts as sent")
    told = [json.loads(line) for line in its.offboard.log.splitlines() if "refused recipients" in line]
    assert [line["recipients"] for line in told] == ["2 of 2"]
    assert "it@example" not in its.offboard.log


def test_a_relay_in_trouble_gets_the_mail_once_under_one_id(stage, mail_server):
    mail_server.answer = "451 4.3.0 later, ops@example.com"
    its = stage(notifications=[by_mail(mail_server)], policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    wait_until(lambda: its.offboard.log.count("a notice was not taken") >= 2, "two tries")
    its.offboard.kill()
    mail_server.answer = "250 2.0.0 kept"
    its.offboard.start()
    [mail] = mails(mail_server)
    wait_until(lambda: "notice sent" in its.offboard.log, "the notice is noted as sent")
    sent = [json.loads(line) for line in its.offboard.log.splitlines() if '"notice sent"' in line]
    assert mail.message["message-id"] == f"<{sent[0]['_message']}@example.net>"
    assert len(mail_server.mails) == 1
    assert "with 451 4.3.0" in its.offboard.log
    assert "@" not in its.offboard.log.replace("@example.net", "")


def test_teams_gets_an_adaptive_card(stage, receiver):
    receiver.answer = lambda call: Answer(202, b"")
    target = {"name": "teams", "kind": "teams", "url": {"env": "TEAMS_URL"}}
    its = stage(start=False, notifications=[target], policy={"approval": "always"})
    its.offboard.environment["TEAMS_URL"] = f"{receiver.url}/workflows/1/triggers/manual?sig=TELLTALE"
    its.offboard.start()
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "held")
    wait_until(lambda: receiver.calls, "the card")
    call = receiver.calls[0]
    assert call.target == "/workflows/1/triggers/manual?sig=TELLTALE"
    assert call.headers["content-type"] == "application/json"
    message = json.loads(call.body)
    assert message["type"] == "message"
    [attachment] = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    texts = [run["text"] for block in attachment["content"]["body"] for run in block["inlines"]]
    assert texts[0] == "A departure waits for a decision"
    assert f"vultr-offboard approve {case['id']} --digest {case['plan_digest']}" in texts
    wait_until(lambda: "notice sent" in its.offboard.log, "the notice is noted as sent")
    checked = its.offboard.run("check", "--json")
    assert "TELLTALE" not in its.offboard.log + checked.output + checked.errors


def test_slack_calls_people_only_where_they_are_needed(stage, receiver):
    target = {"name": "chat", "kind": "slack", "url": receiver.url, "mention": "here", "events": ["held", "completed"]}
    its = stage(notifications=[target], policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "held")
    assert its.offboard.run("approve", case["id"], "--yes").status == 0
    wait_until(lambda: len(receiver.calls) >= 2, "two messages")
    held, done = [json.loads(call.body)["text"] for call in receiver.calls]
    assert held.startswith("<!here> *A departure waits")
    assert done.startswith("*Somebody was offboarded*")


def back_in_time(its, table: str, seconds: int) -> None:
    """Makes what is kept `seconds` older, as if they had passed."""
    with sqlite3.connect(its.offboard.store) as connection:
        if table == "cases":
            changed = connection.execute(f"UPDATE cases SET received_at = received_at - {seconds * 1000}")
        else:
            changed = connection.execute(
                f"UPDATE notice_causes SET cause = cast(cause AS INTEGER) - {seconds} WHERE subject = 'digest'"
            )
        assert changed.rowcount == 1
    connection.close()


def test_access_that_is_live_after_15_minutes_is_told(stage, mail_server):
    target = by_mail(mail_server, events=["deadline"])
    its = stage(notifications=[target], policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "held")
    assert its.offboard.stop() == 0
    assert mail_server.mails == []
    back_in_time(its, "cases", 901)
    its.offboard.start()
    [mail] = mails(mail_server)
    assert mail.message["subject"] == (
        "[offboard: action needed] Somebody who left still has access: avery.stone@example.com"
    )
    assert "access still live after 15 minutes; the case is held" in mail.text
    assert f"vultr-offboard approve {case['id']}" in mail.text


def test_each_day_has_its_digest_with_the_checkpoint(stage, mail_server):
    target = by_mail(mail_server, events=["digest"])
    its = stage(notifications=[target])
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "completed")
    assert its.offboard.stop() == 0
    assert mail_server.mails == []
    back_in_time(its, "digest", 86_401)
    its.offboard.start()
    [mail] = mails(mail_server)
    assert mail.message["subject"] == "[offboard] Offboarding in the last day"
    assert mail.message["references"] is None
    assert "1 person was removed" in mail.text
    assert f"- avery.stone@example.com, {case['id']}: " in mail.text
    assert "No case is open." in mail.text
    checkpoint = next(line for line in mail.text.splitlines() if line.startswith("Audit checkpoint: "))
    verified = its.offboard.run("audit", "verify", "--checkpoint", checkpoint.removeprefix("Audit checkpoint: "))
    assert verified.status == 0, verified


def test_wrong_targets_are_configuration_errors(stage, mail_server):
    its = stage(start=False)
    teams = {"name": "teams", "kind": "teams", "url": "https://teams.example.com/x"}
    for target, told in [
        (by_mail(mail_server, to="two words@example.com"), "must be an email address"),
        (by_mail(mail_server, to=[]), "must name from 1 to 20"),
        (by_mail(mail_server, to=["ops@example.com>\r\nRCPT TO:<x@y"]), "must be an email address"),
        ({"name": "mail", "kind": "email"}, "to"),
        (by_mail(mail_server, relay="smtp://user:pass@127.0.0.1"), "user or a password"),
        (by_mail(mail_server, relay="smtp://10.0.0.1"), "allow_private"),
        (by_mail(mail_server, relay="smtp://192.0.2.1", allow_private=True), "not allowed"),
        (by_mail(mail_server, relay="https://127.0.0.1"), "smtp://"),
        (by_mail(mail_server, url="https://mail.example.com"), "unknown key"),
        (by_mail(mail_server, secret={"env": "HR_SECRET"}), "unknown key"),
        (by_mail(mail_server, mention="here"), "unknown key"),
        ({**teams, "secret": {"env": "HR_SECRET"}}, "not used"),
        ({**teams, "url": "http://teams.example.com/x"}, "https://"),
        ({**teams, "to": "ops@example.com"}, "unknown key"),
        ({**teams, "mention": "here"}, "unknown key"),
        ({**teams, "kind": "slack", "mention": "everyone"}, "must be one of"),
    ]:
        its.offboard.configure(its.configuration(notifications=[target]))
        done = its.offboard.run("check")
        assert done.status == 78, (target, done)
        assert told in done.errors and "notifications[0]" in done.errors, (target, done.errors)
