"""The outbox as it is read: what is at work, and how much was said."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gerritbot_er.cli.status import describe
from gerritbot_er.ports import Batch
from gerritbot_er.ports.reading import Ended, Moves
from gerritbot_er.state import StoredCases, StoredOutbox, StoredRecords, open_state
from gerritbot_er.state.database import Database
from gerritbot_er.state.overview import overview

from .made import NOW, Clock, case, comment, verdict


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Database]:
    with closing(open_state(tmp_path)) as opened:
        yield opened


def test_f37_notices_do_not_wait_behind_comments_that_gerrit_does_not_take(state: Database) -> None:
    cases = StoredCases(state, Clock())
    cases.keep(Batch(cases=tuple(case(number) for number in range(1, 1201))))
    for number in range(1, 1201):
        found = case(number)
        notice = replace(comment(found), sink="irc:#gate", token="")
        cases.settle(verdict(found), "comment", [comment(found), *([notice] if number == 1200 else [])], done=True)
    rows = StoredOutbox(state, Clock()).at_work()
    assert len(rows) == 1000
    assert [row.post.sink for row in rows[-2:]] == ["gerrit", "irc:#gate"]


def test_what_ends_is_told_once_with_the_time_since_the_report(state: Database, tmp_path: Path) -> None:
    """The first is at work when the looks begin, the second comes and ends between two of them."""
    cases, outbox, records = StoredCases(state, Later()), StoredOutbox(state, Later()), StoredRecords(tmp_path)
    first, second = case(1), case(2)
    cases.keep(Batch(cases=(first, second)))
    cases.settle(verdict(first), "comment", [comment(first)], done=True)
    begun = records.moves(None)
    assert begun == Moves((), {("gerrit", "pending"): 1}, 1, frozenset({1}))
    outbox.sending(1)
    assert records.moves(begun) == Moves((), {("gerrit", "sending"): 1}, 1, frozenset({1}))
    cases.keep(Batch(proofs=frozenset({comment(first).token})))
    notice = replace(comment(second), sink="irc:#gate", token="")
    cases.settle(verdict(second), "comment", [comment(second), notice], done=True)
    outbox.sent(3)
    moved = records.moves(begun)
    ends = {Ended("gerrit", "sent", 86_399), Ended("irc:#gate", "sent", 86_398)}
    assert (set(moved.ended), moved.at_work, moved.open) == (ends, {("gerrit", "pending"): 1}, frozenset({2}))
    outbox.withheld(2, "too late")
    assert records.moves(moved).ended == (Ended("gerrit", "withheld", 86_398),)


def test_rows_that_are_gone_have_not_ended(state: Database, tmp_path: Path) -> None:
    cases, records = StoredCases(state, Clock()), StoredRecords(tmp_path)
    cases.keep(Batch(cases=(case(1),)))
    cases.settle(verdict(case(1)), "comment", [comment(case(1))], done=True)
    begun = records.moves(None)
    with state.transaction() as db:
        db.execute("DELETE FROM outbox")
    assert records.moves(begun) == Moves((), {}, 0, frozenset())


class Later(Clock):
    def now(self) -> float:
        return NOW + 86_400


def test_f19_what_was_said_in_a_day_to_come_is_not_of_this_hour(state: Database) -> None:
    found = case(1)
    StoredCases(state, Clock()).keep(Batch(cases=(found,)))
    StoredCases(state, Later()).settle(verdict(found), "comment", [comment(found)], done=True)
    assert StoredCases(state, Clock()).comments_since(NOW - 3600) == 0
    assert StoredCases(state, Later()).comments_since(NOW + 86_400 - 3600) == 1


def test_what_is_decided_is_not_shown_as_said_before_gerrit_has_it(state: Database) -> None:
    cases, outbox = StoredCases(state, Clock()), StoredOutbox(state, Clock())
    for number in (1, 2, 3):
        found = case(number)
        cases.keep(Batch(cases=(found,)))
        cases.settle(verdict(found), "comment", [comment(found)], done=True)
    first, second, _ = outbox.at_work()
    outbox.sending(first.number)
    outbox.sent(first.number)
    outbox.failed(second.number, "Gerrit refuses it")
    assert describe(overview(state, NOW - 1), NOW)[3:] == [
        "case 000000000003: openstack/nova 3,2, explained; comment (pending)",
        "case 000000000002: openstack/nova 2,2, explained; comment (failed: Gerrit refuses it)",
        "case 000000000001: openstack/nova 1,2, explained; comment",
    ]
