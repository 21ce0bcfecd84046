"""Many people, many organizations, and lists that come in awkward pages."""

from __future__ import annotations

import pytest

import senders
from offboard import outcomes
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA, World, three_organizations

EVERYWHERE = {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}
ORGANIZATIONS = [f"0a000000-0000-4000-8000-{number:012}" for number in range(1, 61)]


def large(**switches: object) -> World:
    """1,200 people in each of 60 organizations, and one key that lists and reaches them all."""
    world = World(**switches)
    world.generate = {"organizations": 60, "users": 1200, "every_user_in": "all"}
    configured = {"users_list": "all_organizations"}
    world.key("root", ORGANIZATIONS[0], lists="all", reach="listed", users_list="all", configured=configured)
    return world


@pytest.mark.parametrize("cursor", ["opaque", "offset"])
def test_1200_people_in_60_organizations(stage, cursor):
    its = stage(large(cursor=cursor))
    leaver = "0b000000-0000-4000-8000-000000001111"
    its.offboard.post(senders.departure("person1111@example.com"))
    case = its.offboard.settled("person1111@example.com", within=90)
    assert case["result"] == "removed"
    expected = {(organization, leaver) for organization in ORGANIZATIONS}
    assert its.gone == expected
    assert sorted(its.simulator.deletes()) == sorted(expected)
    assert set(outcomes(case)) == set(ORGANIZATIONS)


def test_60_organizations_with_a_key_each(stage):
    world = World(per_page_max=100)
    world.generate = {"organizations": 60, "users": 1200, "every_user_in": "all"}
    for number, organization in enumerate(ORGANIZATIONS):
        world.key(f"key{number}", organization)
    its = stage(world)
    leaver = "0b000000-0000-4000-8000-000000000777"
    its.offboard.post(senders.departure("person777@example.com"))
    case = its.offboard.settled("person777@example.com", within=120)
    assert case["result"] == "removed"
    assert its.gone == {(organization, leaver) for organization in ORGANIZATIONS}
    assert len(its.simulator.deletes()) == 60


def test_the_last_row_of_the_last_page_is_found(stage):
    world = three_organizations(None, per_page_max=2)
    avery = world.person("avery.stone@example.com", GAMMA, id="zz-last-of-all")
    its = stage(world)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    assert its.offboard.settled("avery.stone@example.com")["result"] == "removed"
    assert its.gone == {(GAMMA, avery)}


@pytest.mark.parametrize("fault", ["short_list", "missing_meta", "repeated_cursor", "truncated", "html"])
def test_a_list_that_goes_wrong_on_page_2_proves_nothing(stage, fault):
    world = three_organizations(None, per_page_max=4)
    world.person("avery.stone@example.com", BETA, id=AVERY)
    its = stage(world)
    its.simulator.fault(fault, path="/v2/users", key="beta", page=2, times=0)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "retrying", "attention", "completed")
    assert case["result"] is None
    assert all(row["outcome"] not in ("absent", "removed") for row in case["removals"])
    its.simulator.clear_faults()
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "removed"
    assert its.gone == {(BETA, AVERY)}


def test_a_total_that_changes_between_pages_proves_nothing(stage):
    world = three_organizations(None, per_page_max=4)
    its = stage(world)
    its.simulator.fault("total", path="/v2/users", key="beta", page=2, value="-1", times=0)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "retrying", "attention", "completed")
    assert (case["state"] == "completed", case["result"]) == (False, None)
    its.simulator.clear_faults()
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "no_account"


def test_an_organizations_list_cut_short_is_no_reason_to_stop_at_what_it_shows(stage):
    world = World(per_page_max=2)
    ids = [world.organization(name) for name in ("Alpha", "Beta", "Gamma", "Delta")]
    configured = {"users_list": "all_organizations"}
    world.key("root", ids[0], lists="all", reach="listed", users_list="all", configured=configured)
    world.person("avery.stone@example.com", *ids, id=AVERY)
    its = stage(world)
    its.simulator.fault("short_list", path="/v2/organizations", page=2, times=0)
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "retrying", "attention", "completed")
    assert case["state"] != "completed"
    its.simulator.clear_faults()
    its.offboard.settled("avery.stone@example.com", "completed")
    assert its.gone == {(id, AVERY) for id in ids}


def test_pages_that_shift_while_rows_vanish_hide_nobody(stage):
    """With offset cursors every removal moves the rows behind it, and a reader may skip one."""
    world = World(per_page_max=5, cursor="offset", latency="10ms")
    alpha = world.organization("Alpha", colleagues=60)
    world.key("alpha", alpha)
    its = stage(world, policy={"limits": [{"people": 100, "per": "1h"}], "fraction_of_organization": 1.0})
    people = [f"colleague{number}.alpha@example.com" for number in range(30)]
    for email in people:
        its.offboard.post(senders.departure(email))
    results = {email: its.offboard.settled(email, "completed")["result"] for email in people}
    assert set(results.values()) == {"removed"}
    assert len(its.gone) == 30


def test_pages_that_others_shift_prove_nothing_wrong(stage):
    """Rows that vanish by another hand, in the middle of a read, never make somebody absent."""
    world = World(per_page_max=5, cursor="offset", latency="50ms")
    alpha = world.organization("Alpha", colleagues=30)
    world.key("alpha", alpha)
    avery = world.person("avery.stone@example.com", alpha, id=AVERY)
    its = stage(world)
    others = [user for _, user in sorted(its.before) if user != avery]
    its.offboard.post(senders.departure("avery.stone@example.com"))

    def another_leaves() -> bool:
        row = next((user for user in others if its.simulator.organizations_of(user)), None)
        if row and len(its.simulator.members()) > 12:
            its.simulator.end_membership(alpha, row)
        return not its.simulator.organizations_of(avery)

    wait_until(another_leaves, "the person is gone")
    assert its.offboard.settled("avery.stone@example.com", "completed")["result"] == "removed"
    assert its.simulator.deletes().count((alpha, avery)) >= 1
    assert {user for _, user in its.simulator.deletes()} == {avery}


@pytest.mark.parametrize("over", ["clamp", "400"])
def test_a_smaller_page_than_asked_for_is_no_end(stage, over):
    its = stage(three_organizations(per_page_max=100, per_page_over_max=over))
    its.offboard.post(senders.departure("avery.stone@example.com"))
    if over == "clamp":
        assert its.offboard.settled("avery.stone@example.com")["result"] == "removed"
        assert its.gone == EVERYWHERE
    else:
        # No list can be read; nothing is believed.
        case = its.offboard.settled("avery.stone@example.com", "retrying", "attention", "completed")
        assert case["result"] in (None, "removed")
