"""The record of outages: whatever the order of hits and ends, each begins, is told to a channel, and ends once."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gerritbot_er.model import Change, CIReport, Failure, Notice, Outage, ReportedBuild
from gerritbot_er.ports import Batch
from gerritbot_er.ports.reading import KEEP_CASES
from gerritbot_er.state import StoredCases, StoredOutages, StoredOutbox, StoredRecords, open_sightings, open_state
from gerritbot_er.state.database import Database
from gerritbot_er.state.retention import Retention
from gerritbot_er.triage.cases import open_case

from .made import NOW, Clock

FAILURES = (Failure("disk-full"), Failure("0cc175b9c0f1", known=False))
CHANNELS = ("#gate", "#infra")


def cases(state: Database) -> list[str]:
    """The ids of three cases."""
    made = []
    for change in (1, 2, 3):
        builds = (ReportedBuild("unit", "FAILURE", f"{change:032x}"),)
        report = CIReport("zuul", Change(change, "nova", "master"), 1, int(NOW), builds, failed=True, digest="d")
        made.append(open_case(report, NOW))
    StoredCases(state, Clock()).keep(Batch(cases=tuple(made)))
    return [case.id for case in made]


def outage(failure: Failure, case_id: str, *, last: int = 200, changes: int = 3) -> Outage:
    return Outage(0, failure, 100, last, changes, "a line", (), case_id)


@dataclass(frozen=True, slots=True)
class Move:
    """A hit in a case, that concerns channels, or the end where ``case`` is None."""

    failure: Failure
    case: int | None
    channels: frozenset[str]
    last: int


MOVES = st.builds(
    Move,
    st.sampled_from(FAILURES),
    st.sampled_from([0, 1, 2, None]),
    st.frozensets(st.sampled_from(CHANNELS)),
    st.integers(100, 300),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(MOVES, max_size=20))
def test_each_channel_hears_once_of_a_begin_and_once_of_an_end(moves: list[Move]) -> None:
    with TemporaryDirectory() as folder, open_state(Path(folder)) as state:
        outages, ids = StoredOutages(state, Clock()), cases(state)
        for move in moves:
            if move.case is not None:
                notices = [Notice(channel, "begins") for channel in sorted(move.channels)]
                outages.keep(outage(move.failure, ids[move.case], last=move.last), notices)
                continue
            for lasting in (one for one in outages.current() if one.failure == move.failure):
                ends = [Notice(channel, "ends") for channel in lasting.channels]
                assert [outages.end(lasting, ends) for _ in range(2)] == [True, False]
        with state.reading() as db:
            rows = db.execute("SELECT sink, part, body FROM outbox").fetchall()
            kept = db.execute("SELECT * FROM outages").fetchall()
    said = Counter((row["sink"], row["part"], row["body"]) for row in rows)
    wanted = [
        (f"irc:{channel}", 2 * one["number"] + 1 + late, words)
        for one in kept
        for channel in json.loads(one["told"])
        for late, words in enumerate(["begins", "ends"])
        if not late or one["ended_at"] is not None
    ]
    assert said == Counter(wanted)
    left = [(one["failure"], one["known"]) for one in kept if one["ended_at"] is None]
    assert len(left) == len(set(left))


def test_a_hit_moves_an_outage_and_never_back(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        outages, ids = StoredOutages(state, Clock()), cases(state)
        outages.keep(outage(FAILURES[0], ids[0], last=300, changes=7), [])
        kept = outages.keep(outage(FAILURES[0], ids[1], last=200, changes=4), [])
        assert (kept.number, kept.since, kept.last, kept.changes, kept.case_id) == (1, 100, 300, 7, ids[1])
        assert outages.ended(FAILURES[0]) is None
        outages.end(kept, [])
        assert outages.ended(FAILURES[0]) == Outage(1, FAILURES[0], 100, 300, 7, "a line", (), ids[1], NOW)
        assert outages.keep(outage(FAILURES[0], ids[2]), []).number == 2


def test_a_notice_is_a_row_of_the_case_of_the_last_hit(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        outages, ids = StoredOutages(state, Clock()), cases(state)
        for failure in FAILURES:
            outages.keep(outage(failure, ids[1]), [Notice("#gate", failure.name)])
        posts = [row.post for row in StoredOutbox(state, Clock()).at_work()]
        assert [(p.case_id, p.sink, p.part, p.change, p.bugs, p.body, p.is_of_outage) for p in posts] == [
            (ids[1], "irc:#gate", 3, 2, ("disk-full",), "disk-full", True),
            (ids[1], "irc:#gate", 5, 2, ("group 0cc175b9c0f1",), "0cc175b9c0f1", True),
        ]


def test_pages_read_those_that_last_first(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        outages, ids = StoredOutages(state, Clock()), cases(state)
        first = outages.keep(outage(FAILURES[0], ids[0]), [])
        second = outages.keep(outage(FAILURES[1], ids[0]), [])
        outages.end(second, [])
        records = StoredRecords(tmp_path)
        assert [one.number for one in records.outages(NOW)] == [first.number, second.number]
        assert [one.number for one in records.outages(NOW + 1)] == [first.number]


@pytest.mark.parametrize("ended", [True, False])
def test_the_case_of_an_outage_stays_as_long_as_that(tmp_path: Path, *, ended: bool) -> None:
    with open_state(tmp_path) as state, open_sightings(tmp_path) as sightings:
        outages, ids = StoredOutages(state, Clock()), cases(state)
        kept = outages.keep(outage(FAILURES[0], ids[0]), [])
        if ended:
            outages.end(kept, [])
        with state.transaction() as db:
            db.execute("UPDATE cases SET stage = 'done'")
        clock = Clock()
        clock.now = lambda: NOW + KEEP_CASES + 1  # type: ignore[method-assign]
        Retention(state, sightings, clock).step()
        with state.reading() as db:
            left = [row["id"] for row in db.execute("SELECT id FROM cases")]
    assert left == ([] if ended else [ids[0]])
