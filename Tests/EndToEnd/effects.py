"""One organization from which many leave, and what came of it, judged by the simulator's log and members."""

from __future__ import annotations

from collections import Counter

from world import World

# Beyond every test's number of people who leave.
NO_LIMITS = {"limits": [{"people": 10_000, "per": "1h"}], "fraction_of_organization": 1.0}


def one_organization(colleagues: int) -> tuple[World, str]:
    world = World()
    alpha = world.organization("Alpha", colleagues=colleagues)
    world.key("alpha", alpha)
    return world, alpha


def colleague(number: int) -> str:
    return f"colleague{number}.alpha@example.com"


def wrong(its, organization: str, told: set[str]) -> list[str]:
    """What the simulator's log and its members have against what was told: each person who was told of has been removed
    by one DELETE, and nobody else was touched."""
    id = {user["email"]: user["id"] for user in its.world.users}
    wanted = {(organization, id[email]) for email in told}
    applied = Counter((call["organization"], call["user"]) for call in its.simulator.calls("DELETE", applied=True))
    wrong = [f"{one} was deleted" for one in applied if one not in wanted]
    wrong += [f"{one} was deleted {count} times" for one, count in applied.items() if count > 1]
    wrong += [f"{one} is still there" for one in wanted - its.gone]
    return wrong + [f"{one} is gone" for one in its.gone - wanted]
