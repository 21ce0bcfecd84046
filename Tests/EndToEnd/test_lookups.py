"""Senders that send an id and no email: it is asked for at a configured place, and `resolve` where that fails."""

from __future__ import annotations

import getpass
import json
import threading

import pytest

import senders
from service import Answer, Call
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA, three_organizations

EVERYWHERE = {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}
TOKEN = "Bearer TELLTALE-LOOKUP-TOKEN"


def person(email: object) -> Answer:
    return Answer(200, json.dumps({"work": {"email": email}}).encode())


def sender(base: str, **fields: object) -> dict:
    return {
        "name": "hr",
        "preset": "standard-webhooks",
        "secrets": [{"env": "HR_SECRET"}],
        "lookup": {
            "url": f"{base}/people/{{id}}?fields=work",
            "id": "$.employee",
            "header": {"Authorization": {"env": "LOOKUP_TOKEN"}},
            "email": ["$.work.email", "$.email"],
            "allow_private": True,
            **fields,
        },
    }


def staged(stage, url: str, world=None, *, lookup: dict | None = None, start: bool = True, **sections: object):
    its = stage(world, start=False, senders=[sender(url, **(lookup or {}))], **sections)
    its.offboard.environment["LOOKUP_TOKEN"] = TOKEN
    if start:
        its.offboard.start()
    return its


def departure(employee: object, **fields: object) -> senders.Request:
    return senders.standard(senders.event(data={"employee": employee, **fields}))


def state(its, id: str) -> str:
    return next(one["state"] for one in its.offboard.deliveries() if one["id"] == id)


def delivered(its, request: senders.Request) -> str:
    answer = its.offboard.post(request)
    assert answer.status_code == 202
    return answer.json()["delivery"]


def reaches(its, id: str, wanted: str) -> None:
    wait_until(lambda: state(its, id) == wanted, f"delivery {wanted}")


def test_the_email_is_asked_for_and_the_person_removed(stage, service):
    directory = service(lambda call: person("avery.stone@example.com"))
    its = staged(stage, directory.url)
    id = delivered(its, departure("E-1042"))
    case = its.offboard.settled("avery.stone@example.com")
    assert (case["state"], case["result"], case["sender"]) == ("completed", "removed", "hr")
    assert its.gone == EVERYWHERE
    assert state(its, id) == "interpreted"
    assert [(call.method, call.target) for call in directory.calls] == [("GET", "/people/E-1042?fields=work")]
    assert directory.calls[0].headers["authorization"] == TOKEN
    assert TOKEN not in its.offboard.log and "TELLTALE" not in its.offboard.log


@pytest.mark.parametrize(
    ("employee", "segment"),
    [
        ("../admin", "..%2Fadmin"),
        ("a/b?c=d#e&f", "a%2Fb%3Fc%3Dd%23e%26f"),
        ("%2e%2e%2f", "%252e%252e%252f"),
        ("x@evil.example:80/", "x%40evil.example%3A80%2F"),
        ("é \r\nX: y", "%C3%A9%20%0D%0AX%3A%20y"),
        (42, "42"),
    ],
)
def test_an_id_stays_within_its_place_in_the_path(stage, service, employee, segment):
    directory = service(lambda call: person("avery.stone@example.com"))
    its = staged(stage, directory.url, policy={"mode": "dry_run"})
    delivered(its, departure(employee))
    its.offboard.settled("avery.stone@example.com", "completed")
    assert [call.target for call in directory.calls] == [f"/people/{segment}?fields=work"]


