"""Several daemons over one PostgreSQL: who does what, what survives whom, and that nothing is done twice."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator

import httpx
import pytest

import effects
import postgresql
import senders
from conftest import Stage
from load import Load
from offboard import Offboard
from postgresql import Server, ask, new_database
from waiting import wait_until
from world import ALPHA, AVERY, BETA, GAMMA, World, three_organizations

AVERY_EMAIL = "avery.stone@example.com"


class Nodes:
    """A simulated Vultr, and daemons with one configuration and one database."""

    def __init__(self, made: Stage, uri: str, count: int):
        self.stage = made
        self.uri = uri
        configuration = made.configuration(**made.sections)
        configuration["storage"] = {"postgres": {"env": "DATABASE"}}
        environment = {**made.offboard.environment, "DATABASE": uri}
        self.all = [
            Offboard(made.offboard.folder / f"node{number}", configuration, environment) for number in range(count)
        ]

    def start(self) -> "Nodes":
        for node in self.all:
            node.start()
        return self

    def end(self) -> None:
        for node in self.all:
            print(node.log[-4000:])
            node.end()


@pytest.fixture
def nodes(stage, tmp_path) -> Iterator[Callable[..., Nodes]]:
    """Sets a stage for several daemons: `nodes(world, count=3, policy={…})`."""
    made: list[Nodes] = []

    def make(world: World | None = None, *, count: int = 3, uri: str | None = None, **sections: object) -> Nodes:
        staged = stage(world, start=False, **sections)
        staged.sections = sections
        assert postgresql.URI, "Tests/run starts a server: run these through Tests/EndToEnd/postgresql.py"
        made.append(Nodes(staged, uri or new_database(postgresql.URI), count))
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the test's own, which may be restarted."""
    made = Server()
    yield made
    made.remove()


def test_any_node_takes_any_webhook_and_a_delivery_is_one_wherever_it_comes(nodes):
    its = nodes().start()
    request = senders.departure(AVERY_EMAIL)
    answers = [node.post(request) for node in its.all]
    assert [answer.status_code for answer in answers] == [202, 200, 200]
    assert len({answer.json()["delivery"] for answer in answers}) == 1
    for node in its.all:
        assert node.settled(AVERY_EMAIL, "completed")["result"] == "removed"
    assert its.stage.gone == {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}
    assert sorted(its.stage.simulator.deletes()) == sorted(its.stage.gone)


def test_health_says_which_node_it_is(nodes):
    its = nodes(count=1).start()
    node = its.all[0]
    for port in (node.port, int(node.console.rsplit(":", 1)[1])):
        for path in ("/healthz", "/readyz"):
            answer = httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False).json()
            assert answer["node"], path


def test_a_dead_nodes_case_is_taken_up_by_another(nodes):
    its = nodes(three_organizations(latency="2s"), count=2).start()
    first, second = its.all
    assert first.post(senders.departure(AVERY_EMAIL)).status_code == 202

    def worker() -> str:
        return ask(its.uri, "SELECT coalesce(max(lease_owner), '') FROM vultr_offboard.cases WHERE state = 'running'")

    wait_until(worker, "somebody works the case")
    pids = {str(node.process.pid): node for node in its.all}
    dead = pids[worker().split(":")[2]]
    dead.kill()
    its.stage.simulator.switch(latency="0s")
    living = first if dead is second else second
    assert living.settled(AVERY_EMAIL, "completed", within=90)["result"] == "removed"
    assert its.stage.gone == {(ALPHA, AVERY), (BETA, AVERY), (GAMMA, AVERY)}


def test_commands_work_on_the_same_store_with_and_without_daemons(nodes):
    its = nodes(count=1, policy={"approval": "always"}).start()
    node = its.all[0]
    assert node.post(senders.departure(AVERY_EMAIL)).status_code == 202
    case = node.settled(AVERY_EMAIL, "held")
    node.stop()
    done = node.run("approve", case["id"], "--digest", case["plan_digest"])
    assert done.status == 0, done.errors
    assert node.settled(AVERY_EMAIL, "completed")["result"] == "removed"
    assert node.run("audit", "verify").status == 0
    assert node.read("report", "--from", "2020-01-01")
    assert node.run("export-person", AVERY_EMAIL).status == 0
    for command in (["backup", node.folder / "copy"], ["restore", node.folder / "copy"]):
        refused = node.run(*command)
        assert refused.status == 64
        assert "PostgreSQL" in refused.errors
    assert node.run("erase-person", AVERY_EMAIL, "--yes").status == 0
    assert node.run("audit", "verify").status == 0


def test_nobody_sees_the_uri(nodes):
    its = nodes(count=1)
    node = its.all[0]
    node.environment["DATABASE"] = "postgresql://offboard:hunter2@127.0.0.1:1/none"
    done = node.run("cases")
    assert done.status == 69
    assert "PostgreSQL" in done.errors
    assert "hunter2" not in done.errors + done.output
    node.environment["DATABASE"] = "host=127.0.0.1 password=hunter2"
    done = node.run("cases")
    assert done.status == 78
    assert "storage.postgres" in done.errors
    assert "hunter2" not in done.errors + done.output


