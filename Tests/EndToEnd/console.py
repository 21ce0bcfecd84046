"""The console as programs use it: a token, the JSON API, forms."""

from __future__ import annotations

import re

import httpx

import senders
from offboard import Offboard

OPERATOR = "operator-token-of-dana-0123456789"
VIEWER = "viewer-token-of-vic-0123456789"
TOKENS = [
    {"name": "dana", "role": "operator", "token": {"env": "DANA_TOKEN"}},
    {"name": "vic", "role": "viewer", "token": {"env": "VIC_TOKEN"}},
]
# What the daemon's environment holds for them.
ENVIRONMENT = {"DANA_TOKEN": OPERATOR, "VIC_TOKEN": VIEWER}
SECTION = {"port": 0, "tokens": TOKENS}


def held(its) -> dict:
    """A case that waits for a decision."""
    email = "avery.stone@example.com"
    assert its.offboard.post(senders.departure(email)).status_code == 202
    return its.offboard.settled(email, "held")


def api(offboard: Offboard, token: str | None = OPERATOR) -> httpx.Client:
    """A client of the JSON API."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=offboard.console, headers=headers, timeout=30)


class Browser:
    """Pages without a script: links, forms, a cookie."""

    def __init__(self, offboard: Offboard):
        self.client = httpx.Client(base_url=offboard.console, timeout=30)

    def sign_in(self, token: str = OPERATOR) -> httpx.Response:
        answer = self.client.post("/login", data={"token": token})
        assert answer.status_code == 303, answer.text
        return answer

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.text

    def forms(self, page: str) -> dict[str, dict[str, str]]:
        """The hidden fields of each form that posts, by its action."""
        found = {}
        for action, form in re.findall(r'<form[^>]*method="post" action="([^"]*)"[^>]*>(.*?)</form>', page, re.S):
            found[action] = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form))
        return found

    def submit(self, page: str, action: str, **fields: str) -> httpx.Response:
        return self.client.post(action, data={**self.forms(page)[action], **fields})
