"""The served OpenAPI file against its own rules, and the daemon against the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import console
import senders

AVERY_EMAIL = "avery.stone@example.com"

pytestmark = pytest.mark.long


@pytest.fixture
def its(stage):
    return stage(
        console=console.SECTION,
        policy={"mode": "enforce", "approval": "always"},
        environment=console.ENVIRONMENT,
    )


def test_the_file_is_sound(its):
    from openapi_spec_validator import OpenAPIV31SpecValidator, validate

    document = httpx.get(its.offboard.console + "/api/v1/openapi.json").json()
    validate(document, cls=OpenAPIV31SpecValidator)


def test_the_daemon_does_what_the_file_says(its, tmp_path: Path):
    assert its.offboard.post(senders.departure(AVERY_EMAIL)).status_code == 202
    its.offboard.settled(AVERY_EMAIL, "held")
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            "run",
            its.offboard.console + "/api/v1/openapi.json",
            *("--header", f"Authorization: Bearer {console.OPERATOR}"),
            *("--phases", "examples,coverage,fuzzing,stateful"),
            *("--mode", "all"),
            *("--max-examples", "60"),
            *("--checks", "all"),
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=900,
    )
    print(done.stdout[-6000:], done.stderr[-2000:])
    assert done.returncode == 0
    assert its.offboard.process.poll() is None
