"""From a signed webhook to an empty seat in every organization, and nobody else's."""

from __future__ import annotations

import pytest

import senders
from offboard import outcomes
from world import ALPHA, AVERY, BETA, GAMMA, World, three_organizations

EVERYWHERE = {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}


def test_a_signed_departure_removes_the_person_from_every_organization_and_nobody_else(stage):
    its = stage()
    answer = its.offboard.post(senders.departure("avery.stone@example.com"))
    assert answer.status_code == 202
    assert answer.json() == {"status": "accepted", "delivery": answer.json()["delivery"]}

    case = its.offboard.settled("avery.stone@example.com")
    assert (case["state"], case["result"], case["reason"]) == ("completed", "removed", None)
    assert outcomes(case) == {ALPHA: "removed", BETA: "removed", GAMMA: "removed"}
    assert sorted(its.simulator.deletes()) == sorted(EVERYWHERE)
    assert its.gone == EVERYWHERE


def test_a_repeated_delivery_answers_with_the_first_ones_id_and_removes_nobody(stage):
    its = stage()
    request = senders.departure("avery.stone@example.com")
    first = its.offboard.post(request)
    its.offboard.settled("avery.stone@example.com", "completed")

    again = its.offboard.post(request)
    assert again.status_code == 200
    assert again.json() == {"status": "duplicate", "delivery": first.json()["delivery"]}
    # Another person's departure, done after it, shows that the repetition had its chance.
    its.offboard.post(senders.departure("colleague0.alpha@example.com"))
    its.offboard.settled("colleague0.alpha@example.com", "completed")
    assert len(its.simulator.deletes()) == 4
    assert len(its.offboard.deliveries()) == 2


def near_misses() -> list[str]:
    return [
        "kavery.stone@example.com",
        "avery.stonee@example.com",
        "avery.stone+vultr@example.com",
        "averystone@example.com",
        "a.very.stone@example.com",
        "avery.stone@example.org",
        "avery.stone@mail.example.com",
        "avery.stone@example.com.example.net",
        "avery.stone@example.co",
        "avery.st\u00f6ne@example.com",
        "ａｖｅｒｙ.stone@example.com",
        "avery.stone@example.com\u200b",
        "avery.ſtone@example.com",
    ]


def test_people_with_almost_the_same_email_stay_members(stage):
    world = three_organizations()
    for email in near_misses():
        world.person(email, ALPHA, BETA, GAMMA)
    its = stage(world)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    its.offboard.settled("avery.stone@example.com", "completed")
    assert its.gone == EVERYWHERE
    assert sorted(its.simulator.deletes()) == sorted(EVERYWHERE)


@pytest.mark.parametrize(
    ("leaver", "other"),
    [
        ("kim.park@example.com", "\u212aim.park@example.com"),
        ("jess.weiss@example.com", "jess.wei\u00df@example.com"),
        ("jess.wei\u00df@example.com", "jess.weiss@example.com"),
        ("ivo.lund@example.com", "\u0130vo.lund@example.com"),
        ("\u00e9lise@example.com", "\u00c9lise@example.com"),
    ],
)
def test_letters_that_only_look_or_fold_alike_are_other_people(stage, leaver, other):
    world = three_organizations(None)
    gone = world.person(leaver, ALPHA)
    world.person(other, ALPHA, BETA)
    its = stage(world)
    its.offboard.post(senders.departure(leaver))
    case = its.offboard.settled(leaver, "completed")
    assert case["result"] == "removed"
    assert its.gone == {(ALPHA, gone)}
    assert its.simulator.deletes() == [(ALPHA, gone)]


def test_another_case_of_a_to_z_is_the_same_person(stage):
    its = stage(three_organizations("Avery.STONE@Example.com"))
    its.offboard.post(senders.departure("aVERY.stone@eXAMPLE.COM"))
    its.offboard.settled("avery.stone@example.com", "completed")
    assert its.gone == EVERYWHERE


def test_the_composed_and_the_decomposed_form_of_a_letter_are_the_same(stage):
    world = three_organizations(None)
    gone = world.person("e\u0301lise@example.com", ALPHA)
    its = stage(world)
    its.offboard.post(senders.departure("\u00e9lise@example.com"))
    its.offboard.settled("\u00e9lise@example.com", "completed")
    assert its.gone == {(ALPHA, gone)}


def test_the_github_preset_reads_its_own_event(stage):
    its = stage()
    body = b'{"action":"employee_departed","employee":{"email":"avery.stone@example.com","previous_emails":[]}}'
    assert its.offboard.post(senders.github(body)).status_code == 202
    assert its.offboard.settled("avery.stone@example.com")["result"] == "removed"
    assert its.gone == EVERYWHERE


