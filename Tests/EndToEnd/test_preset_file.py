"""A new sender is one YAML file beside the configuration."""

from __future__ import annotations

import json

import pytest

from preset_cases import BYSTANDERS, LEAVER, SECRET, a_world, digest, everywhere
from senders import Request

ACME = """\
about: ACME's own directory
proof: unproven
sender:
  signature: {header: [X-Acme-Signature], algorithm: sha512, encoding: base64url, content: "acme:{body}"}
  events:
    each: "$.people[*]"
    type: "$.what"
    departed: [gone]
    email: ["$.mail"]
"""


def acme(body: bytes) -> Request:
    signature = digest(b"acme:" + body, algorithm="sha512", encoding="base64url")
    return Request("/hooks/acme", body, {"X-Acme-Signature": signature})


def test_a_new_sender_is_one_file(stage):
    its = stage(
        a_world(),
        start=False,
        senders=[{"name": "acme", "preset": "./acme.yaml", "secrets": [{"env": "PRESET_SECRET"}]}],
    )
    (its.offboard.folder / "acme.yaml").write_text(ACME)
    its.offboard.environment["PRESET_SECRET"] = SECRET
    offboard = its.offboard.start()
    people = [{"what": "here", "mail": BYSTANDERS[0]}, {"what": "gone", "mail": LEAVER}]
    request = acme(json.dumps({"people": people}).encode())
    assert offboard.post(Request(request.path, request.body + b" ", request.headers)).status_code == 401
    assert offboard.post(request).is_success
    assert offboard.settled(LEAVER)["result"] == "removed"
    assert its.gone == everywhere(its.world, LEAVER)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("sha512", "sha-512"), "acme.yaml:4: senders[0].signature.algorithm: must be one of"),
        (("    type:", "    kind:"), "acme.yaml:7: senders[0].events.kind: is an unknown key"),
        (("proof: unproven\n", ""), "acme.yaml:1: proof: is missing"),
        (("$.mail", "mail"), "acme.yaml:9: senders[0].events.email: mail "),
    ],
)
def test_a_mistake_in_a_preset_file_is_named_with_its_file_line_and_key(stage, change, message):
    its = stage(
        a_world(),
        start=False,
        senders=[{"name": "acme", "preset": "./acme.yaml", "secrets": [{"env": "PRESET_SECRET"}]}],
    )
    (its.offboard.folder / "acme.yaml").write_text(ACME.replace(*change))
    its.offboard.environment["PRESET_SECRET"] = SECRET
    outcome = its.offboard.run("check")
    assert outcome.status == 78
    assert message in outcome.errors


def test_a_preset_file_that_is_not_there_is_named_at_its_place(stage):
    its = stage(a_world(), start=False, senders=[{"name": "acme", "preset": "presets/acme.yaml", "secrets": []}])
    outcome = its.offboard.run("check")
    assert outcome.status == 78
    assert "senders[0].preset: the file " in outcome.errors
    assert "presets/acme.yaml cannot be opened" in outcome.errors
