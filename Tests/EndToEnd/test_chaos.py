"""Random worlds, random troubles, a kill in the middle: nobody wrong leaves, and nobody is called gone who is not.

Each seed is one story, the same on every run.
"""

from __future__ import annotations

import random

import pytest

import senders
from waiting import wait_until
from world import World

FIRST_NAMES = ["avery", "kim", "sam", "noor", "jess", "ivo", "dana", "robin", "lee", "max"]
ALL_TROUBLES = [
    {"kind": "status", "status": 429},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 500, "applied": True},
    {"kind": "status", "status": 503, "body": "html"},
    {"kind": "cut_before"},
    {"kind": "cut_after"},
    {"kind": "slow", "delay": "300ms"},
]
LIST_TROUBLES = [
    {"kind": "html"},
    {"kind": "truncated"},
    {"kind": "missing_meta"},
    {"kind": "repeated_cursor"},
    {"kind": "short_list"},
    {"kind": "total", "value": "-1"},
    {"kind": "total", "value": "+3"},
]
# A 404 for somebody who is there, as a proxy or a bug may send it.
REMOVAL_TROUBLES = [{"kind": "status", "status": 404}, {"kind": "status", "status": 403}]


class Story:
    """What a seed makes: a world, who leaves, and what goes wrong."""

    def __init__(self, seed: int):
        self.chance = random.Random(seed)
        chance = self.chance
        self.world = World(
            per_page_max=chance.choice([3, 7, 500]),
            cursor=chance.choice(["opaque", "offset"]),
            list_lag_reads=chance.choice([0, 0, 1, 2]),
            suspended_in_users=chance.choice([False, True]),
            suspended_id_field=chance.choice(["id", "uuid", "user_id"]),
            omit_service_user=chance.choice([False, False, True]),
            latency=chance.choice(["0ms", "15ms"]),
        )
        self.organizations = [
            self.world.organization(f"Org{number}", colleagues=6) for number in range(chance.randint(2, 4))
        ]
        self._keys()
        self.leavers: dict[str, str] = {}
        for name in chance.sample(FIRST_NAMES, 5):
            self._people(name)

    def _keys(self) -> None:
        if self.chance.random() < 0.3:
            configured = {"users_list": "all_organizations"}
            fields = {"lists": "all", "reach": "listed", "users_list": "all", "configured": configured}
            self.world.key("root", self.organizations[0], **fields)
            return
        for number, organization in enumerate(self.organizations):
            self.world.key(f"key{number}", organization)

    def _people(self, name: str) -> None:
        """Somebody who leaves, and others who could be taken for them."""
        chance = self.chance
        member = chance.sample(self.organizations, chance.randint(0, len(self.organizations)))
        suspended = [organization for organization in member if chance.random() < 0.2]
        email = f"{name}.stone@example.com"
        self.leavers[email] = self.world.person(email.title(), *member, id=f"id-{name}", suspended=suspended)
        for number, other in enumerate([f"x{email}", f"{name}.stone+a@example.com", f"{name}.stone@example.org"]):
            if chance.random() < 0.6:
                self.world.person(other, *chance.sample(self.organizations, 1), id=f"id-{name}-{number}")

    def trouble(self, simulator) -> None:
        chance = self.chance
        for _ in range(chance.randint(4, 9)):
            times = chance.randint(1, 3)
            skip = chance.randint(0, 4)
            kind = chance.random()
            if kind < 0.45:
                simulator.fault(times=times, skip=skip, **chance.choice(ALL_TROUBLES))
            elif kind < 0.8:
                path = chance.choice(["/v2/users", "/v2/organizations", "/**/suspended-users"])
                simulator.fault(times=times, skip=skip, path=path, method="GET", **chance.choice(LIST_TROUBLES))
            else:
                simulator.fault(times=times, skip=skip, method="DELETE", path="/**", **chance.choice(REMOVAL_TROUBLES))


def tell(stage, seed: int) -> None:
    story = Story(seed)
    its = stage(
        story.world,
        vultr={"timeout": "2s"},
        policy={"limits": [{"people": 100, "per": "1h"}], "fraction_of_organization": 1.0},
    )
    leaving = set(story.leavers.values())
    expected = {(organization, user) for organization, user in its.before if user in leaving}
    story.trouble(its.simulator)
    for email in story.leavers:
        assert its.offboard.post(senders.departure(email)).status_code == 202

    def look() -> bool:
        cases = its.offboard.cases()
        members = {user for _, user in its.simulator.members()}
        for case in cases:
            if case["result"] in ("removed", "no_account"):
                assert story.leavers[case["email"]] not in members, f"called gone too early: {case}"
        assert set(its.simulator.deletes()) <= {(o, user) for o in story.organizations for user in leaving}
        assert its.gone <= expected
        return len(cases) == len(story.leavers) and {case["state"] for case in cases} == {"completed"}

    if story.chance.random() < 0.7:
        goal = story.chance.randint(1, 12)
        wait_until(lambda: len(its.simulator.calls()) >= goal, "it has begun")
        its.offboard.kill()
        its.offboard.start()
    wait_until(look, f"every case of seed {seed} is done", within=90)
    assert its.gone == expected
    for case in its.offboard.cases():
        had_seats = any(user == story.leavers[case["email"]] for _, user in expected)
        assert case["result"] == ("removed" if had_seats else "no_account"), case


@pytest.mark.parametrize("seed", range(5))
def test_in_any_trouble_exactly_those_who_left_are_gone(stage, seed):
    tell(stage, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 180))
def test_in_much_trouble_exactly_those_who_left_are_gone(stage, seed):
    tell(stage, seed)
