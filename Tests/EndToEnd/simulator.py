"""The simulated Vultr: started, changed while it runs, and asked for the two things that tests judge by, its log and
its members."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import httpx
import yaml

from offboard import BUILD
from waiting import wait_until

CREDENTIAL = r"/v2/users/[^/]+/apikeys/[^/]+|/v2/assumed-roles/[^/]+"


class Simulator:
    def __init__(self, folder: Path, state: dict):
        folder.mkdir(parents=True, exist_ok=True)
        self.log_file = folder / "simulator.jsonl"
        port_file = folder / "simulator.port"
        state_file = folder / "state.yaml"
        state_file.write_text(yaml.safe_dump(state, sort_keys=False, allow_unicode=True))
        self.output_path = folder / "simulator.out"
        with self.output_path.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    BUILD / "vultr-simulator",
                    state_file,
                    "--port",
                    "0",
                    "--log",
                    self.log_file,
                    "--port-file",
                    port_file,
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.url = wait_until(self._listening, "the simulator listens")
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=30)

    def _listening(self) -> str | None:
        output = self.output_path.read_text()
        assert self.process.poll() is None, f"the simulator ended: {output}"
        found = re.search(r"listening on (http://127\.0\.0\.1:\d+)", output)
        return found[1] if found else None

    def stop(self) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()

    # What it saw

    def calls(self, method: str | None = None, path: str | None = None, **fields: object) -> list[dict]:
        """The calls of the API in the order of their arrival; `path` is a regular expression for the whole path."""
        calls = self._get("log")["calls"]
        return [
            call
            for call in calls
            if (method is None or call["method"] == method)
            and (path is None or re.fullmatch(path, call["path"]))
            and all(call[name] == value for name, value in fields.items())
        ]

    def deletes(self) -> list[tuple[str, str]]:
        """Each DELETE as (organization, user), repeated ones too. One of a person's sign-in is never right."""
        calls = [call for call in self.calls("DELETE") if not re.fullmatch(CREDENTIAL, call["path"])]
        for call in calls:
            assert re.fullmatch(r"/v2/organizations/[^/]+/user/[^/]+", call["path"]), f"a forbidden call: {call}"
        return [(call["organization"], call["user"]) for call in calls]

    def ended_credentials(self) -> list[str]:
        """The id or token of each API key and role session that was ended, in order."""
        calls = self.calls("DELETE", CREDENTIAL, applied=True)
        return [unquote(call["path"].rsplit("/", 1)[1]) for call in calls]

    def members(self) -> set[tuple[str, str]]:
        """Who is a member now, as (organization, user)."""
        organizations = self._get("members")["organizations"]
        return {(organization, row["id"]) for organization, rows in organizations.items() for row in rows}

    def organizations_of(self, user: str) -> set[str]:
        return set(self._get(f"members/{user}")["organizations"])

    def most_in_any_second(self) -> int:
        return self._get("rate")["most_in_any_second"]

    # What is changed

    def fault(self, kind: str, **fields: object) -> None:
        self._send("POST", "faults", {"kind": kind, **fields})

    def clear_faults(self) -> None:
        self._send("DELETE", "faults")

    def switch(self, **switches: object) -> None:
        self._send("POST", "switches", switches)

    def change_key(self, name: str, **fields: object) -> None:
        self._send("POST", "keys", {"name": name, **fields})

    def add_member(self, organization: str, user: object) -> None:
        self._send("POST", "members", {"organization": organization, "user": user})

    def restore(self, organization: str, secret: str) -> None:
        """Brings an organization back with everybody who was ever a member, by the API's own call."""
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        answer = self.client.patch(f"/v2/organizations/{organization}/restore", headers=headers)
        assert answer.status_code == 204, answer.text

    def invite(self, id: str, email: str, organization: str, **fields: object) -> None:
        invitation = {"id": id, "email_invited": email, "organization": organization, **fields}
        self._send("POST", "invitations", invitation)

    def end_invitation(self, id: str) -> None:
        self._send("DELETE", f"invitations/{id}")

    def end_membership(self, organization: str, user: str) -> None:
        self._send("DELETE", "members", {"organization": organization, "user": user})

    def _get(self, path: str) -> dict:
        return self.client.get(f"/_simulator/{path}").raise_for_status().json()

    def _send(self, method: str, path: str, body: dict | None = None) -> None:
        answer = self.client.request(method, f"/_simulator/{path}", json=body)
        assert answer.status_code == 200, f"{method} {path} {body}: {answer.text}"
