"""The sightings: what counts as the same report and the same build, what is hidden, and what is lost without harm."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.insight.figures import BugFigures, Spread, Where
from gerritbot_er.model import (
    BuildVerdict,
    Case,
    Change,
    CIReport,
    Evidence,
    Judgement,
    Match,
    Outcome,
    Reply,
    ReportedBuild,
    Verdict,
)
from gerritbot_er.state import Publicity, StoredSightings, open_sightings
from gerritbot_er.state.database import Database
from gerritbot_er.state.statistics import StoredStatistics
from gerritbot_er.triage.cases import builds_of, open_case

from .made import NOW, Clock, publish

REPORT = CIReport(
    ci="zuul",
    change=Change(number=7, project="nova", branch="master"),
    patchset=1,
    at=1000,
    builds=(),
    failed=True,
    digest="d",
)
BAD = ReportedBuild("unit", "FAILURE", "a" * 32, elapsed=600)
GOOD = ReportedBuild("docs", "SUCCESS", "b" * 32, elapsed=60, failed=False)
GATE = Publicity(gates={"zuul": ("gate",)})
EVER = Where(0, 1 << 40)


def values(file: Database, query: str) -> list[object]:
    with file.reading() as db:
        return [tuple(row) if len(tuple(row)) > 1 else row[0] for row in db.execute(query)]


def explained(report: CIReport, *signatures: str) -> Verdict:
    """A verdict in which each of these explains every failed build of the report."""
    matches = tuple(Match(name, Evidence("boom", "job-output.txt")) for name in signatures)
    builds = tuple(BuildVerdict(build, Outcome.EXPLAINED, matches) for build in builds_of(report))
    return Verdict(open_case(report, 1010.0), builds)


def keep(sightings: StoredSightings, *reports: CIReport) -> None:
    for report in reports:
        sightings.reported([(open_case(report, 0.0).key, report)])


def test_the_same_text_on_another_day_is_another_report(file: Database) -> None:
    sightings = StoredSightings(file, Clock())
    for at in (1000, 1005, 1006, 90_000, 89_995):
        sightings.reported([("text:a", replace(REPORT, at=at))])
    assert values(file, "SELECT at FROM reports ORDER BY at") == [1000, 1006, 90_000]


def test_the_same_builds_are_one_report_however_late_they_are_read_again(file: Database) -> None:
    sightings = StoredSightings(file, Clock())
    for at in (1000, 1001, 90_000):
        sightings.reported([("builds:a", replace(REPORT, at=at, builds=(BAD, GOOD)))])
    assert values(file, "SELECT at FROM reports") == [1000]
    assert values(file, "SELECT name, runs, failed, seconds FROM runs JOIN names ON id = job ORDER BY name") == [
        ("docs", 1, 0, 60), ("unit", 1, 1, 600),
    ]  # fmt: skip


def test_a_build_reported_on_several_changes_of_a_cycle_is_one_build(file: Database) -> None:
    first = replace(REPORT, builds=(BAD, GOOD))
    second = replace(first, change=replace(REPORT.change, number=8), at=1002)
    keep(StoredSightings(file, Clock()), first, second)
    assert values(file, "SELECT change FROM reports") == [7, 8]
    assert values(file, "SELECT change FROM builds") == [7]
    assert values(file, "SELECT sum(runs), sum(failed) FROM runs") == [(2, 1)]


def test_a_verdict_replaces_the_one_on_the_same_report_alone(file: Database) -> None:
    sightings = StoredSightings(file, Clock())
    build = replace(builds_of(replace(REPORT, builds=(BAD,)))[0], identity="unit")
    for at in (1000, 90_000, 90_000):
        case = Case("0", "text:a", replace(REPORT, at=at), 0.0)
        sightings.judged(Verdict(case, (BuildVerdict(build, Outcome.EXPLAINED, (Match("disk-full"),)),)))
    assert values(file, "SELECT at FROM hits") == [1000, 90_000]


def test_a_bug_costs_the_time_that_its_builds_ran_and_the_gates_that_it_reset(file: Database, tmp_path: Path) -> None:
    sightings = StoredSightings(file, Clock(), GATE)
    checked = replace(REPORT, builds=(BAD,), pipeline="check")
    other = replace(BAD, job="functional", uuid="d" * 32, elapsed=5000)
    gated = replace(REPORT, builds=(replace(BAD, uuid="c" * 32), other), pipeline="gate", at=2000)
    keep(sightings, checked, gated)
    sightings.judged(explained(checked, "disk-full"))
    sightings.judged(explained(gated, "disk-full"))
    assert StoredStatistics(tmp_path).bugs(EVER) == [BugFigures("disk-full", Spread(3, 1, 1000, 2000, 6200, 1), jobs=2)]
    assert StoredStatistics(tmp_path).bugs(replace(EVER, pipeline="check")) == [
        BugFigures("disk-full", Spread(1, 1, 1000, 1000, 600, 0), jobs=1)
    ]
    assert StoredStatistics(tmp_path).bugs(replace(EVER, pipeline="promote")) == []
    assert values(file, "SELECT decided_after FROM builds LIMIT 1") == [NOW - 1010.0]


def test_a_build_that_does_not_vote_resets_no_gate(file: Database, tmp_path: Path) -> None:
    sightings = StoredSightings(file, Clock(), GATE)
    quiet = replace(BAD, job="functional", uuid="d" * 32, voting=False)
    gated = replace(REPORT, builds=(BAD, quiet), pipeline="gate")
    keep(sightings, gated)
    voted, other = explained(gated, "voted").builds[0], explained(gated, "quiet").builds[1]
    sightings.judged(replace(explained(gated, "voted"), builds=(voted, other)))
    resets = {one.signature: one.spread.resets for one in StoredStatistics(tmp_path).bugs(EVER)}
    assert resets == {"voted": 1, "quiet": 0}
    assert values(file, "SELECT gate FROM reports") == [1]


def test_f46_what_is_not_public_is_in_no_figure_even_if_it_was_before(file: Database, tmp_path: Path) -> None:
    private = replace(REPORT, builds=(BAD,), change=replace(REPORT.change, private=True))
    public = replace(REPORT, builds=(replace(BAD, uuid="c" * 32),), at=1001)
    sightings = StoredSightings(file, Clock())
    for report in (private, public):
        keep(sightings, report)
        sightings.judged(explained(report, "disk-full"))
    statistics = StoredStatistics(tmp_path)
    assert [one.spread.builds for one in statistics.bugs(EVER)] == [1]
    publish(file, "glance")
    assert statistics.bugs(EVER) == []
    publish(file, "nova")
    assert [one.spread.builds for one in statistics.bugs(EVER)] == [1], "the private one stays hidden"
    assert values(file, "SELECT sum(runs) FROM runs") == [1]


HIDDEN = "SELECT change, at, hidden FROM {} ORDER BY change, at"


@given(st.permutations(range(6)))
def test_f46_what_was_heard_until_a_change_was_private_last_is_hidden_in_whatever_order_it_is_learnt(
    order: list[int],
) -> None:
    other = replace(REPORT.change, number=8)
    moments = {at: replace(REPORT, at=at, builds=(replace(BAD, uuid=f"{at:032x}"),)) for at in (1000, 2000, 3000)}
    with TemporaryDirectory() as folder, open_sightings(Path(folder)) as file:
        with file.reading() as db:
            db.execute("PRAGMA synchronous=OFF")
        sightings = StoredSightings(file, Clock())

        def told(report: CIReport) -> None:
            keep(sightings, report)
            sightings.judged(explained(report, "disk-full"))
            sightings.replied([Reply(report.change, 1, "ada", report.at, Judgement.CONFIRM)])

        steps: list[Callable[[], None]] = [
            *(partial(told, report) for report in moments.values()),
            partial(sightings.made_private, [(7, 1500)]),
            partial(sightings.made_private, [(7, 2000)]),
            partial(told, replace(moments[2000], change=other, builds=(replace(BAD, uuid="8" * 32),))),
        ]
        for step in order:
            steps[step]()
        hidden = [(7, 1000, 1), (7, 2000, 1), (7, 3000, 0), (8, 2000, 0)]
        for table in ("reports", "builds", "hits", "replies"):
            assert values(file, HIDDEN.format(table)) == hidden, table
        for projects in (("glance",), ("nova",)):
            publish(file, *projects)
        assert values(file, HIDDEN.format("replies")) == hidden


def test_f46_what_a_private_change_built_well_is_compared_with_nothing(file: Database) -> None:
    sightings = StoredSightings(file, Clock())
    private = replace(REPORT.change, number=8, private=True)
    for hour, change in enumerate((REPORT.change, private, REPORT.change)):
        good = replace(GOOD, uuid=f"{hour}".ljust(32, "0"))
        keep(sightings, replace(REPORT, failed=False, at=1000 + hour * 7200, builds=(good,), change=change))
    (build,) = builds_of(replace(REPORT, builds=(replace(BAD, job="docs"),)))
    assert [one.identity[0] for one in sightings.successes(build)] == ["2", "0"]
    sightings.made_private([(7, 1000)])
    assert [one.identity[0] for one in sightings.successes(build)] == ["2"]


def test_f40_a_change_that_cannot_be_hidden_now_is_with_the_next_that_is_written(
    file: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sightings = StoredSightings(file, Clock())
    keep(sightings, replace(REPORT, builds=(BAD,)))
    (tmp_path / "sightings.db").rename(tmp_path / "elsewhere.db")
    sightings.made_private([(7, 1000)])
    assert [message.partition(": ")[0] for message in caplog.messages] == ["a sighting is lost"]
    (tmp_path / "elsewhere.db").rename(tmp_path / "sightings.db")
    keep(sightings, replace(REPORT, change=replace(REPORT.change, number=8)))
    assert values(file, HIDDEN.format("reports")) == [(7, 1000, 1), (8, 1000, 0)]


def test_a_few_builds_that_did_not_fail_are_kept_of_each_job(file: Database) -> None:
    sightings = StoredSightings(file, Clock())
    for hour in range(6):
        for minute in (0, 30):
            uuid = f"{hour:02d}{minute:02d}".ljust(32, "0")
            at = 1000 + hour * 3600 + minute * 60
            keep(sightings, replace(REPORT, failed=False, at=at, builds=(replace(GOOD, uuid=uuid),)))
    (build,) = builds_of(replace(REPORT, builds=(replace(BAD, job="docs"),)))
    assert [one.identity[:4] for one in sightings.successes(build)] == ["0500", "0400", "0300"]
    assert sightings.successes(replace(build, job="unknown")) == []


def test_f40_statistics_that_cannot_be_written_are_lost_and_said(
    file: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sightings = StoredSightings(file, Clock())
    (tmp_path / "sightings.db").rename(tmp_path / "elsewhere.db")
    sightings.reported([("text:a", REPORT)])
    assert [message.partition(": ")[0] for message in caplog.messages] == ["a sighting is lost"]
    assert sightings.successes(builds_of(replace(REPORT, builds=(BAD,)))[0]) == []
