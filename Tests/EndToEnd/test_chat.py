"""Departures asked for in a chat: who may ask, what is held, who may approve, and what the chat hears."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from urllib.parse import urlencode

import pytest
import slack_sdk.signature

from senders import Request, departure, in_
from service import Answer, Call, Service
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA, World, identifier, three_organizations

SECRET = "a signing secret of Slack, made up"
TEAMS_SECRET = base64.b64encode(b"a token of Microsoft Teams").decode()
AVERY_EMAIL = "avery.stone@example.com"
DANA_EMAIL = "dana.reyes@example.com"
DANA_ID = identifier(f"person {DANA_EMAIL}")
EVERYWHERE = {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}
CANARY = {"name": "hr", "preset": "standard-webhooks", "secrets": [{"env": "HR_SECRET"}]}


class Slack:
    """Slack's side: signs with its own library, and takes messages at response URLs."""

    def __init__(self):
        self.service = Service(lambda call: Answer(200, b'{"ok":true}'))

    def signed(self, body: str) -> Request:
        now = str(int(time.time()))
        signature = slack_sdk.signature.SignatureVerifier(SECRET).generate_signature(timestamp=now, body=body)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": signature,
        }
        return Request("/hooks/slack", body.encode(), headers)

    def command(self, text: str, *, user: str = "U0DANA", team: str = "T01", reply: str = "/commands/1") -> Request:
        fields = {
            "token": "x",
            "team_id": team,
            "user_id": user,
            # Names are anybody's to choose, and never say who it is.
            "user_name": "dana.reyes",
            "command": "/offboard",
            "text": text,
            "response_url": reply if "://" in reply else self.service.url + reply,
            "trigger_id": uuid.uuid4().hex,
        }
        return self.signed(urlencode(fields))

    def press(self, button: dict, *, user: str, team: str = "T01", reply: str = "/actions/1") -> Request:
        payload = {
            "type": "block_actions",
            "user": {"id": user, "name": "morgan.lee"},
            "team": {"id": team},
            "trigger_id": uuid.uuid4().hex,
            "response_url": self.service.url + reply,
            "actions": [{"action_id": button["action_id"], "value": button["value"], "type": "button"}],
        }
        return self.signed(urlencode({"payload": json.dumps(payload)}))

    def messages(self, path: str) -> list[dict]:
        return [json.loads(call.body) for call in list(self.service.calls) if call.target == path]

    def message(self, path: str, containing: str) -> dict:
        def look() -> dict | None:
            return next((m for m in self.messages(path) if containing in m["text"]), None)

        return wait_until(look, f"a message at {path} with {containing!r}; there are {self.messages(path)}")


@pytest.fixture
def slack():
    made = Slack()
    yield made
    made.service.end()


def a_world() -> World:
    """The leaver everywhere; whoever asks is a member, too."""
    world = three_organizations()
    world.person(DANA_EMAIL, ALPHA)
    return world


def chat(**fields: object) -> dict:
    allowed = {"teams": ["T01"], "users": ["U0DANA", "U0MORGAN"], "response_hosts": ["127.0.0.1"]}
    return {"name": "slack", "preset": "slack", "secrets": [{"env": "SLACK_SECRET"}], "chat": {**allowed, **fields}}


def staged(stage, sender: dict | None = None, **sections: object):
    its = stage(a_world(), start=False, senders=[sender or chat(), CANARY], **sections)
    its.offboard.environment.update({"SLACK_SECRET": SECRET, "TEAMS_SECRET": TEAMS_SECRET})
    its.offboard.start()
    return its


def buttons(message: dict) -> dict[str, dict]:
    (actions,) = (block for block in message["blocks"] if block["type"] == "actions")
    return {element["action_id"]: element for element in actions["elements"]}


def asked(its, slack: Slack, text: str = AVERY_EMAIL, **fields: str) -> tuple[dict, dict[str, dict]]:
    """Asks, and waits for the plan; the case and the buttons."""
    its.offboard.post(slack.command(text, **fields))
    message = slack.message("/commands/1", "Remove")
    return its.offboard.settled(AVERY_EMAIL, "held"), buttons(message)


def reasons(its) -> str:
    """Why deliveries are ignored, as a person reads it."""
    return its.offboard.run("deliveries").output