@pytest.mark.parametrize("employee", ["..", ".", "", "x" * 257, ["a", "b"], None])
def test_an_id_that_cannot_be_asked_for_is_unresolved_and_nobody_is_called(stage, service, employee):
    directory = service(lambda call: person("avery.stone@example.com"))
    its = staged(stage, directory.url)
    id = delivered(its, departure(employee))
    reaches(its, id, "unresolved")
    assert directory.calls == []
    assert its.simulator.deletes() == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404),
        Answer(200, b"no json"),
        Answer(200, b"{}"),
        person(None),
        person(""),
        person("two words@example.com"),
        person(["avery.stone@example.com"]),
        Answer(200, b'{"work":{"email":"avery.stone@example.com","email":"sam.river@example.com"}}'),
        Answer(200, b'{"work":{"email":"avery.stone@example.com"},"x":"' + b"y" * 70_000 + b'"}'),
    ],
    ids=["404", "text", "empty", "null", "blank", "space", "list", "twice", "large"],
)
def test_an_answer_without_a_usable_email_is_unresolved(stage, service, answer):
    directory = service(lambda call: answer)
    its = staged(stage, directory.url)
    id = delivered(its, departure("E-1"))
    reaches(its, id, "unresolved")
    assert its.offboard.cases() == []
    assert len(directory.calls) == 1
    warned = [line for line in its.offboard.log.splitlines() if id in line and '"warning"' in line]
    assert warned
    assert "example.com" not in "".join(warned)


def test_a_service_in_trouble_is_asked_again_until_it_answers(stage, service):
    answers = iter([Answer(500), Answer(401), Answer(302, headers=(("location", "/people/elsewhere"),)), Answer(429)])
    directory = service(lambda call: next(answers, None) or person("avery.stone@example.com"))
    its = staged(stage, directory.url)
    id = delivered(its, departure("E-1"))
    assert its.offboard.settled("avery.stone@example.com")["result"] == "removed"
    assert state(its, id) == "interpreted"
    # The redirect was not followed.
    assert {call.target for call in directory.calls} == {"/people/E-1?fields=work"}
    assert len(directory.calls) == 5


def test_a_service_that_is_down_is_asked_again_after_a_restart(stage, service):
    directory = service(lambda call: Answer(503))
    its = staged(stage, directory.url)
    id = delivered(its, departure("E-1"))
    wait_until(lambda: directory.calls, "a question")
    assert state(its, id) == "accepted"
    its.offboard.kill()
    directory.answer = lambda call: person("avery.stone@example.com")
    its.offboard.start()
    assert its.offboard.settled("avery.stone@example.com")["result"] == "removed"
    reaches(its, id, "interpreted")


def test_others_in_the_delivery_are_not_held_up(stage, service):
    held = threading.Event()

    def answer(call: Call) -> Answer:
        held.wait(60)
        return person("avery.stone@example.com")

    directory = service(answer)
    world = three_organizations()
    sam = world.person("sam.river@example.com", ALPHA)
    its = staged(stage, directory.url, world)
    body = senders.event(data=[{"email": "sam.river@example.com"}, {"employee": "E-1"}])
    id = delivered(its, senders.standard(body))
    assert its.offboard.settled("sam.river@example.com")["result"] == "removed"
    assert its.gone == {(ALPHA, sam)}
    assert state(its, id) == "accepted"
    held.set()
    its.offboard.settled("avery.stone@example.com", "completed")
    reaches(its, id, "interpreted")
    assert its.gone == EVERYWHERE | {(ALPHA, sam)}


def test_a_long_trouble_is_shown_as_unresolved_and_still_answered(stage, service):
    directory = service(lambda call: Answer(503))
    its = staged(stage, directory.url, retry={"first": "100ms", "ceiling": "500ms", "attention_after": "1s"})
    id = delivered(its, departure("E-1"))
    reaches(its, id, "unresolved")
    directory.answer = lambda call: person("avery.stone@example.com")
    assert its.offboard.settled("avery.stone@example.com")["result"] == "removed"
    reaches(its, id, "interpreted")


def test_without_allow_private_a_service_in_the_own_network_is_never_called(stage, service):
    directory = service(lambda call: person("avery.stone@example.com"))
    its = staged(stage, directory.url, lookup={"allow_private": False}, start=False)
    done = its.offboard.run("check")
    assert done.status == 78
    assert "lookup.url" in done.errors

    # Nor by a name that only leads there: the scheme is right, the address is not.
    secure = f"https://localhost.localdomain:{directory.port}"
    its.offboard.configure(its.configuration(senders=[sender(secure, allow_private=False)]))
    its.offboard.start()
    id = delivered(its, departure("E-1"))
    wait_until(lambda: "lookup in trouble" in its.offboard.log, "a trouble in the log")
    assert state(its, id) == "accepted"
    assert directory.calls == []


