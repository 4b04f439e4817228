"""How far failures reach: which other changes count, which are not told of, and by which indexes that is found."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gerritbot_er.model import (
    BuildVerdict,
    Case,
    Change,
    CIReport,
    Evidence,
    Failure,
    Match,
    Outcome,
    Reach,
    ReportedBuild,
    Verdict,
)
from gerritbot_er.state import Publicity, StoredSightings
from gerritbot_er.state import reach as queries
from gerritbot_er.state.database import Database
from gerritbot_er.triage.cases import builds_of, open_case

from .made import NOW, Clock

AT = int(NOW)
DAY = 86_400
BUG = Failure("disk-full")
LINE = Evidence("ERROR frobnicator: the flux capacitor is out of phase", "job-output.txt")


@pytest.fixture
def sightings(file: Database) -> StoredSightings:
    return StoredSightings(file, Clock(), Publicity(("nova", "glance")))


def report(change: int, at: int = AT, *, build: int = 0, **more: object) -> CIReport:
    made = Change(change, "nova", "master")
    uuid = f"{build or change * 1000 + at % 1000:032x}"
    report = CIReport("zuul", made, 1, at, (ReportedBuild("unit", "FAILURE", uuid),), failed=True, digest="d")
    return replace(report, change=replace(made, **more))  # type: ignore[arg-type]


def judged(sightings: StoredSightings, told: CIReport, *, known: bool = True) -> Verdict:
    """The report and its verdict, remembered."""
    (build,) = builds_of(told)
    explained = BuildVerdict(build, Outcome.EXPLAINED, (Match(BUG.name, LINE),))
    case: Case = open_case(told, NOW)
    found = explained if known else BuildVerdict(build, Outcome.UNEXPLAINED, lines=(LINE,))
    verdict = Verdict(case, (found,))
    sightings.reported([(case.key, told)])
    sightings.judged(verdict)
    return verdict


def reach(sightings: StoredSightings, verdict: Verdict) -> Reach:
    (found,) = sightings.reach(verdict, verdict.case.report.at, 3600.0)
    return found


@pytest.mark.parametrize("known", [True, False])
def test_other_changes_of_the_last_day_count_once_each(sightings: StoredSightings, *, known: bool) -> None:
    for change, at in ((1, AT - DAY - 1), (2, AT - DAY + 1), (3, AT - 60), (3, AT - 50), (4, AT - 10), (5, AT + 1)):
        judged(sightings, report(change, at), known=known)
    ours = reach(sightings, judged(sightings, report(4), known=known))
    assert ours.failure.known is known
    assert (ours.others, ours.alone, ours.newest) == (3, False, AT)
    assert ours.hits == ((AT - 60, 3), (AT - 50, 3), (AT - 10, 4), (AT, 4), (AT + 1, 5))
    assert sightings.changes_hit(ours.failure, AT - 60) == 3


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("later", [-1, 0, 1])
def test_of_two_that_fail_together_the_one_judged_last_tells_of_the_other(
    sightings: StoredSightings, later: int, *, known: bool
) -> None:
    first = reach(sightings, judged(sightings, report(1, AT), known=known))
    second = reach(sightings, judged(sightings, report(2, AT + later), known=known))
    assert (first.others, first.alone) == (0, True)
    assert (second.others, second.alone) == (1, False)


def test_a_report_that_is_judged_late_counts_the_day_before_the_newest_one(sightings: StoredSightings) -> None:
    late = report(1, AT - 2 * DAY)
    for change, at in ((2, AT - 2 * DAY - 60), (3, AT - 60), (4, AT)):
        judged(sightings, report(change, at))
    sightings.reported([(open_case(late, NOW).key, late), ("text:x", replace(report(5, AT), builds=()))])
    ours = reach(sightings, judged(sightings, late))
    assert (ours.others, ours.newest) == (2, AT)


def test_the_first_is_alone_and_stays_so_however_often_it_is_judged(sightings: StoredSightings) -> None:
    for _ in range(2):
        ours = reach(sightings, judged(sightings, report(1)))
        assert (ours.others, ours.alone) == (0, True)
    judged(sightings, report(2, AT - 3 * DAY))
    ours = reach(sightings, judged(sightings, report(1)))
    assert (ours.others, ours.alone) == (0, False)


def test_a_build_that_is_reported_on_two_changes_of_a_cycle_is_no_other_failure(sightings: StoredSightings) -> None:
    judged(sightings, report(1, build=7))
    ours = reach(sightings, judged(sightings, report(2, build=7)))
    assert (ours.others, ours.alone) == (0, True)


@pytest.mark.parametrize("hidden", [{"private": True}, {"project": "plans"}])
def test_f46_what_not_everybody_may_hear_of_is_in_no_number(sightings: StoredSightings, hidden: dict[str, Any]) -> None:
    judged(sightings, report(1, **hidden))
    ours = reach(sightings, judged(sightings, report(2)))
    assert (ours.others, ours.alone, ours.hits) == (None, False, ((AT, 2),))
    judged(sightings, report(3, project="glance"))
    assert reach(sightings, judged(sightings, report(2))).others == 1
    theirs = reach(sightings, judged(sightings, report(1, **hidden)))
    assert theirs.others == 2, "who may see such a change may hear of the others"
    assert sightings.changes_hit(BUG, 0) == 2


def test_nothing_is_known_of_a_build_that_was_not_judged(sightings: StoredSightings) -> None:
    unheard = report(1)
    (build,) = builds_of(unheard)
    verdict = Verdict(open_case(unheard, NOW), (BuildVerdict(build, Outcome.UNEXPLAINED),))
    assert sightings.reach(verdict, AT, 60.0) == []
    assert sightings.changes_hit(Failure("nobody"), 0) == sightings.changes_hit(Failure("0" * 12, known=False), 0) == 0


def test_f40_statistics_that_cannot_be_read_tell_nothing(
    sightings: StoredSightings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    verdict = judged(sightings, report(1))
    (tmp_path / "sightings.db").rename(tmp_path / "elsewhere.db")
    assert sightings.reach(verdict, AT, 60.0) == []
    assert sightings.changes_hit(BUG, 0) == 0
    assert {message.partition(": ")[0] for message in caplog.messages} == {"nothing is known of other changes"}


@pytest.mark.parametrize("query", ["_OTHERS", "_ANY", "_HITS", "_COUNT"])
@pytest.mark.parametrize("failure", [BUG, Failure("a" * 12, known=False)])
def test_each_question_is_answered_out_of_an_index(file: Database, query: str, failure: Failure) -> None:
    place = queries._of_signature(1) if failure.known else queries._of_group(1)
    sql = getattr(queries, query).format(place=place, mine="1")
    values = {"value": 1, "change": 1, "since": 0, "until": 1}
    with file.reading() as db:
        plan = [row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    index = r"hits_by_signature\w*" if failure.known else "builds_by_group"
    assert any(re.search(rf"INDEX {index} \((signature|group_number)=\?", step) for step in plan), plan
    assert not any(step.startswith("SCAN") for step in plan), plan
