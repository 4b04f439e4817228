"""A log store that is down, busy or late: how often it is asked, and what becomes of the cases meanwhile."""

from itertools import pairwise
from pathlib import Path

import pytest

from gerritbot_er.errors import Misconfigured, Permanent, Transient
from gerritbot_er.model import BuildFacts, LogsSeen

from .world import UUID, World, report, reported

AWAY = Transient("https://search.example.org cannot be reached: connection refused")
HOUR = 3600.0


@pytest.fixture
def local(local: World) -> World:
    local.store.logs[UUID(1)] = LogsSeen(console=True, complete=True)
    local.store.hits[UUID(1)] = {"disk-full": "No space left on device"}
    return local


class AskedAt(list[float]):
    """The seconds at which a peer was asked, which then is in trouble."""

    def __init__(self, world: World, trouble: Exception) -> None:
        super().__init__()
        self._world = world
        self._trouble = trouble

    def ask(self, *_: object) -> object:
        self.append(self._world.clock.seconds)
        raise self._trouble

    @property
    def rests(self) -> list[float]:
        return [after - before for before, after in pairwise(self)]


def away(world: World, trouble: Exception = AWAY) -> AskedAt:
    """The store is in this trouble; when it is asked."""
    asked = AskedAt(world, trouble)
    world.store.readiness = asked.ask  # type: ignore[assignment, method-assign]
    world.store.match = asked.ask  # type: ignore[assignment, method-assign]
    return asked


def back(world: World) -> None:
    """The store answers again."""
    for name in ("readiness", "match"):
        vars(world.store).pop(name, None)


def arrive(world: World, number: int) -> None:
    world.ready(number, disk_full="No space left on device")
    world.arrive(report(reported(number), patchset=number))


def test_f13_a_store_that_is_down_is_asked_by_one_probe_and_answers_everybody_afterwards(world: World) -> None:
    asked = away(world)
    for number in range(1, 41):
        arrive(world, number)
        world.pass_(60)
    assert len(asked) < 20, "forty cases in forty minutes, and one probe every few minutes"
    assert all(rest >= 15.0 for rest in asked.rests[2:])
    assert any(rest > 120.0 for rest in asked.rests), "the longer it is away, the less often it is asked"
    assert [(name, trouble.why) for name, trouble in world.desk.troubles.now.items()] == [
        ("log store cluster", str(AWAY))
    ]
    assert world.comments == []
    back(world)
    world.pass_(600)
    assert len(world.comments) == 40
    assert world.desk.troubles.now == {}


def test_f13_the_time_of_a_build_stands_still_while_the_store_is_down(world: World) -> None:
    (case,) = world.arrive(report(reported(1)))
    world.pass_(600)
    away(world)
    world.pass_(HOUR - 60)
    back(world)
    world.pass_(40 * 60)
    assert world.said(case).startswith("open"), "49 of its 60 minutes with a store are over"
    world.ready(1, disk_full="No space left on device")
    world.pass_(600)
    assert len(world.comments) == 1


def test_f13_at_last_it_is_undecided_and_nothing_is_said(world: World) -> None:
    (case,) = world.arrive(report(reported(1)))
    away(world)
    world.pass_(2 * HOUR - 600)
    assert world.said(case).startswith("open")
    world.pass_(20 * 60)
    assert world.said(case) == "done: undecided: not everything could be searched"
    assert (world.comments, world.irc.said) == ([], [])


def test_f13_down_between_seeing_the_logs_and_searching_them(world: World) -> None:
    arrive(world, 1)
    world.pass_(10)
    asked = AskedAt(world, AWAY)
    world.store.match = asked.ask  # type: ignore[assignment, method-assign]
    world.pass_(600)
    assert len(asked) > 1
    back(world)
    world.pass_(600)
    assert len(world.comments) == 1


def test_f15_nobody_asks_a_busy_store_before_the_time_it_gave(world: World) -> None:
    asked = away(world, Transient("429", after=200.0))
    for number in range(1, 11):
        arrive(world, number)
        world.pass_(100)
    assert len(asked) <= 5
    assert all(rest >= 200.0 for rest in asked.rests)
    back(world)
    world.pass_(600)
    assert len(world.comments) == 10


def test_f15_nobody_asks_a_busy_ci_server_before_the_time_it_gave(tmp_path: Path) -> None:
    world = World(tmp_path, store="local")
    asked = AskedAt(world, Transient("429", after=200.0))
    world.info.facts = asked.ask  # type: ignore[assignment, method-assign]
    world.arrive(report(reported(1)))
    world.pass_(500)
    assert len(asked) == 3
    assert all(rest >= 200.0 for rest in asked.rests)
    world.close()


def test_f14_a_store_that_is_always_late_leaves_the_case_undecided_in_time(world: World) -> None:
    cases = [*world.arrive(*(report(reported(number), patchset=number) for number in range(1, 6)))]
    away(world, Transient("https://search.example.org did not answer within 30 s"))
    world.pass_(2 * HOUR + 600)
    assert {world.said(case) for case in cases} == {"done: undecided: not everything could be searched"}


CI_TROUBLES = [Transient("the CI's server is away"), Misconfigured("the CI's certificate is not trusted")]
TOLD = BuildFacts(uuid=UUID(1), job="unit-tests", result="FAILURE", log_url="https://logs.example.org/1/")


@pytest.mark.parametrize("trouble", CI_TROUBLES)
def test_the_time_of_a_local_build_stands_still_while_the_ci_s_server_is_away(local: World, trouble: Exception) -> None:
    local.info.trouble = trouble
    (case,) = local.arrive(report(reported(1)))
    local.pass_(15 * 60)
    assert local.said(case).startswith("open")
    local.info.trouble, local.info.known = None, [TOLD]
    local.pass_(310)
    assert len(local.comments) == 1


@pytest.mark.parametrize("trouble", [*CI_TROUBLES, Permanent("the CI's server answers 403")])
def test_without_the_ci_s_server_a_local_build_is_undecided_at_last(local: World, trouble: Exception) -> None:
    local.info.trouble = trouble
    (case,) = local.arrive(report(reported(1)))
    local.pass_(30 * 60)
    assert local.said(case) == "done: undecided: not everything could be searched"


def test_a_ci_s_server_that_was_away_and_then_knows_no_logs_is_believed(local: World) -> None:
    local.info.trouble = AWAY
    (case,) = local.arrive(report(reported(1)))
    local.pass_(300)
    local.info.trouble = None
    local.pass_(30 * 60)
    assert local.said(case) == "done: unexplained: no logs came"


def test_a_ci_s_server_that_was_away_and_then_refuses_leaves_no_case_behind(local: World) -> None:
    local.info.trouble = AWAY
    (case,) = local.arrive(report(reported(1)))
    local.pass_(580)
    local.info.trouble = Permanent("the CI's server answers 403")
    local.pass_(30 * 60)
    assert local.said(case) == "done: undecided: not everything could be searched"
