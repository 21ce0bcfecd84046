"""Who exists at the simulated Vultr, and the keys that a daemon has for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass
class State:
    """A state for the simulator, and what of it stands in the daemon's configuration."""

    organizations: list[str]
    users: list[dict] = field(default_factory=list)
    keys: list[dict] = field(default_factory=list)
    generate: dict | None = None
    latency_ms: int = 0

    @staticmethod
    def nobody() -> State:
        """One organization in which nobody is."""
        return State(organizations(1)).key_each()

    def person(self, email: str, *organizations: str) -> str:
        """Adds a member of organizations; gives the user's id."""
        id = f"user-{len(self.users)}"
        self.users.append({"id": id, "email": email, "organizations": list(organizations)})
        return id

    def key_each(self) -> State:
        """A key for each organization, as the README recommends."""
        for number, organization in enumerate(self.organizations):
            self.keys.append({"name": f"key{number}", "secret": f"secret{number}", "organization": organization})
        return self

    def key_for_all(self) -> State:
        """One key that lists, reaches and shows the people of all organizations."""
        home = {"name": "root", "secret": "secret", "organization": self.organizations[0]}
        self.keys.append({**home, "lists": "all", "reach": "listed", "users_list": "all"})
        return self

    def text(self) -> str:
        """The state file. JSON is YAML, too."""
        generate = {"generate": self.generate} if self.generate else {}
        return json.dumps(
            {
                "organizations": [{"id": id} for id in self.organizations] if not self.generate else [],
                "users": self.users,
                "keys": self.keys,
                # Whoever is too fast is found in the log; the simulator's own limit is for what asks for it.
                "switches": {"rate_limit": 0, "latency": f"{self.latency_ms}ms"},
                **generate,
            }
        )

    def configured(self) -> list[dict]:
        """The daemon's `vultr.keys`."""
        return [
            {"name": key["name"], "key": {"env": key["name"].upper()}}
            | ({"users_list": "all_organizations"} if "lists" in key else {})
            for key in self.keys
        ]

    def environment(self) -> dict[str, str]:
        return {key["name"].upper(): key["secret"] for key in self.keys}


def organizations(count: int) -> list[str]:
    """Ids as the simulator generates them."""
    return [f"0a000000-0000-4000-8000-{number:012}" for number in range(1, count + 1)]
