"""The status board: in memory at once, in the state file soon, and true where the file cannot be written."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gerritbot_er.dependencies import Condition, Count, Dependency
from gerritbot_er.state import Database, StatusBoard, open_state, stored_counts, stored_dependencies

START = 1_800_000_000.0


class Clock:
    """Set by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return START + self.seconds

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Database]:
    with open_state(tmp_path) as database:
        yield database


def test_since_moves_with_the_state_alone(state: Database) -> None:
    clock = Clock()
    board = StatusBoard(state, clock)
    board.say("stream", Condition.DEGRADED, "reset", retry_in=0.5)
    clock.seconds = 10
    board.say("stream", Condition.DEGRADED, "refused", retry_in=4)
    assert board.dependencies() == (Dependency("stream", Condition.DEGRADED, START, "refused", START + 14),)
    board.say("stream", Condition.WORKING)
    assert board.dependencies() == (Dependency("stream", Condition.WORKING, START + 10),)


def counted(events: int) -> tuple[Count, ...]:
    """All of them at the start, and not long ago."""
    return (Count("events", events, START), Count("events in the last 5 min", events))


def test_recent_events_are_counted_by_themselves_and_fall_when_none_comes(state: Database) -> None:
    clock = Clock()
    board = StatusBoard(state, clock)
    shown = []
    for second in range(0, 900, 2):
        clock.seconds = float(second)
        board.count("events", 0 if second >= 600 else 10)
        shown.append({one.name: one.count for one in board.counts()})
    assert [shown[at // 2]["events in the last 5 min"] for at in (0, 100, 598, 700, 898)] == [10, 510, 1500, 1000, 0]
    assert shown[-1]["events"] == 3000


def test_what_was_said_is_in_the_file_after_a_flush_and_gone_after_a_start(state: Database) -> None:
    clock = Clock()
    board = StatusBoard(state, clock)
    board.say("stream", Condition.DEGRADED, "reset", retry_in=4)
    board.count("events", 3)
    assert stored_dependencies(state) == ()
    board.flush()
    assert stored_dependencies(state) == (Dependency("stream", Condition.DEGRADED, START, "reset", START + 4),)
    assert stored_counts(state) == counted(3)
    board.count("events")
    board.flush()
    assert stored_counts(state) == counted(3), "counts move all the time, and are written seldom"
    clock.seconds = 11
    board.flush()
    assert stored_counts(state) == counted(4)
    StatusBoard(state, clock).clear()
    assert (stored_dependencies(state), stored_counts(state)) == ((), ())


def test_f40_a_file_that_cannot_be_written_is_said_all_the_same_and_made_up_for(state: Database) -> None:
    board = StatusBoard(state, Clock())
    board.flush()
    with state.reading() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")
    board.say("stream", Condition.DEGRADED, "x" * 100_000)
    board.flush()
    said = {one.name: one for one in board.dependencies()}
    assert said["state"].state is Condition.DEGRADED
    assert said["state"].why == f"{state.path}: cannot be written: database or disk is full; free disk space"
    with state.reading() as db:
        db.execute(f"PRAGMA max_page_count = {pages + 1000}")
    board.flush()
    board.flush()
    assert [(one.name, one.state) for one in stored_dependencies(state)] == [
        ("state", Condition.WORKING),
        ("stream", Condition.DEGRADED),
    ]