def nothing_happens(its) -> None:
    """A later departure is done, and nobody else is gone."""
    its.offboard.post(departure("colleague0.alpha@example.com"))
    its.offboard.settled("colleague0.alpha@example.com", "completed")
    assert its.gone == {(ALPHA, identifier("person colleague0.alpha@example.com"))}


def test_one_asks_another_approves_and_the_person_is_gone(stage, slack):
    its = staged(stage)
    began = time.monotonic()
    answer = its.offboard.post(slack.command(AVERY_EMAIL))
    assert time.monotonic() - began < 3
    assert answer.status_code == 200
    assert answer.json() == {"response_type": "ephemeral", "text": f"Looking up {AVERY_EMAIL} …"}
    plan = slack.message("/commands/1", "Remove")
    assert plan["response_type"] == "in_channel"
    assert all(name in plan["text"] for name in ["Alpha", "Beta", "Gamma", AVERY_EMAIL, "<@U0DANA>"])
    held = its.offboard.settled(AVERY_EMAIL, "held")
    assert held["asked_by"] == "slack:T01/U0DANA" and "approved_by" not in held
    assert its.gone == set()

    press = slack.press(buttons(plan)["offboard.approve"], user="U0MORGAN")
    answer = its.offboard.post(press)
    assert (answer.status_code, answer.content) == (200, b"")
    done = its.offboard.settled(AVERY_EMAIL, "completed")
    assert done["result"] == "removed"
    assert (done["asked_by"], done["approved_by"]) == ("slack:T01/U0DANA", "slack:T01/U0MORGAN")
    assert its.gone == EVERYWHERE
    assert (ALPHA, DANA_ID) in its.simulator.members()
    outcome = slack.message("/actions/1", "was removed from every organization")
    assert outcome["replace_original"] is True
    assert "blocks" not in outcome
    assert "<@U0MORGAN>" in outcome["text"]
    shown = its.offboard.run("show", done["id"]).output
    assert "asked by slack:T01/U0DANA" in shown and "by slack:T01/U0MORGAN" in shown

    # The same press again is a repetition of it, and changes nothing.
    assert its.offboard.post(press).status_code == 200
    assert len(its.offboard.deliveries()) == 2
    # Each thing was told once, and no line of the log names anybody.
    assert [len(slack.messages(path)) for path in ["/commands/1", "/actions/1"]] == [1, 1]
    assert "example.com" not in its.offboard.log and "/actions/1" not in its.offboard.log


def test_cancel_ends_the_case_and_removes_nobody(stage, slack):
    its = staged(stage)
    case, found = asked(its, slack, f"<mailto:{AVERY_EMAIL}|{AVERY_EMAIL}>")
    its.offboard.post(slack.press(found["offboard.cancel"], user="U0DANA"))
    ended = its.offboard.settled(AVERY_EMAIL, "refused")
    assert ended["id"] == case["id"] and ended["reason"] == "refused by slack:T01/U0DANA"
    slack.message("/actions/1", "Nobody was removed")
    # Approving it now is too late, and said so.
    its.offboard.post(slack.press(found["offboard.approve"], user="U0MORGAN", reply="/actions/2"))
    assert slack.message("/actions/2", "nothing was done")["response_type"] == "ephemeral"
    nothing_happens(its)


@pytest.mark.parametrize(("team", "user"), [("T99", "U0DANA"), ("T01", "U0ELSE"), ("T99", "U0ELSE")])
def test_a_stranger_is_refused_politely_and_nothing_happens(stage, slack, team, user):
    its = staged(stage)
    answer = its.offboard.post(slack.command(AVERY_EMAIL, team=team, user=user))
    assert answer.status_code == 200
    assert answer.json()["response_type"] == "ephemeral" and "Sorry" in answer.json()["text"]
    wait_until(lambda: its.offboard.deliveries()[0]["state"] == "ignored", "the delivery is read")
    assert f"slack:{team}/{user} is not among chat.teams and chat.users" in reasons(its)
    assert its.offboard.cases() == []
    nothing_happens(its)
    assert slack.service.calls == []


def test_a_strangers_press_is_refused_politely(stage, slack):
    its = staged(stage)
    _, found = asked(its, slack)
    for number, (team, user) in enumerate([("T99", "U0MORGAN"), ("T01", "U0ELSE")], 1):
        press = slack.press(found["offboard.approve"], team=team, user=user, reply=f"/actions/{number}")
        assert its.offboard.post(press).status_code == 200
        assert slack.message(f"/actions/{number}", "Sorry")["response_type"] == "ephemeral"
    assert its.offboard.case(AVERY_EMAIL)["state"] == "held"
    nothing_happens(its)


