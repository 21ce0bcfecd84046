"""`report`: who left, when they were removed, and what was not as it should be."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

import senders
from world import three_organizations

EMAIL = "avery.stone@example.com"
HELD = "colleague1.alpha@example.com"
STRANGER = '"<script>alert(1)</script>"@example.com'


class Page(HTMLParser):
    """What a browser would be given: elements, attributes and text."""

    def __init__(self, text: str):
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data + "\n"

    def named(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def its(stage):
    its = stage(three_organizations(), policy={"limits": [{"people": 1, "per": "1h"}]})
    for email, state in [(EMAIL, "completed"), (HELD, "held"), (STRANGER, "completed")]:
        its.offboard.post(senders.departure(email))
        its.offboard.settled(email, state)
    return its


def test_a_table_names_everybody_with_what_came_of_it(its):
    done = its.offboard.run("report")
    assert done.status == 0
    assert "3 departures: 1 removed, 1 no account, 1 needs person" in done.output
    assert "time to revoke: median" in done.output
    assert EMAIL in done.output and "over the limit" in done.output
    report = its.offboard.read("report")
    assert report["summary"] | {"told": 3, "removed": 1, "no_account": 1, "needs_person": 1} == report["summary"]
    [removed] = [person for person in report["people"] if person["email"] == EMAIL]
    assert sorted(removed["organizations"]) == ["Alpha", "Beta", "Gamma"]
    case = its.offboard.case(EMAIL)
    assert (removed["told_at"], removed["removed_at"]) == (case["received_at"], case["finished_at"])
    assert 0 < removed["milliseconds_to_revoke"] < 60_000


def test_a_spreadsheet_has_a_line_for_each_person(its):
    rows = list(csv.DictReader(io.StringIO(its.offboard.run("report", "--csv").output)))
    assert [row["email"] for row in rows] == [EMAIL, HELD, STRANGER]
    assert rows[0]["organizations"].count(";") == 2 and int(rows[0]["milliseconds_to_revoke"]) > 0
    assert rows[1]["removed_at"] == "" and "limit" in rows[1]["exceptions"]


def test_a_page_is_self_contained_and_takes_no_text_for_markup(its):
    text = its.offboard.run("report", "--html").output
    page = Page(text)
    assert page.named("svg") and len(page.named("tr")) == 4
    assert {bar["class"] for bar in page.named("rect")} == {"removed", "no_account", "needs_person"}
    assert EMAIL in page.text and "<script>alert(1)</script>" in page.text
    assert not page.named("script") and not page.named("link") and not page.named("img")
    assert not [value for _, attributes in page.elements for value in attributes.values() if "://" in (value or "")]
    assert "url(" not in text and "@import" not in text


def test_a_period_bounds_what_is_reported(its):
    told = its.offboard.case(HELD)["received_at"]
    assert [person["email"] for person in its.offboard.read("report", "--from", told)["people"]] == [HELD, STRANGER]
    assert [person["email"] for person in its.offboard.read("report", "--to", told)["people"]] == [EMAIL]
    assert its.offboard.read("report", "--to", "2020-01-01")["people"] == []
    of_sender = its.offboard.read("report", "--sender", "hr", "--to", told)
    assert [person["email"] for person in of_sender["people"]] == [EMAIL] and of_sender["mode"] == "enforce"
    assert "No departure was received." in its.offboard.run("report", "--to", "2020-01-01", "--html").output
    for wrong in (["--from", told, "--to", told], ["--csv", "--html"], ["--from", "yesterdayish"]):
        assert its.offboard.run("report", *wrong).status == 64


@pytest.mark.skipif(not shutil.which("chromium"), reason="there is no Chromium on this machine")
def test_a_browser_shows_the_page(its, tmp_path):
    page = tmp_path / "report.html"
    page.write_text(its.offboard.run("report", "--html").output)
    shot = tmp_path / "report.png"
    browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,900"]
    subprocess.run(
        [*browser, f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={shot}", page.as_uri()],
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert shot.stat().st_size > 10_000