def test_wrong_lookups_are_configuration_errors(stage):
    its = staged(stage, "https://api.example.com", start=False)
    for fields, key in [
        ({"url": "https://api.example.com/people"}, "lookup.url"),
        ({"url": "https://{id}.example.com/people"}, "lookup.url"),
        ({"url": "https://api.example.com/people?id={id}"}, "lookup.url"),
        ({"url": "https://api.example.com/{id}/{id}"}, "lookup.url"),
        ({"url": "http://api.example.com/{id}", "allow_private": False}, "lookup.url"),
        ({"url": "https://169.254.169.254/{id}"}, "lookup.url"),
        ({"header": {"Authorization": "Bearer literal"}}, "lookup.header"),
        ({"header": {"Host": {"env": "LOOKUP_TOKEN"}}}, "lookup.header"),
        ({"header": {"Authorization": {"env": "NOT_SET"}}}, "lookup.header"),
        ({"emial": []}, "lookup.emial"),
    ]:
        its.offboard.configure(its.configuration(senders=[sender("https://api.example.com", **fields)]))
        done = its.offboard.run("check")
        assert done.status == 78, (fields, done)
        assert key in done.errors, (fields, done.errors)
        assert "literal" not in done.errors.replace("a secret must not be written here", "")


def test_a_person_resolves_a_delivery_that_names_nobody(stage):
    its = stage()
    id = delivered(its, departure("E-1"))
    reaches(its, id, "unresolved")

    assert its.offboard.run("resolve", id, "avery.stone@example.com").status == 64
    assert its.offboard.run("resolve", id, "two words@example.com", "--yes").status == 64
    unknown = its.offboard.run("resolve", "d_unknown", "avery.stone@example.com", "--yes")
    assert (unknown.status, unknown.output) == (64, "")

    done = its.offboard.run("resolve", id, "Avery.Stone@example.com", "--yes", "--json")
    assert done.status == 0, done
    case = done.json
    assert (case["email"], case["sender"], case["result"]) == ("avery.stone@example.com", "hr", "removed")
    assert its.gone == EVERYWHERE
    delivery = its.offboard.deliveries()[0]
    assert (delivery["state"], delivery["cases"]) == ("interpreted", [case["id"]])
    assert case["received_at"] == delivery["received_at"]
    shown = its.offboard.run("deliveries").output
    assert f"resolved by {getpass.getuser()}" in shown

    again = its.offboard.run("resolve", id, "sam.river@example.com", "--yes")
    assert again.status == 1
    assert "interpreted" in again.errors


def test_a_delivery_about_two_people_stays_unresolved_until_both_are_named(stage):
    world = three_organizations()
    sam = world.person("sam.river@example.com", BETA)
    its = stage(world)
    id = delivered(its, senders.standard(senders.event(data=[{"employee": "E-1"}, {"employee": "E-2"}])))
    reaches(its, id, "unresolved")
    assert its.offboard.run("resolve", id, "avery.stone@example.com", "--yes").status == 0
    assert state(its, id) == "unresolved"
    assert its.offboard.run("resolve", id, "sam.river@example.com", "--yes").status == 0
    assert state(its, id) == "interpreted"
    assert its.gone == EVERYWHERE | {(BETA, sam)}


def test_what_else_the_event_says_counts_for_the_person_who_is_named(stage):
    its = stage()
    at = senders.in_(days=2)
    id = delivered(its, departure("E-1", effective_at=at))
    reaches(its, id, "unresolved")
    assert its.offboard.run("resolve", id, "avery.stone@example.com", "--yes").status == 0
    assert its.offboard.case("avery.stone@example.com")["state"] == "scheduled"

    back = senders.standard(senders.event(type="employee.reinstated", data={"employee": "E-1"}))
    id = delivered(its, back)
    reaches(its, id, "unresolved")
    its.offboard.run("resolve", id, "avery.stone@example.com", "--yes")
    assert its.offboard.case("avery.stone@example.com")["state"] == "cancelled"
    assert its.gone == set()


def test_a_protected_person_stays_whoever_resolves(stage):
    its = stage(policy={"protected": ["avery.stone@example.com"]})
    id = delivered(its, departure("E-1"))
    reaches(its, id, "unresolved")
    assert its.offboard.run("resolve", id, "avery.stone@example.com", "--yes").status == 1
    assert its.gone == set()