def test_a_database_that_is_away_is_503_and_the_rest_goes_on_when_it_is_back(nodes, server):
    its = nodes(count=1, uri=new_database(server.uri())).start()
    node = its.all[0]
    server.stop()
    refused = node.post(senders.departure(AVERY_EMAIL))
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    ready = f"http://127.0.0.1:{node.port}/readyz"
    wait_until(lambda: httpx.get(ready, trust_env=False).status_code == 503, "it says so", within=5)
    server.start()
    wait_until(lambda: httpx.get(ready, trust_env=False).status_code == 200, "it is ready again")
    assert node.post(senders.departure(AVERY_EMAIL)).status_code == 202
    assert node.settled(AVERY_EMAIL, "completed")["result"] == "removed"


def test_nodes_share_the_rate_and_sweep_once(nodes):
    world, _ = effects.one_organization(80)
    its = nodes(world, vultr={"requests_per_second": 10}, policy=effects.NO_LIMITS, sweep={"every": "1h"}).start()
    for number in range(60):
        answer = its.all[number % 3].post(senders.departure(effects.colleague(number)))
        assert answer.status_code == 202
    wait_until(lambda: len(its.stage.gone) == 60, "everybody is gone", within=120)
    # A node that has just come is known to the others after some seconds, and asks for nothing until then.
    assert its.stage.simulator.most_in_any_second() <= 11
    wait_until(
        lambda: {case["state"] for case in its.all[0].cases()} == {"completed"}, "every case is completed", within=120
    )
    before = len(its.stage.simulator.calls("GET", "/v2/organizations"))
    done = its.all[1].run("sweep", "--json")
    assert done.status == 0, done.errors
    assert ask(its.uri, "SELECT count(*) FROM vultr_offboard.work_leases") == "0"
    assert len(its.stage.simulator.calls("GET", "/v2/organizations")) - before <= 2


def three_nodes(nodes, server: Server, seconds: float, people: int, restarts: int, record_property) -> None:
    """Load on three nodes; one is killed every few seconds, and the database restarted now and then."""
    world, alpha = effects.one_organization(people + 20)
    its = nodes(
        world,
        uri=new_database(server.uri()),
        policy=effects.NO_LIMITS,
        vultr={"requests_per_second": 1000},
        retry={"first": "1s", "ceiling": "2s"},
    ).start()
    chance = random.Random(20261201)
    waiting = iter(effects.colleague(number) for number in range(people))
    acknowledged: set[str] = set()
    told: set[str] = set()
    kills = 0
    began = time.monotonic()
    restart_at = [began + seconds * (number + 1) / (restarts + 1) for number in range(restarts)]
    while time.monotonic() - began < seconds:
        loads = [Load(node.port, threads=2) for node in its.all]
        victim = chance.choice(its.all)
        goal = sum(len(load.acknowledged) for load in loads) + chance.randint(10, 60)
        wait_until(lambda: sum(len(load.acknowledged) for load in loads) >= goal, "some are acknowledged", within=120)
        for node in its.all:
            email = next(waiting, None)
            if email is None:
                continue
            # As a sender does: the same request again until it is taken. What failed may have been stored.
            request = senders.departure(email)
            wait_until(lambda: node.post(request).status_code in (200, 202), "it is taken")
            told.add(email)
        victim.kill()
        kills += 1
        if restart_at and time.monotonic() >= restart_at[0]:
            restart_at.pop(0)
            server.stop("immediate" if kills % 2 else "fast")
            server.start()
        for load in loads:
            acknowledged |= set(load.stop())
        victim.start()
    assert not restart_at
    survivor = its.all[0]
    wait_until(lambda: len(its.stage.gone) >= len(told), "everybody who was told of is gone", within=240)
    wait_until(
        lambda: all(case["state"] == "completed" for case in survivor.cases("--state", "running")), "nothing runs", 120
    )
    for email in told:
        assert survivor.settled(email, "completed", within=180)["result"] == "removed"
    kept = {row["id"] for row in survivor.deliveries()}
    lost = acknowledged - kept
    applied = Counter(
        (call["organization"], call["user"]) for call in its.stage.simulator.calls("DELETE", applied=True)
    )
    asked = Counter(its.stage.simulator.deletes())
    again = sum(asked.values()) - len(asked)
    wrong = effects.wrong(its.stage, alpha, told)
    record_property(
        "summary",
        f"three nodes, {kills} kills, {restarts} restarts of PostgreSQL: acknowledged {len(acknowledged)}, "
        f"lost {len(lost)}, removed {len(applied)}, DELETEs repeated {again}, wrong effects {len(wrong)}",
    )
    assert not lost
    assert not wrong
    # Only a case whose worker died while its DELETE was under way is asked for again.
    assert again <= kills
    done = survivor.run("audit", "verify", timeout=300)
    assert done.status == 0, done.output
    assert len(acknowledged) >= 10 * kills


def test_three_nodes_that_are_killed_lose_nothing_and_do_nothing_twice(nodes, server, record_property):
    three_nodes(nodes, server, seconds=12, people=40, restarts=1, record_property=record_property)


@pytest.mark.long
def test_three_nodes_that_are_killed_for_three_minutes_lose_nothing(nodes, server, record_property):
    three_nodes(nodes, server, seconds=180, people=300, restarts=2, record_property=record_property)
