"""What people are told without asking: once, signed, never with a secret, also over a restart."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
import standardwebhooks

import senders
from service import Answer, Service
from waiting import wait_until
from world import ALPHA, three_organizations

SECRET = "whsec_bm90aWNlcyBhcmUgc2lnbmVkIHdpdGggdGhpcyBrZXk="
SLACK_PATH = "/services/T0/B0/TELLTALEPATH"


def signed(url: str, **fields: object) -> dict:
    return {"name": "ops", "kind": "standard-webhooks", "url": url, "secret": {"env": "NOTICE_SECRET"}, **fields}


def slack(**fields: object) -> dict:
    return {"name": "chat", "kind": "slack", "url": {"env": "SLACK_URL"}, **fields}


def staged(stage, *targets: dict, world=None, slack_url: str = "", start: bool = True, **sections: object):
    its = stage(world, start=False, notifications=list(targets), **sections)
    its.offboard.environment.update({"NOTICE_SECRET": SECRET, "SLACK_URL": slack_url})
    if start:
        its.offboard.start()
    return its


def events(receiver: Service) -> list[dict]:
    """Every message, each verified by the `standardwebhooks` package."""
    verifier = standardwebhooks.Webhook(SECRET)
    return [verifier.verify(call.body, call.headers) for call in list(receiver.calls)]


def received(receiver: Service, kind: str, count: int = 1) -> list[dict]:
    def look() -> list[dict]:
        found = [event for event in events(receiver) if event["type"] == kind]
        return found if len(found) >= count else []

    return wait_until(look, f"{count} of {kind}")


def test_a_held_case_is_told_with_what_to_do(stage, receiver):
    its = staged(stage, signed(receiver.url), policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "held")
    event = received(receiver, "case.held")[0]
    assert event["data"]["count"] == 1
    notice = event["data"]["notices"][0]
    assert notice["case"] == case["id"]
    assert notice["email"] == "avery.stone@example.com"
    assert notice["sender"] == "hr"
    assert notice["plan_digest"] == case["plan_digest"]
    assert notice["action"] == f"vultr-offboard approve {case['id']} --digest {case['plan_digest']}"
    assert receiver.calls[0].headers["webhook-id"].startswith("msg_")
    done = its.offboard.run(*notice["action"].split()[1:])
    assert done.status == 0, done


def test_slack_gets_text_that_calls_nobody(stage, receiver):
    its = staged(stage, slack(), slack_url=receiver.url + SLACK_PATH, policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "held")
    wait_until(lambda: receiver.calls, "a message")
    call = receiver.calls[0]
    assert call.target == SLACK_PATH
    message = json.loads(call.body)
    assert set(message) == {"text"}
    assert f"vultr-offboard approve {case['id']} --digest {case['plan_digest']}" in message["text"]
    assert "avery.stone@example.com" in message["text"]
    assert "<" not in message["text"]


def test_attention_is_told_once_however_often_it_is_tried(stage, receiver):
    its = staged(
        stage,
        signed(receiver.url),
        policy={"protected": ["avery.stone@example.com"]},
        retry={"first": "100ms", "ceiling": "200ms"},
    )
    its.offboard.post(senders.departure("avery.stone@example.com"))
    its.offboard.settled("avery.stone@example.com", "attention")
    notice = received(receiver, "case.attention")[0]["data"]["notices"][0]
    assert "protected" in notice["reason"]

    def tries() -> bool:
        return its.offboard.log.count('"case attention"') >= 4

    wait_until(tries, "more tries")
    assert len(events(receiver)) == 1


def test_an_unresolved_delivery_is_told_without_an_email(stage, receiver):
    its = staged(stage, signed(receiver.url))
    body = senders.event(data=[{"email": "two words@example.com"}, {"email": "sam.river@example.com"}])
    id = its.offboard.post(senders.standard(body)).json()["delivery"]
    event = received(receiver, "delivery.unresolved")[0]
    assert event["data"]["notices"][0]["delivery"] == id
    assert event["data"]["notices"][0]["action"] == f"vultr-offboard resolve {id} EMAIL"
    assert b"example.com" not in receiver.calls[0].body


def test_a_sender_that_has_only_refusals_is_told_once_until_it_is_accepted_again(stage, receiver):
    its = staged(stage, signed(receiver.url, events=["refusals"]), policy={"mode": "dry_run"})

    def forge(times: int) -> None:
        for _ in range(times):
            request = senders.departure("avery.stone@example.com")
            request.headers["webhook-signature"] = "v1,d3Jvbmcgc2lnbmF0dXJlIQ=="
            assert its.offboard.post(request).status_code == 401

    forge(4)
    assert its.offboard.post(senders.departure("sam.river@example.com")).status_code == 202
    forge(10)
    # Nothing yet: something was accepted beside them.
    its.offboard.settled("sam.river@example.com", "completed")
    assert receiver.calls == []

    its.offboard.stop()
    its.offboard.start()
    forge(12)
    notices = received(receiver, "sender.refusals")[0]["data"]["notices"]
    assert [notice["sender"] for notice in notices] == ["hr"]


@pytest.mark.parametrize(("minutes", "side"), [(-10, "behind"), (10, "ahead")])
def test_a_clock_that_is_off_is_told_once(stage, receiver, minutes, side):
    its = staged(stage, signed(receiver.url), policy={"mode": "dry_run"})
    at = datetime.now(timezone.utc) + timedelta(minutes=minutes)
    for _ in range(3):
        body = senders.event("avery.stone@example.com")
        assert its.offboard.post(senders.standard(body, at=at)).status_code == 401
    notices = received(receiver, "sender.skew")[0]["data"]["notices"]
    assert len(notices) == 1
    assert side in notices[0]["reason"]


def test_a_wave_of_held_cases_is_summed(stage, receiver):
    world = three_organizations()
    for number in range(12):
        world.person(f"leaver{number}@example.com", ALPHA)
    its = staged(stage, signed(receiver.url, events=["held"]), world=world, policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    received(receiver, "case.held")
    for number in range(12):
        its.offboard.post(senders.departure(f"leaver{number}@example.com"))
    for number in range(12):
        its.offboard.settled(f"leaver{number}@example.com", "held")
    told = received(receiver, "case.held", 2)
    assert [event["data"]["count"] for event in told] == [1, 12]


def test_a_target_that_is_down_is_told_once_it_is_back_under_the_same_id(stage, receiver):
    receiver.answer = lambda call: Answer(500)
    its = staged(stage, signed(receiver.url), policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    wait_until(lambda: len(receiver.calls) >= 2, "two tries")
    its.offboard.kill()
    tried = len(receiver.calls)
    receiver.answer = lambda call: Answer(204, b"")
    its.offboard.start()
    wait_until(lambda: len(receiver.calls) > tried, "another try")
    wait_until(lambda: "notice sent" in its.offboard.log, "the notice is sent")
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1
    assert len({call.body for call in receiver.calls}) == 1
    events(receiver)


def test_what_was_told_is_not_told_again_after_a_kill(stage, receiver):
    its = staged(stage, signed(receiver.url), policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    received(receiver, "case.held")
    wait_until(lambda: "notice sent" in its.offboard.log, "the notice is noted as sent")
    its.offboard.kill()
    its.offboard.start()
    # Another kind, told after it, shows that the first had its chance.
    its.offboard.post(senders.standard(senders.event(data={"name": "nobody"})))
    received(receiver, "delivery.unresolved")
    assert [event["type"] for event in events(receiver)] == ["case.held", "delivery.unresolved"]


def test_a_redirect_is_not_followed(stage, receiver):
    elsewhere = Service(lambda call: Answer(200))
    try:
        receiver.answer = lambda call: Answer(307, headers=(("location", elsewhere.url),))
        its = staged(stage, signed(receiver.url), policy={"approval": "always"})
        its.offboard.post(senders.departure("avery.stone@example.com"))
        wait_until(lambda: len(receiver.calls) >= 2, "a second try")
        assert elsewhere.calls == []
    finally:
        elsewhere.end()


def test_no_secret_and_no_email_reaches_the_log(stage, receiver):
    receiver.answer = lambda call: Answer(500)
    its = staged(
        stage,
        signed(receiver.url),
        slack(),
        slack_url=receiver.url + SLACK_PATH,
        policy={"approval": "always"},
        log={"level": "debug"},
    )
    its.offboard.post(senders.departure("avery.stone@example.com"))
    its.offboard.settled("avery.stone@example.com", "held")
    wait_until(lambda: its.offboard.log.count("a notice was not taken") >= 3, "tries")
    checked = its.offboard.run("check", "--json")
    for told in (its.offboard.log, checked.output, checked.errors):
        assert SECRET.removeprefix("whsec_") not in told
        assert "TELLTALE" not in told
    assert "avery" not in its.offboard.log
    bodies = b"".join(call.body for call in receiver.calls).decode()
    for secret in [SECRET, senders.STANDARD_SECRET, *its.world.environment().values()]:
        assert secret not in bodies
    shown = {target["name"]: target for target in checked.json["notifications"]}
    assert shown["chat"]["host"] == shown["ops"]["host"] == "127.0.0.1"
    assert {"held", "attention", "unresolved", "refusals", "skew"} <= set(shown["ops"]["events"])


def test_wrong_notifications_are_configuration_errors(stage, receiver):
    its = staged(stage, start=False)
    for target, told in [
        (signed("https://ops.example.com", kind="pigeon"), "must be one of"),
        (signed("http://ops.example.com"), "https://"),
        (signed("https://10.0.0.1/"), "not allowed"),
        (signed("https://169.254.169.254/", allow_private=True), "not allowed"),
        (signed("https://user:pass@ops.example.com/"), "user or a password"),
        (signed("https://ops.example.com", events=["hold"]), "is no event"),
        (signed("https://ops.example.com", secret={"env": "NOT_SET"}), "NOT_SET"),
        (signed("https://ops.example.com", secret="whsec_literal"), "a secret must not be written here"),
        ({"name": "ops", "kind": "standard-webhooks", "url": "https://ops.example.com"}, "secret"),
        (slack(secret={"env": "NOTICE_SECRET"}), "not used"),
    ]:
        its.offboard.configure(its.configuration(notifications=[target]))
        done = its.offboard.run("check")
        assert done.status == 78, (target, done)
        assert told in done.errors and "notifications[0]" in done.errors, (target, done.errors)
        assert "literal" not in done.errors and "pass@" not in done.errors