def test_the_github_preset_finds_people_by_previous_emails(stage):
    its = stage()
    body = (
        b'{"action":"employee_departed","employee":'
        b'{"email":"a.stone-ng@example.com","previous_emails":["avery.stone@example.com"]}}'
    )
    its.offboard.post(senders.github(body))
    assert its.offboard.settled("a.stone-ng@example.com")["result"] == "removed"
    assert its.gone == EVERYWHERE


def test_the_svix_client_is_understood(stage):
    its = stage()
    assert its.offboard.post(senders.svix_signed(senders.event("avery.stone@example.com"))).status_code == 202
    its.offboard.settled("avery.stone@example.com", "completed")
    assert its.gone == EVERYWHERE


def test_several_people_in_one_delivery_all_leave(stage):
    world = three_organizations()
    sam = world.person("sam.river@example.com", ALPHA, GAMMA)
    its = stage(world)
    body = senders.event(data=[{"email": "avery.stone@example.com"}, {"email": "sam.river@example.com"}])
    its.offboard.post(senders.standard(body))
    its.offboard.settled("avery.stone@example.com", "completed")
    its.offboard.settled("sam.river@example.com", "completed")
    assert its.gone == EVERYWHERE | {(ALPHA, sam), (GAMMA, sam)}
    delivery = its.offboard.deliveries()[0]
    assert delivery["state"] == "interpreted"
    assert len(delivery["cases"]) == 2


def test_aliases_lead_to_the_same_person(stage):
    world = World()
    alpha, beta = world.organization("Alpha"), world.organization("Beta")
    world.key("alpha", alpha)
    world.key("beta", beta)
    under_new_name = world.person("avery.ng@example.com", alpha)
    under_old_name = world.person("avery.stone@example.com", beta)
    its = stage(world)
    its.offboard.post(senders.departure("avery.stone@example.com", aliases=["avery.ng@example.com"]))
    case = its.offboard.settled("avery.stone@example.com")
    assert case["result"] == "removed"
    assert its.gone == {(alpha, under_new_name), (beta, under_old_name)}


def test_a_future_departure_waits_for_its_time(stage):
    its = stage()
    its.offboard.post(senders.departure("avery.stone@example.com", effective_at=senders.in_(days=3)))
    its.offboard.post(senders.departure("colleague0.alpha@example.com", effective_at=senders.in_(seconds=3)))
    case = its.offboard.settled("avery.stone@example.com", "scheduled")
    assert case["result"] is None
    assert case["finished_at"] is None
    its.offboard.settled("colleague0.alpha@example.com", "completed")
    assert its.simulator.organizations_of(AVERY) == {ALPHA, BETA, GAMMA}


def test_someone_whom_no_organization_knows_has_no_account(stage):
    its = stage(three_organizations(None))
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com")
    assert (case["state"], case["result"], case["removals"]) == ("completed", "no_account", [])
    assert its.simulator.deletes() == []


def test_a_suspended_member_is_removed_too(stage):
    world = three_organizations(None)
    avery = world.person("avery.stone@example.com", ALPHA, BETA, suspended=[BETA])
    its = stage(world)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    its.offboard.settled("avery.stone@example.com", "completed")
    assert its.gone == {(ALPHA, avery), (BETA, avery)}


@pytest.mark.parametrize("field", ["uuid", "user_id"])
def test_the_id_of_a_suspended_row_may_have_another_name(stage, field):
    world = three_organizations(None, suspended_id_field=field)
    avery = world.person("avery.stone@example.com", BETA, suspended=[BETA])
    its = stage(world)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    its.offboard.settled("avery.stone@example.com", "completed")
    assert its.gone == {(BETA, avery)}


def test_one_key_that_reaches_every_organization_is_enough(stage):
    world = World()
    alpha, beta, gamma = (world.organization(name) for name in ("Alpha", "Beta", "Gamma"))
    world.key(
        "root",
        alpha,
        lists="all",
        reach="listed",
        users_list="all",
        configured={"users_list": "all_organizations"},
    )
    avery = world.person("avery.stone@example.com", alpha, gamma)
    its = stage(world)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com")
    assert case["result"] == "removed"
    assert outcomes(case) == {alpha: "removed", beta: "absent", gamma: "removed"}
    assert its.gone == {(alpha, avery), (gamma, avery)}


def test_every_call_is_well_formed(stage):
    its = stage()
    its.offboard.post(senders.departure("avery.stone@example.com"))
    its.offboard.settled("avery.stone@example.com", "completed")
    calls = its.simulator.calls()
    assert calls
    assert all(call["headers_ok"] for call in calls)