def test_with_four_eyes_whoever_asked_may_not_approve(stage, slack):
    its = staged(stage, policy={"four_eyes": True})
    case, found = asked(its, slack)
    its.offboard.post(slack.press(found["offboard.approve"], user="U0DANA"))
    refusal = slack.message("/actions/1", "four_eyes")
    assert refusal["response_type"] == "ephemeral" and refusal["replace_original"] is False
    assert its.offboard.case(AVERY_EMAIL)["state"] == "held"
    its.offboard.post(slack.press(found["offboard.approve"], user="U0MORGAN", reply="/actions/2"))
    its.offboard.settled(AVERY_EMAIL, "completed")
    assert its.gone == EVERYWHERE
    slack.message("/actions/2", "was removed")


def test_with_four_eyes_the_command_line_may_not_approve_what_it_asked_for(stage, slack):
    its = staged(stage, policy={"four_eyes": True, "approval": "always"})
    its.offboard.run("remove", AVERY_EMAIL, "--yes")
    held = its.offboard.settled(AVERY_EMAIL, "held")
    assert held["asked_by"]
    done = its.offboard.run("approve", held["id"], "--yes")
    assert done.status == 1 and "four_eyes" in done.errors
    assert its.offboard.case(AVERY_EMAIL)["state"] == "held"
    assert its.gone == set()


def test_a_button_of_another_plan_is_refused(stage, slack):
    its = staged(stage)
    case, found = asked(its, slack)
    button = found["offboard.approve"]
    other = {**button, "value": f"{case['id']} {'0' * 64}"}
    its.offboard.post(slack.press(other, user="U0MORGAN"))
    assert "the plan has changed" in slack.message("/actions/1", "Sorry")["text"]
    assert its.offboard.case(AVERY_EMAIL)["state"] == "held"
    nothing_happens(its)


def test_a_case_that_nobody_asked_for_in_this_chat_cannot_be_approved_in_it(stage, slack):
    its = staged(stage, policy={"approval": "always"})
    its.offboard.post(departure(AVERY_EMAIL))
    held = its.offboard.settled(AVERY_EMAIL, "held")
    button = {"action_id": "offboard.approve", "value": f"{held['id']} {held['plan_digest']}"}
    its.offboard.post(slack.press(button, user="U0MORGAN"))
    slack.message("/actions/1", "not asked for in this chat")
    assert its.offboard.case(AVERY_EMAIL)["state"] == "held"
    assert its.gone == set()


@pytest.mark.parametrize("text", ["", "help", f"{AVERY_EMAIL} {DANA_EMAIL}", f"<mailto:{AVERY_EMAIL}|{DANA_EMAIL}>"])
def test_a_text_that_is_not_one_email_is_answered_with_help(stage, slack, text):
    its = staged(stage)
    answer = its.offboard.post(slack.command(text))
    assert answer.status_code == 200 and "exactly one email" in answer.json()["text"]
    wait_until(lambda: its.offboard.deliveries()[0]["state"] == "ignored", "the delivery is read")
    assert "slack:T01/U0DANA: the " in reasons(its) and "example.com" not in reasons(its)
    nothing_happens(its)


def test_no_other_host_is_ever_called(stage, slack):
    its = staged(stage, chat(response_hosts=["hooks.slack.com"]))
    replies = ["/commands/1", "https://hooks.slack.com@127.0.0.1/x", "http://hooks.slack.com.example.com/x"]
    for number, reply in enumerate(replies, 1):
        its.offboard.post(slack.command(AVERY_EMAIL, reply=reply))
        # One after the other, since a plan is told at the newest place only.
        its.offboard.settled(AVERY_EMAIL, "held")
        wait_until(lambda: its.offboard.log.count("a chat message was given up") == number, "the message is given up")
    assert slack.service.calls == []


def test_the_plan_is_posted_again_until_it_is_taken(stage, slack):
    its = staged(stage)
    taken = iter([503, 500])

    def answer(call: Call) -> Answer:
        return Answer(next(taken, 200))

    slack.service.answer = answer
    asked(its, slack)
    wait_until(lambda: len(slack.messages("/commands/1")) == 3, "the plan is taken")
    assert len({json.dumps(message) for message in slack.messages("/commands/1")}) == 1
    its.offboard.stop()
    its.offboard.start()
    nothing_happens(its)
    assert len(slack.messages("/commands/1")) == 3


