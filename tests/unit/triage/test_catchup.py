"""Catching up: when history is read, and that nothing waits for it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.model import Case, Event
from gerritbot_er.triage.catchup import PORTION, CatchUp
from gerritbot_er.triage.intake import Intake

from .site import failed
from .world import BOT, START, ZUUL, InlineCalls, World

AT = int(START)


class Gerrit:
    """The intake of a simulated world, and a history that tells its events or has its trouble."""

    def __init__(self, tmp_path: Path) -> None:
        self.world = World(tmp_path)
        self.calls = InlineCalls()
        self.opened: list[Sequence[Case]] = []
        self.asked: list[int] = []
        self.events: list[Event] = []
        self.trouble: Exception | None = None
        self.intake = Intake(
            cis=[ZUUL],
            username=BOT,
            cases=self.world.cases,
            sightings=None,
            clock=self.world.clock,
            opened=self.opened.append,
        )
        self.catch_up = CatchUp(
            history=self,  # type: ignore[arg-type]
            intake=self.intake,
            cases=self.world.cases,
            calls=self.calls,
            clock=self.world.clock,
        )

    def since(self, at: int) -> list[Event]:
        self.asked.append(at)
        if self.trouble:
            raise self.trouble
        return [event for event in self.events if event.at >= at]


@pytest.fixture
def gerrit(tmp_path: Path) -> Iterator[Gerrit]:
    made = Gerrit(tmp_path)
    yield made
    made.world.close()


def test_a_history_that_is_away_for_days_is_asked_on(gerrit: Gerrit) -> None:
    gerrit.trouble = Transient("away")
    gerrit.catch_up.missed()
    for _ in range(1100):
        gerrit.world.clock.seconds += 61
        gerrit.catch_up.step()
        gerrit.catch_up.step()
    assert len(gerrit.asked) == 1100


def test_the_loop_goes_on_while_history_is_read(gerrit: Gerrit) -> None:
    gerrit.calls.stuck.add("history")
    gerrit.catch_up.missed()
    for _ in range(10):
        assert gerrit.catch_up.step() > 0
        gerrit.catch_up.missed()
        gerrit.world.clock.seconds += 60
    assert gerrit.calls.lanes == ["history"], "asked once, however often there is a reason to"


def test_a_long_history_is_stored_in_portions_that_keep_the_stream_s_reader_waiting_for_a_moment_only(
    gerrit: Gerrit,
) -> None:
    gerrit.events = [failed(number) for number in range(1, 2 * PORTION + 201)]
    gerrit.catch_up.missed()
    gerrit.catch_up.step()
    gerrit.catch_up.step()
    assert [len(cases) for cases in gerrit.opened] == [PORTION, PORTION, 200]


def test_f06_a_refused_key_is_tried_once_in_minutes_however_often_something_is_missed(gerrit: Gerrit) -> None:
    gerrit.trouble = Misconfigured("refused")
    for _ in range(2 * 3600 // 30):
        gerrit.catch_up.missed(again_after=60)
        gerrit.catch_up.step()
        gerrit.catch_up.step()
        gerrit.world.clock.seconds += 30
    assert 2 * 3600 / 930 <= len(gerrit.asked) <= 2 * 3600 / 300 + 1


def test_a_server_that_wants_a_rest_gets_it(gerrit: Gerrit) -> None:
    gerrit.trouble = Transient("429", after=600)
    for _ in range(100):
        gerrit.catch_up.missed()
        gerrit.catch_up.step()
        gerrit.catch_up.step()
        gerrit.world.clock.seconds += 60
    assert len(gerrit.asked) == 10


def test_a_history_that_was_away_is_read_at_once_when_the_stream_is_back(gerrit: Gerrit) -> None:
    gerrit.trouble = Transient("away")
    for _ in range(20):
        gerrit.catch_up.missed()
        gerrit.catch_up.step()
        gerrit.catch_up.step()
        gerrit.world.clock.seconds += 60
    gerrit.trouble = None
    gerrit.catch_up.missed()
    gerrit.catch_up.step()
    gerrit.catch_up.step()
    assert gerrit.intake._gaps == 0, "one reading answers for all that was missed"
