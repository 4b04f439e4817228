"""Intake: which events become cases, when they are stored, and where the cursor stands."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from gerritbot_er.errors import Transient
from gerritbot_er.model import Case, ChangeClosed, CommentAdded, DroppedOutput, Event, MadePrivate, PatchsetCreated
from gerritbot_er.triage.catchup import CatchUp
from gerritbot_er.triage.intake import AHEAD, Intake

from .world import BOT, CHANGE, START, UUID, ZUUL, InlineCalls, World

AT = int(START)
FAILED = (
    "Patch Set 1: Verified-1\n\nBuild failed (check pipeline).\n\n"
    f"- unit-tests https://zuul.example.org/t/example/build/{UUID(1)} : FAILURE in 9s"
)
GOOD = FAILED.replace("Build failed", "Build succeeded").replace("FAILURE", "SUCCESS")


def said(text: str, author: str = "zuul", at: int = AT, patchset: int = 1) -> CommentAdded:
    return CommentAdded(CHANGE, patchset, author, text, at)


class Desk:
    """Stands for what follows: the cases it was told of."""

    def __init__(self, tmp_path: Path) -> None:
        self.world = World(tmp_path)
        self.opened: list[Case] = []
        self.intake = Intake(
            cis=[ZUUL],
            username=BOT,
            cases=self.world.cases,
            sightings=None,
            clock=self.world.clock,
            opened=self.opened.extend,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.world.close()


@pytest.mark.parametrize("told", [MadePrivate, partial(PatchsetCreated, patchset=2)])
def test_f46_any_event_of_a_private_change_says_so(desk: Desk, told: Callable[..., Event]) -> None:
    desk.intake.take([said(FAILED), told(change=replace(CHANGE, private=True), at=AT + 5), said(GOOD, at=AT + 9)])
    desk.intake.keep()
    assert desk.world.cases.private_at(CHANGE.number) == AT + 5
    assert desk.world.cases.every_private() == [(CHANGE.number, AT + 5)]
    assert desk.world.cases.newest(CHANGE.number) is not None
    desk.intake.take([MadePrivate(replace(CHANGE, private=True), AT + 2)])
    desk.intake.keep()
    assert desk.world.cases.private_at(CHANGE.number) == AT + 5, "history may tell late of before"
    assert desk.world.cases.private_at(1) is None
    assert desk.world.cases.cursor() == AT + 9


def test_a_failing_report_is_stored_before_anybody_hears_of_it(desk: Desk) -> None:
    desk.intake.take([said(FAILED)])
    assert desk.world.cases.open_cases() == []
    assert desk.opened == []
    desk.intake.keep()
    (case,) = desk.world.cases.open_cases()
    assert desk.opened == [case]
    assert case.report.builds[0].uuid == UUID(1)
    assert desk.world.cases.cursor() == AT


@pytest.mark.parametrize(
    "event",
    [said(FAILED, author="somebody"), said(GOOD), said("Patch Set 1:\n\nStarting check jobs."), said("recheck", "dev")],
)
def test_other_comments_are_no_cases(desk: Desk, event: CommentAdded) -> None:
    desk.intake.take([event])
    desk.intake.keep()
    assert desk.opened == []


def test_the_same_report_from_stream_and_history_is_one_case(desk: Desk) -> None:
    for at in (AT, AT + 1, AT):
        desk.intake.take([said(FAILED, at=at)])
        desk.intake.keep()
    assert len(desk.opened) == 1


def test_a_report_without_builds_is_known_by_its_text_within_five_seconds(desk: Desk) -> None:
    conflict = (
        "Patch Set 1: Verified-1\n\nMerge Failed.\n\nThis change or one of its cross-repo dependencies was unable"
    )
    for at, known in ((AT, 1), (AT + 4, 1), (AT + 60, 2)):
        desk.intake.take([said(conflict, at=at)])
        desk.intake.keep()
        assert len(desk.opened) == known


def test_our_own_comment_proves_its_post_and_is_nothing_else(desk: Desk) -> None:
    text = f"{FAILED}\n\ngerritbot-er case 0123456789ab"
    desk.intake.take([said(text, author=BOT)])
    desk.intake.keep()
    assert desk.opened == []


def test_newest_patch_set_and_end_of_a_change_are_remembered(desk: Desk) -> None:
    newest = desk.world.cases.newest
    desk.intake.take([said(FAILED)])
    desk.intake.keep()
    assert newest(4711) == (1, True)
    desk.intake.take([PatchsetCreated(CHANGE, 3, AT + 1), PatchsetCreated(CHANGE, 2, AT)])
    desk.intake.keep()
    assert newest(4711) == (3, True)
    desk.intake.take([ChangeClosed(CHANGE, AT + 2)])
    desk.intake.keep()
    assert newest(4711) == (3, False)
    desk.intake.take([said(GOOD, at=AT + 9, patchset=3)])
    desk.intake.keep()
    assert newest(4711) == (3, True), "a report on an open change: it was restored"


def test_what_history_tells_late_of_before_its_end_opens_no_change_again(desk: Desk) -> None:
    desk.intake.take([ChangeClosed(CHANGE, AT + 2), said(GOOD, at=AT)])
    desk.intake.keep()
    assert desk.world.cases.newest(4711) == (1, False)
    desk.intake.take([ChangeClosed(CHANGE, AT + 4), said(GOOD, at=AT + 9)])
    desk.intake.keep()
    assert desk.world.cases.newest(4711) == (1, True), "restored"


def test_a_failed_commit_loses_nothing(desk: Desk) -> None:
    desk.intake.take([said(FAILED)])
    with desk.world.state.reading() as db:
        db.execute("PRAGMA query_only = ON")
    with pytest.raises(Transient):
        desk.intake.keep()
    with desk.world.state.reading() as db:
        db.execute("PRAGMA query_only = OFF")
    desk.intake.keep()
    assert len(desk.opened) == 1


class History:
    """Gerrit's history: what it gives from which second, or the trouble it has."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.events: list[Event] = []
        self.trouble: Exception | None = None

    def since(self, at: int) -> list[Event]:
        self.asked.append(at)
        if self.trouble:
            raise self.trouble
        return [event for event in self.events if event.at >= at]


