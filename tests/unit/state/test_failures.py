"""Groups, builds, changes and signatures as the sightings tell them: what is counted, what hidden, by which index."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gerritbot_er.insight.bugs import Counted, Counts
from gerritbot_er.insight.figures import Where
from gerritbot_er.insight.quality import Both, Hits
from gerritbot_er.model import BuildVerdict, Change, CIReport, Evidence, Match, Outcome, ReportedBuild, Verdict
from gerritbot_er.state import Publicity, StoredSightings
from gerritbot_er.state.database import Database
from gerritbot_er.state.statistics import StoredStatistics, builds, groups, quality
from gerritbot_er.triage.cases import builds_of, open_case

from .made import Clock, publish

DAY = 86_400
AT = 20_000 * DAY
NOVA = Change(number=7, project="nova", branch="master")
WHERE = Where(AT - 10 * DAY, AT + DAY)
LOST = "ERROR: the volume could not be attached: connection to the server was lost"


@pytest.fixture
def statistics(tmp_path: Path) -> StoredStatistics:
    return StoredStatistics(tmp_path)


def fail(sightings: StoredSightings, number: int, *bugs: str, change: Change = NOVA, at: int = AT) -> None:
    """A build that failed, with these bugs, or without any and with a line that tells why."""
    built = ReportedBuild("unit", "FAILURE", f"{number:032x}", elapsed=60)
    report = CIReport("zuul", change, 1, at, (built,), failed=True, digest="d", pipeline="check")
    case = open_case(report, float(at))
    sightings.reported([(case.key, report)])
    matches = tuple(Match(name, Evidence(f"boom {name}", "job-output.txt")) for name in bugs)
    lines = () if bugs else (Evidence("exit code 1", "job-output.txt"), Evidence(LOST, "job-output.txt"))
    outcome = Outcome.EXPLAINED if bugs else Outcome.UNEXPLAINED
    found = tuple(BuildVerdict(build, outcome, matches, lines=lines) for build in builds_of(report))
    sightings.judged(Verdict(case, found))


def test_a_group_is_of_those_that_may_be_told(file: Database, statistics: StoredStatistics) -> None:
    sightings = StoredSightings(file, Clock(), Publicity(("nova",)))
    fail(sightings, 1, change=replace(NOVA, number=1, private=True), at=AT - 5 * DAY)
    fail(sightings, 2, change=replace(NOVA, number=2, project="vault"), at=AT - 4 * DAY)
    assert statistics.unexplained(WHERE, AT, 10).builds == 0
    fail(sightings, 3)
    fail(sightings, 4, at=AT + 60)
    [one] = statistics.unexplained(WHERE, AT, 10).groups
    assert (one.began_at, one.spread.builds, one.spread.changes, one.spread.seconds) == (AT, 2, 1, 120)
    assert one.line == Evidence(LOST, "job-output.txt"), "of its lines the one that tells most"
    found = statistics.group(one.id, WHERE, 10)
    assert found is not None
    assert [member.identity for member in found.members] == [f"{4:032x}", f"{3:032x}"]
    assert (found.jobs, found.projects) == (Counts((Counted("unit", 2),), 0), Counts((Counted("nova", 2),), 0))


def test_a_group_tells_the_names_with_most_builds(file: Database, statistics: StoredStatistics) -> None:
    sightings = StoredSightings(file, Clock())
    for number in range(13):
        fail(sightings, number, change=replace(NOVA, number=number, branch=f"branch-{max(number, 1):02}"))
    [one] = statistics.unexplained(WHERE, AT, 10).groups
    found = statistics.group(one.id, WHERE, 10)
    assert found is not None
    others = tuple(Counted(f"branch-{number:02}", 1) for number in range(2, 11))
    assert found.branches == Counts((Counted("branch-01", 2), *others), 2)


def test_a_group_of_which_nothing_may_be_told_is_none(file: Database, statistics: StoredStatistics) -> None:
    fail(StoredSightings(file, Clock()), 1)
    [one] = statistics.unexplained(WHERE, AT, 10).groups
    publish(file, "glance")
    assert statistics.group(one.id, WHERE, 10) is None
    assert statistics.group("no such id", WHERE, 10) is None
    assert statistics.beside("another", 10, 10).groups == {}


def test_a_draft_is_tried_on_other_groups_and_on_explained_builds(file: Database, statistics: StoredStatistics) -> None:
    sightings = StoredSightings(file, Clock())
    fail(sightings, 1)
    fail(sightings, 2, "disk-full")
    [one] = statistics.unexplained(WHERE, AT, 10).groups
    assert statistics.beside("another", 10, 10).groups == {
        one.id: (Evidence(LOST, "job-output.txt"), Evidence("exit code 1", "job-output.txt"))
    }
    assert statistics.beside(one.id, 10, 10).groups == {}
    assert statistics.beside(one.id, 10, 10).explained == ((Evidence("boom disk-full", "job-output.txt"),),)


def test_what_leaves_the_unexplained_is_in_no_group_any_more(file: Database, statistics: StoredStatistics) -> None:
    sightings = StoredSightings(file, Clock())
    fail(sightings, 1)
    fail(sightings, 1, "disk-full")
    found = statistics.unexplained(WHERE, AT, 10)
    assert (found.groups, found.builds) == ((), 0)


def test_a_list_is_bounded_and_says_how_many_more_there_are(file: Database, statistics: StoredStatistics) -> None:
    sightings = StoredSightings(file, Clock())
    for number in range(5):
        fail(sightings, number, "a", at=AT + number)
    found = statistics.change(7, 2)
    assert found is not None
    assert ([report.at for report in found.reports], found.more) == ([AT + 4, AT + 3], 3)


def test_signatures_that_hit_the_same_builds_are_paired(file: Database, statistics: StoredStatistics) -> None:
    sightings = StoredSightings(file, Clock())
    for number, bugs in enumerate((("a", "b"), ("a", "b"), ("a",), ("a", "b", "c"), ("c",))):
        fail(sightings, number, *bugs, change=replace(NOVA, number=number))
    figures = statistics.signatures(WHERE, ("a", "b", "never"))
    assert figures.hits == {"a": Hits(4, 4, AT), "b": Hits(3, 3, AT)}
    assert list(figures.both) == [Both("a", "b", 4, 3, 3)], "others have one build in common, which is chance"
    assert figures.recorded_since == AT


Question = Callable[[sqlite3.Connection, str], object]
QUESTIONS: tuple[Question, ...] = (
    lambda db, _: groups.unexplained(db, WHERE, AT, 10),
    lambda db, group: groups.group(db, group, WHERE, 10),
    lambda db, _: groups.beside(db, "another", 10, 10),
    lambda db, _: builds.build(db, f"{1:032x}"),
    lambda db, _: builds.change(db, 7, 10),
    lambda db, _: quality.signatures(db, WHERE, ("a",)),
)


@pytest.mark.parametrize("question", QUESTIONS, ids=range(len(QUESTIONS)))
def test_no_page_reads_a_whole_table(tmp_path: Path, file: Database, question: Question) -> None:
    """Of what grows with failures each step is a search; sightings have hundreds of thousands of each."""
    sightings = StoredSightings(file, Clock())
    fail(sightings, 1)
    fail(sightings, 2, "a")
    asked: list[str] = []
    with closing(sqlite3.connect(tmp_path / "sightings.db")) as db:
        db.row_factory = sqlite3.Row
        group = db.execute("SELECT id FROM failure_groups").fetchone()["id"]
        db.set_trace_callback(asked.append)
        question(db, group)
        db.set_trace_callback(None)
        steps = [row["detail"] for one in asked for row in db.execute(f"EXPLAIN QUERY PLAN {one}")]
    whole = [step for step in steps if step.startswith("SCAN") and step.split()[1] in TABLES]
    assert [step for step in whole if not step.endswith(IN_ORDER)] == []


TABLES = frozenset({"builds", "hits", "evidence", "telling", "reports", "failure_groups", "replies"})
IN_ORDER = ("evidence_by_time", "failure_groups_by_time")
"""Indexes of which the end alone is read, newest first, as many as are asked for."""
