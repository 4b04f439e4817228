"""The stream's listener: what it hears is handed on in an order that loses nothing."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from gerritbot_er.clock import SystemClock
from gerritbot_er.daemon.listener import StreamListener
from gerritbot_er.daemon.supervisor import Bell
from gerritbot_er.errors import Transient
from gerritbot_er.gerrit.stream import Lost
from gerritbot_er.model import ChangeClosed, DroppedOutput, Event
from gerritbot_er.state import StatusBoard
from gerritbot_er.triage.catchup import CatchUp
from gerritbot_er.triage.intake import Intake
from tests.unit.triage.world import BOT, CHANGE, START, ZUUL, FakeGerrit, InlineCalls, World

AT = int(START)


class Away(FakeGerrit):
    """A Gerrit whose history cannot be read while it is in trouble."""

    def since(self, at: int) -> Iterable[Event]:
        if self.trouble:
            raise self.trouble
        return super().since(at)


class KeptAtTheWorstMoment(CatchUp):
    """The intake's own thread commits just before it is known that events were dropped."""

    def missed(self, *, again_after: float | None = None, then: Callable[[], None] | None = None) -> None:
        self._intake.keep()
        super().missed(again_after=again_after, then=then)


def test_f05_no_event_behind_dropped_ones_moves_the_cursor(tmp_path: Path) -> None:
    world = World(tmp_path)
    intake = Intake(
        cis=[ZUUL], username=BOT, cases=world.cases, sightings=None, clock=world.clock, opened=lambda _: None
    )
    catch_up = KeptAtTheWorstMoment(
        history=world.gerrit, intake=intake, cases=world.cases, calls=InlineCalls(), clock=world.clock, since=AT
    )
    listener = StreamListener(intake, Bell(), catch_up, Bell(), StatusBoard(world.state, SystemClock()))
    before = world.cases.cursor()
    listener.received([DroppedOutput(AT + 200), ChangeClosed(CHANGE, AT + 500)])
    intake.keep()
    assert world.cases.cursor() == before
    assert world.cases.newest(CHANGE.number) == (0, False), "what was heard is kept all the same"
    world.close()


@pytest.fixture
def told(tmp_path: Path) -> Iterator[tuple[World, StatusBoard, StreamListener, CatchUp]]:
    """A listener, its board, and the history that it has read."""
    world = World(tmp_path)
    world.gerrit = Away()
    board = StatusBoard(world.state, world.clock)
    intake = Intake(
        cis=[ZUUL], username=BOT, cases=world.cases, sightings=None, clock=world.clock, opened=lambda _: None
    )
    catch_up = CatchUp(
        history=world.gerrit, intake=intake, cases=world.cases, calls=InlineCalls(), clock=world.clock, board=board
    )
    yield world, board, StreamListener(intake, Bell(), catch_up, Bell(), board), catch_up
    world.close()


def of(board: StatusBoard, name: str) -> str:
    found = next(one for one in board.dependencies() if one.name == name)
    return f"{found.state}: {found.why}" + (f" ({found.next_try - START:.0f})" if found.next_try else "")


def test_f03_a_stream_is_proved_by_its_first_event(
    told: tuple[World, StatusBoard, StreamListener, CatchUp],
) -> None:
    _, board, listener, _ = told
    assert of(board, "stream") == "connecting: not open yet"
    listener.connected()
    assert of(board, "stream") == "connecting: open, and not proved yet by an event or by history"
    listener.received([ChangeClosed(CHANGE, AT)])
    assert of(board, "stream") == "working: "
    listener.lost(Lost("the server ended the stream", 4.0, misconfigured=False))
    assert of(board, "stream") == "degraded: the server ended the stream (4)"


def test_f03_a_stream_is_proved_by_a_history_that_was_read_after_it_was_opened(
    told: tuple[World, StatusBoard, StreamListener, CatchUp],
) -> None:
    world, board, listener, catch_up = told
    listener.connected()
    catch_up.step()
    catch_up.step()
    assert of(board, "stream").startswith("connecting"), "the server may not have begun to send"
    assert of(board, "history") == "working: "
    world.clock.seconds += 6
    catch_up.step()
    catch_up.step()
    assert of(board, "stream") == "working: "


def test_f03_history_proves_nothing_of_a_stream_that_was_lost_meanwhile(
    told: tuple[World, StatusBoard, StreamListener, CatchUp],
) -> None:
    world, board, listener, catch_up = told
    listener.connected()
    listener.lost(Lost("the key was refused", 300.0, misconfigured=True))
    world.clock.seconds += 6
    for _ in range(4):
        catch_up.step()
    assert of(board, "stream") == "misconfigured: the key was refused (300)"


def test_f04_a_gap_that_stays_open_is_shown_with_its_beginning_and_the_next_try(
    told: tuple[World, StatusBoard, StreamListener, CatchUp],
) -> None:
    world, board, listener, catch_up = told
    listener.connected()
    world.clock.seconds += 6
    catch_up.step()
    catch_up.step()
    world.gerrit.trouble = Transient("review.example.org: 503", after=7.0)
    world.clock.seconds += 5
    listener.gap("an event of more than 4 MiB was skipped")
    catch_up.step()
    catch_up.step()
    assert of(board, "history") == "degraded: review.example.org: 503; gap open since 08:00:11 UTC (18)"
    world.gerrit.trouble = None
    world.clock.seconds += 8
    catch_up.step()
    catch_up.step()
    assert of(board, "history") == "working: "
    assert {one.name: one.count for one in board.counts()} == {"gaps": 1, "history reads": 3}


def test_what_was_missed_before_the_stream_was_ever_open_is_no_gap_to_count(
    told: tuple[World, StatusBoard, StreamListener, CatchUp],
) -> None:
    world, board, listener, catch_up = told
    world.clock.seconds += 400
    catch_up.step()
    catch_up.step()
    listener.connected()
    assert "history reads" in counted(board)
    assert "gaps" not in counted(board)
    world.clock.seconds += 6
    catch_up.step()
    catch_up.step()
    assert of(board, "stream") == "working: ", "what was missed is read"
    listener.lost(Lost("the server ended the stream", 4.0, misconfigured=False))
    listener.connected()
    assert counted(board)["gaps"] == 1


def counted(board: StatusBoard) -> dict[str, int]:
    return {one.name: one.count for one in board.counts()}
