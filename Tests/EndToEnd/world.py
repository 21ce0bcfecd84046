"""Who exists at Vultr in a test: a state for the simulator, and the `vultr` section of a configuration that fits it."""

from __future__ import annotations

import uuid


class World:
    """A state in the making.

    Each organization gets some colleagues, so that a test about one person never meets the rule about the part of an
    organization that may go.
    """

    def __init__(self, **switches: object):
        # No test is about the rate unless it says so.
        self.switches: dict[str, object] = {"rate_limit": 0, **switches}
        self.organizations: list[dict] = []
        self.users: list[dict] = []
        self.keys: list[dict] = []
        self.faults: list[dict] = []
        self.invitations: list[dict] = []
        self.generate: dict | None = None
        self.configured: dict[str, dict] = {}

    def organization(self, name: str, *, colleagues: int = 9) -> str:
        id = identifier(f"organization {name}")
        self.organizations.append({"id": id, "name": name})
        for number in range(colleagues):
            self.person(f"colleague{number}.{name.lower()}@example.com", id)
        return id

    def person(self, email: str, *organizations: str, id: str | None = None, **fields: object) -> str:
        id = id or identifier(f"person {email}")
        self.users.append({"id": id, "email": email, "organizations": list(organizations), **fields})
        return id

    def key(self, name: str, organization: str, *, configured: dict | None = None, **fields: object) -> str:
        """A key of the simulator; `configured` is what the daemon's configuration says about it besides."""
        secret = "VULTRKEY" + uuid.uuid4().hex.upper()
        self.keys.append({"name": name, "secret": secret, "organization": organization, **fields})
        self.configured[name] = configured or {}
        return secret

    @property
    def state(self) -> dict:
        state = {
            "organizations": self.organizations,
            "users": self.users,
            "keys": self.keys,
            "invitations": self.invitations,
            "switches": self.switches,
            "faults": self.faults,
        }
        if self.generate:
            state["generate"] = self.generate
        return state

    def environment(self) -> dict[str, str]:
        return {variable(key["name"]): key["secret"] for key in self.keys}

    def vultr(self, url: str, **fields: object) -> dict:
        keys = [
            {"name": name, "key": {"env": variable(name)}, "organizations": "all", **configured}
            for name, configured in self.configured.items()
        ]
        # The simulator has no limit by default: a high rate keeps tests short.
        return {"url": url, "requests_per_second": 1000, "timeout": "5s", "keys": keys, **fields}


def variable(key: str) -> str:
    return "VULTR_KEY_" + key.upper().replace("-", "_").replace(" ", "_")


def identifier(seed: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, seed))


def three_organizations(email: str | None = "avery.stone@example.com", **switches: object) -> World:
    """Three organizations with a key each; the person, if any, is in all of them and has the id `AVERY`."""
    world = World(**switches)
    for name in ("Alpha", "Beta", "Gamma"):
        id = world.organization(name)
        world.key(name.lower(), id)
    if email:
        world.person(email, *(organization["id"] for organization in world.organizations), id=AVERY)
    return world


AVERY = identifier("Avery Stone")
ALPHA = identifier("organization Alpha")
BETA = identifier("organization Beta")
GAMMA = identifier("organization Gamma")
