"""The command line with a person before it: questions, colours, and names that would paint the terminal."""

from __future__ import annotations

import subprocess

import pytest

import senders
from offboard import PROGRAM
from terminal import at_terminal
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA, World, three_organizations

EVERYWHERE = {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}


@pytest.mark.parametrize(
    ("typed", "goes"), [("y\n", True), ("yes\n", True), ("n\n", False), ("\n", False), ("\x04", False)]
)
def test_remove_prints_the_plan_and_asks(stage, typed, goes):
    its = stage(start=False)
    done = at_terminal(its, "remove", "avery.stone@example.com", typed=typed)
    for name in ("Alpha", "Beta", "Gamma"):
        assert name in done.output
    assert its.gone == (EVERYWHERE if goes else set())
    assert (done.status == 0) == goes


@pytest.mark.parametrize(("typed", "goes"), [("y\n", True), ("n\n", False)])
def test_approve_shows_the_plan_and_asks(stage, typed, goes):
    its = stage(policy={"approval": "always"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    held = its.offboard.settled("avery.stone@example.com", "held")
    done = at_terminal(its, "approve", held["id"], typed=typed)
    assert "Alpha" in done.output
    assert held["plan_digest"] in done.output
    if goes:
        its.offboard.settled("avery.stone@example.com", "completed")
        assert its.gone == EVERYWHERE
    else:
        assert its.offboard.case("avery.stone@example.com")["state"] == "held"
        assert its.simulator.deletes() == []


def test_colours_respect_no_color(stage):
    its = stage()
    its.offboard.post(senders.departure("avery.stone@example.com"))
    its.offboard.settled("avery.stone@example.com", "completed")
    assert "\x1b[" in at_terminal(its, "cases").output
    assert "\x1b" not in at_terminal(its, "cases", NO_COLOR="1").output
    assert "\x1b" not in its.offboard.run("cases").output


def test_names_from_vultr_cannot_paint_the_terminal(stage):
    world = World()
    id = world.organization("Alpha")
    world.organizations[0]["name"] = "Evil\x1b[2J\x1b]0;title\x07\r\nOrganization\u202egnp"
    world.key("alpha", id)
    world.person("avery.stone@example.com", id, id=AVERY)
    its = stage(world)
    plan = at_terminal(its, "plan", "avery.stone@example.com", NO_COLOR="1")
    its.offboard.post(senders.departure("avery.stone@example.com"))
    case = its.offboard.settled("avery.stone@example.com", "completed")
    shown = at_terminal(its, "show", case["id"], NO_COLOR="1")
    # A line of progress is wiped before the answer is printed.
    for output in (plan.output.replace("\r\x1b[K", ""), shown.output.replace("\r\x1b[K", "")):
        assert "Evil" in output
        for sign in ("\x1b", "\x07", "\u202e"):
            assert sign not in output
    wait_until(lambda: its.gone, "the person is gone")


def test_relative_paths_are_relative_to_the_configuration_file(stage):
    its = stage(three_organizations(None), policy={"mode": "dry_run"})
    its.offboard.post(senders.departure("avery.stone@example.com"))
    its.offboard.settled("avery.stone@example.com", "completed")
    done = subprocess.run(
        [PROGRAM, "cases", "--config", its.offboard.file],
        capture_output=True,
        text=True,
        env=its.offboard.environment,
        cwd="/",
    )
    assert done.returncode == 0
    assert "avery.stone@example.com" in done.stdout