def test_a_sender_that_need_not_ask_does_not_wait_for_the_chat(stage, slack):
    its = staged(stage)
    case, found = asked(its, slack)
    its.offboard.post(departure(AVERY_EMAIL))
    done = its.offboard.settled(AVERY_EMAIL, "completed")
    assert (done["sender"], done["result"]) == ("hr", "removed")
    slack.message("/commands/1", "Nobody was removed")
    assert its.gone == EVERYWHERE


def test_a_chat_does_not_hasten_what_was_put_off(stage, slack):
    its = staged(stage)
    its.offboard.post(departure(AVERY_EMAIL, effective_at=in_(days=2)))
    its.offboard.settled(AVERY_EMAIL, "scheduled")
    its.offboard.post(slack.command(AVERY_EMAIL))
    slack.message("/commands/1", "waits for its time")
    nothing_happens(its)
    assert its.offboard.case(AVERY_EMAIL)["state"] == "scheduled"


def teams(body: dict) -> Request:
    """Signed as Microsoft documents it."""
    text = json.dumps(body).encode()
    signature = base64.b64encode(hmac.digest(base64.b64decode(TEAMS_SECRET), text, hashlib.sha256)).decode()
    return Request("/hooks/teams", text, {"Content-Type": "application/json", "Authorization": f"HMAC {signature}"})


def mention(text: str, user: str = "1111", tenant: str | None = None) -> Request:
    body = {
        "type": "message",
        "id": uuid.uuid4().hex,
        "from": {"name": "Dana Reyes", "aadObjectId": user},
        "text": text,
    }
    if tenant:
        body["channelData"] = {"tenant": {"id": tenant}}
    return teams(body)


def test_teams_says_where_to_approve(stage):
    sender = {"name": "teams", "preset": "teams", "secrets": [{"env": "TEAMS_SECRET"}], "chat": {"users": ["1111"]}}
    its = staged(stage, sender)
    assert "Sorry" in its.offboard.post(mention(f"<at>Offboard</at>&nbsp;{AVERY_EMAIL}", user="2222")).json()["text"]
    answer = its.offboard.post(mention(f"<at>Offboard</at>&nbsp;{AVERY_EMAIL}"))
    assert answer.status_code == 200
    assert answer.json()["type"] == "message"
    assert "vultr-offboard cases --state held" in answer.json()["text"]
    held = its.offboard.settled(AVERY_EMAIL, "held")
    assert held["asked_by"] == "teams:1111"
    assert its.gone == set()
    assert its.offboard.run("approve", held["id"], "--digest", held["plan_digest"]).status == 0
    assert its.gone == EVERYWHERE


def test_a_list_of_teams_counts_for_microsoft_teams_too(stage):
    allowed = {"users": ["1111"], "teams": ["tenant-1"]}
    sender = {"name": "teams", "preset": "teams", "secrets": [{"env": "TEAMS_SECRET"}], "chat": allowed}
    its = staged(stage, sender)
    assert "Sorry" in its.offboard.post(mention(AVERY_EMAIL)).json()["text"]
    assert "Sorry" in its.offboard.post(mention(AVERY_EMAIL, tenant="tenant-2")).json()["text"]
    assert "Looking up" in its.offboard.post(mention(AVERY_EMAIL, tenant="tenant-1")).json()["text"]
    assert its.offboard.settled(AVERY_EMAIL, "held")["asked_by"] == "teams:tenant-1/1111"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"chat": {"users": ["U0DANA"]}}, "chat.teams: is missing"),
        ({"chat": {"teams": ["T01"]}}, "chat.users: is missing"),
        ({"chat": {"teams": [], "users": ["U0DANA"]}}, "must name at least one team"),
        ({"chat": {"teams": ["T01"], "users": ["U0DANA"], "response_hosts": ["https://x"]}}, "is no host's name"),
        ({"preset": "github"}, "is for chat tools only"),
    ],
)
def test_a_wrong_chat_is_an_error_of_the_configuration(stage, change, problem):
    its = stage(a_world(), start=False, senders=[{**chat(), **change}])
    its.offboard.environment["SLACK_SECRET"] = SECRET
    done = its.offboard.run("check")
    assert done.status == 78 and problem in done.errors, done.errors