def catch_up(desk: Desk, history: History, since: int | None = None) -> CatchUp:
    return CatchUp(
        history=history,  # type: ignore[arg-type]
        intake=desk.intake,
        cases=desk.world.cases,
        calls=InlineCalls(),
        clock=desk.world.clock,
        since=since,
    )


def step(catching: CatchUp) -> float:
    """Ask if it is time, and take the answer in."""
    catching.step()
    return catching.step()


def test_the_first_start_begins_now_or_where_it_is_told(desk: Desk, tmp_path: Path) -> None:
    history = History()
    catching = catch_up(desk, history)
    catching.missed()
    step(catching)
    assert history.asked == [AT]
    (tmp_path / "other").mkdir()
    other = Desk(tmp_path / "other")
    catching = catch_up(other, history, since=AT - 3600)
    catching.missed()
    step(catching)
    assert history.asked[1:] == [AT - 3600]
    other.world.close()


def test_the_cursor_stands_still_while_events_may_be_missing(desk: Desk) -> None:
    history = History()
    catching = catch_up(desk, history, since=AT - 60)
    before = desk.world.cases.cursor()
    history.trouble = Transient("away")
    catching.missed()
    step(catching)
    desk.intake.take([said(GOOD, at=AT + 500)])
    desk.intake.keep()
    assert desk.world.cases.cursor() == before
    history.trouble, history.events = None, [said(FAILED, at=AT + 100)]
    desk.world.clock.seconds += 120
    step(catching)
    assert len(desk.opened) == 1
    desk.intake.take([said(GOOD, at=AT + 501)])
    desk.intake.keep()
    assert desk.world.cases.cursor() == AT + 501


def test_f19_an_event_of_the_next_century_does_not_take_the_cursor_with_it(desk: Desk) -> None:
    desk.intake.take([said(FAILED, at=AT + 100 * 365 * 86_400)])
    desk.intake.keep()
    assert len(desk.opened) == 1
    assert desk.world.cases.cursor() == AT + AHEAD


def test_dropped_output_is_reconciled_now_and_a_minute_later(desk: Desk) -> None:
    history = History()
    catching = catch_up(desk, history)
    desk.intake.take([DroppedOutput(AT)])
    catching.missed(again_after=60.0)
    assert step(catching) == 60.0
    desk.world.clock.seconds += 60
    step(catching)
    assert len(history.asked) == 2


def test_f02_five_quiet_minutes_are_compared_with_history(desk: Desk) -> None:
    history = History()
    catching = catch_up(desk, history)
    desk.world.clock.seconds += 299
    step(catching)
    assert history.asked == []
    desk.world.clock.seconds += 2
    step(catching)
    assert len(history.asked) == 1
