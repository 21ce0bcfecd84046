"""The pages for people: every command on them is run, in the order of the page, in a folder of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pages import DEPLOY, Machine, blocks, do

PAGES = ["install", "first-sender", "keys", "upgrade", "backup", "disaster", "limits"]


@pytest.fixture
def machine(tmp_path: Path):
    made = Machine(tmp_path)
    yield made
    made.end()


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_page_does_what_the_page_says(page, machine):
    given = re.match(r"<!-- given: (\w+) -->\n", (DEPLOY / f"{page}.md").read_text())
    if given:
        machine.given(given[1])
    for block in blocks(page):
        if block.mark("package") is None:
            do(block, machine)
        else:
            assert block.language == "sh", f"{block}: only commands can be run elsewhere"


def test_there_is_no_page_that_is_not_tried():
    own = {"README", "alerts", *PAGES}
    assert {page.stem for page in DEPLOY.glob("*.md")} <= own
