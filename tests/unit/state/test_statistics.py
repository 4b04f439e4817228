"""The statistics of bugs, of rates and of what is new: counted as pages tell them, without what nobody may hear of."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gerritbot_er.errors import TookTooLong, Transient
from gerritbot_er.insight.bugs import BugReply, ChangeHit, Counted, Counts
from gerritbot_er.insight.figures import Series, Spread, Where
from gerritbot_er.insight.news import FRESH, REST, NewBug
from gerritbot_er.insight.rates import JobRate, Outcomes, Quantiles
from gerritbot_er.insight.steps import Steps
from gerritbot_er.model import (
    BuildVerdict,
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
from gerritbot_er.state.statistics import StoredStatistics
from gerritbot_er.triage.cases import builds_of, open_case

from .made import SetClock

DAY = 86_400
BEGIN = 20_000 * DAY
WHERE = Where(BEGIN, BEGIN + 10 * DAY)
STEPS = Steps(BEGIN, DAY, 10)
NOVA = Change(number=7, project="nova", branch="master", owner="owner")


class Told:
    """Sightings, told of one failing report after another."""

    def __init__(self, folder: Path) -> None:
        self.clock = SetClock(BEGIN)
        self.file = open_sightings(folder)
        self.sightings = StoredSightings(self.file, self.clock, Publicity(("nova", "glance"), {"zuul": ("gate",)}))
        self.statistics = StoredStatistics(folder)
        self._builds = 0

    def fail(
        self,
        at: float,
        *bugs: str,
        change: Change = NOVA,
        job: str = "unit",
        pipeline: str = "check",
        outcome: Outcome | None = None,
        lines: tuple[Evidence, ...] = (),
    ) -> None:
        """One build of ten minutes that failed, and what was found in it a minute after its report."""
        self._builds += 1
        built = ReportedBuild(job, "FAILURE", f"{self._builds:032x}", elapsed=600)
        report = CIReport("zuul", change, 1, int(at), (built,), failed=True, digest="d", pipeline=pipeline)
        case = open_case(report, at)
        self.sightings.reported([(case.key, report)])
        matches = tuple(Match(name, Evidence(f"boom {self._builds}", "job-output.txt")) for name in bugs)
        found = outcome or (Outcome.EXPLAINED if bugs else Outcome.UNEXPLAINED)
        self.clock.seconds = at + 60
        verdicts = tuple(BuildVerdict(one, found, matches, lines=lines, logs_after=40.0) for one in builds_of(report))
        self.sightings.judged(Verdict(case, verdicts))


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    told = Told(tmp_path)
    with told.file:
        yield told


def change(number: int, project: str = "nova") -> Change:
    return replace(NOVA, number=number, project=project)


def test_one_bug_is_told_with_where_it_hits_and_what_proves_it(told: Told) -> None:
    told.fail(BEGIN - 30 * DAY, "disk-full")
    told.fail(BEGIN + 1 * DAY, "disk-full")
    told.fail(BEGIN + 1 * DAY + 5, "disk-full", pipeline="gate")
    told.fail(BEGIN + 3 * DAY, "disk-full", "other", change=change(8, "glance"), job="docs")
    told.fail(BEGIN + 4 * DAY, "other", change=change(9))
    found = told.statistics.bug("disk-full", WHERE, STEPS)
    assert found is not None
    assert (found.first_at, found.last_at) == (BEGIN - 30 * DAY, BEGIN + 3 * DAY)
    assert found.spread == Spread(3, 2, BEGIN + DAY, BEGIN + 3 * DAY, 1800, 1)
    assert found.course.series == (
        Series("others", (0, 1, 0, 1, 0, 0, 0, 0, 0, 0)),
        Series("that reset a gate", (0, 1, 0, 0, 0, 0, 0, 0, 0, 0)),
    )
    assert found.jobs == Counts((Counted("unit", 2), Counted("docs", 1)), 0)
    assert found.projects == Counts((Counted("nova", 2), Counted("glance", 1)), 0)
    assert found.pipelines == Counts((Counted("check", 2), Counted("gate", 1)), 0)
    assert found.changes == (
        ChangeHit(8, "glance", "master", 1, BEGIN + 3 * DAY),
        ChangeHit(7, "nova", "master", 2, BEGIN + DAY + 5),
    )
    assert [(one.job, one.change, one.match.evidence) for one in found.samples] == [
        ("docs", 8, Evidence("boom 4", "job-output.txt")),
        ("unit", 7, Evidence("boom 3", "job-output.txt")),
        ("unit", 7, Evidence("boom 2", "job-output.txt")),
    ]


def test_a_bug_outside_of_the_time_keeps_its_first_and_last_day(told: Told) -> None:
    told.fail(BEGIN - DAY, "disk-full")
    found = told.statistics.bug("disk-full", WHERE, STEPS)
    assert found is not None
    assert (found.spread, found.first_at, found.jobs, found.samples) == (None, BEGIN - DAY, Counts((), 0), ())
    assert told.statistics.bug("no such", WHERE, STEPS) is None


def test_what_is_not_public_is_in_no_figure(told: Told) -> None:
    hidden = (change(5, "secret"), replace(change(6), private=True))
    for one in hidden:
        told.fail(BEGIN + DAY, "disk-full", change=one)
        told.fail(BEGIN + DAY, change=one, lines=(Evidence("no answer from the database", "console"),))
    assert told.statistics.bugs(WHERE) == []
    assert told.statistics.courses(WHERE, STEPS) == {}
    assert told.statistics.bug("disk-full", WHERE, STEPS) is None
    assert told.statistics.spread(WHERE) is None
    assert told.statistics.failures(WHERE, STEPS, 9).outcomes == Outcomes()
    assert told.statistics.rates(WHERE, STEPS, 9).deciding is None
    assert told.statistics.news(BEGIN + 2 * DAY).bugs == ()
    assert told.statistics.news(BEGIN + 2 * DAY).groups == ()
    assert set(map(tuple, told.statistics.suggestions(BEGIN + 2 * DAY).values())) == {()}


def test_a_change_that_became_private_is_listed_no_more(told: Told) -> None:
    told.fail(BEGIN + DAY, "disk-full")
    told.fail(BEGIN + DAY, "disk-full", change=change(8))
    told.fail(BEGIN + 2 * DAY, "disk-full", change=replace(NOVA, private=True))
    found = told.statistics.bug("disk-full", WHERE, STEPS)
    assert found is not None
    assert [one.change for one in found.changes] == [8]
    assert [one.change for one in found.samples] == [8]


def test_what_people_answered_about_a_bug_stands_with_it(told: Told) -> None:
    told.fail(BEGIN + DAY, "disk-full")
    wrong = Reply(NOVA, 1, "owner", BEGIN + DAY, Judgement.WRONG, signatures=("disk-full", "other"))
    another = Reply(NOVA, 1, "core", BEGIN + DAY + 60, Judgement.BUG, bug="disk-full", signatures=("other",))
    confirmed = Reply(NOVA, 1, "owner", BEGIN + DAY + 90, Judgement.CONFIRM, signatures=("other",))
    told.sightings.replied((wrong, another, confirmed))
    found = told.statistics.bug("disk-full", WHERE, STEPS)
    assert found is not None
    assert found.replies == (
        BugReply(7, "nova", "core", BEGIN + DAY + 60, Judgement.BUG, "disk-full"),
        BugReply(7, "nova", "owner", BEGIN + DAY, Judgement.WRONG, ""),
    )


def test_the_course_of_each_bug_counts_its_builds(told: Told) -> None:
    told.fail(BEGIN, "a", "b")
    told.fail(BEGIN + DAY - 1, "a")
    told.fail(BEGIN + 9 * DAY, "b")
    courses = told.statistics.courses(WHERE, STEPS)
    assert {name: course.sums for name, course in courses.items()} == {
        "a": (2, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        "b": (1, 0, 0, 0, 0, 0, 0, 0, 0, 1),
    }


def test_rates_tell_what_became_of_failed_builds_and_how_fast(told: Told) -> None:
    told.fail(BEGIN, "a")
    told.fail(BEGIN + DAY, job="docs")
    told.fail(BEGIN + DAY, outcome=Outcome.NO_LOGS)
    told.fail(BEGIN + DAY, outcome=Outcome.WAITING)
    rates = told.statistics.rates(WHERE, STEPS, 9)
    assert rates.failures.outcomes == Outcomes(explained=1, unexplained=1, no_logs=1, waiting=1)
    assert rates.failures.jobs == (
        JobRate("unit", 3, 3, Outcomes(explained=1, no_logs=1, waiting=1)),
        JobRate("docs", 1, 1, Outcomes(unexplained=1)),
    )
    assert rates.failures.course.sums == (1, 3, 0, 0, 0, 0, 0, 0, 0, 0)
    assert rates.deciding == Quantiles(3, 60, 60, 60)
    assert rates.logs == Quantiles(4, 40, 40, 40)
    few = told.statistics.failures(replace(WHERE, job="unit"), STEPS, 0)
    assert (few.outcomes.all, few.jobs, few.more_jobs) == (3, (), 1)


def test_reach_counts_builds_and_changes_whatever_is_known_of_them(told: Told) -> None:
    told.fail(BEGIN, "a", pipeline="gate")
    told.fail(BEGIN + 5, change=change(8))
    assert told.statistics.spread(WHERE) == Spread(2, 2, BEGIN, BEGIN + 5, 1200, 1)


def test_a_bug_is_news_when_it_hits_first_or_after_a_long_rest(told: Told) -> None:
    now = BEGIN + FRESH
    told.fail(BEGIN - REST - DAY, "again")
    told.fail(BEGIN - DAY, "known")
    for name in ("again", "known", "new"):
        told.fail(BEGIN + DAY, name)
    told.fail(BEGIN + 2 * DAY, "new", change=change(8))
    assert told.statistics.news(now).bugs == (
        NewBug("again", BEGIN + DAY, BEGIN - REST - DAY, 1, 1),
        NewBug("new", BEGIN + DAY, None, 2, 2),
    )
    assert told.statistics.news(now + 3 * DAY).bugs == ()


def test_a_group_is_news_when_a_second_change_has_it(told: Told) -> None:
    lines = (Evidence("oslo_db.exception.DBError: lost connection to the database", "job-output.txt"),)
    told.fail(BEGIN - DAY, lines=lines)
    told.fail(BEGIN, lines=lines)
    assert told.statistics.news(BEGIN + DAY).groups == ()
    told.fail(BEGIN + DAY, change=change(8), job="docs", lines=lines)
    (group,) = told.statistics.news(BEGIN + DAY).groups
    assert (group.at, group.began_at, group.builds, group.changes) == (BEGIN + DAY, BEGIN - DAY, 3, 2)
    assert (group.job, group.lines) == ("docs", lines)


def test_filters_suggest_what_failed_most_lately(told: Told) -> None:
    told.fail(BEGIN, job="docs")
    told.fail(BEGIN, change=change(8, "glance"))
    told.fail(BEGIN)
    told.fail(BEGIN - 30 * DAY, job="long ago")
    assert told.statistics.suggestions(BEGIN + DAY) == {
        "project": ["nova", "glance"],
        "branch": ["master"],
        "pipeline": ["check"],
        "job": ["unit", "docs"],
    }


def test_an_author_has_one_voice_on_a_change_the_last_one(told: Told) -> None:
    told.fail(BEGIN, "disk-full")
    said = [
        Reply(NOVA, patchset, author, BEGIN + second, judgement, bug=bug, signatures=("disk-full",))
        for patchset, author, second, judgement, bug in (
            (1, "owner", 10, Judgement.CONFIRM, None),
            *((patchset, "owner", 600 * patchset, Judgement.WRONG, None) for patchset in range(1, 50)),
            (50, "owner", 50_000, Judgement.BUG, "7"),
            (1, "core", 20, Judgement.CONFIRM, None),
        )
    ]
    told.sightings.replied(said)
    found = told.statistics.signatures(WHERE, ["disk-full"])
    assert [(one.judgement, one.bug) for one in found.replies] == [(Judgement.BUG, "7"), (Judgement.CONFIRM, "")]


def test_a_build_that_everything_explains_makes_no_pairs(told: Told) -> None:
    names = [f"bug-{number}" for number in range(21)]
    told.fail(BEGIN, *names)
    for second in range(1, 4):
        told.fail(BEGIN + second, *names[:2])
    assert [(one.one, one.other, one.common) for one in told.statistics.signatures(WHERE, names).both] == [
        ("bug-0", "bug-1", 3)
    ]


def test_what_takes_too_long_is_given_up_in_the_middle_of_a_query(told: Told) -> None:
    told.fail(BEGIN + DAY)
    with told.file.transaction() as db:
        columns = [row["name"] for row in db.execute("PRAGMA table_info(builds)")][2:]
        places = ", ".join(columns)
        made = "WITH RECURSIVE made (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM made WHERE n < 3000)"
        copied = f"INSERT INTO builds (number, identity, {places}) SELECT n, n, {places} FROM builds, made"  # noqa: S608 - ours
        db.execute(f"{made} {copied}")
    hours = replace(WHERE, since=BEGIN + 1.0)
    looks: list[bool] = []

    def over() -> bool:
        looks.append(len(looks) > 1)
        return looks[-1]

    too_long = r"sightings\.db: what was asked of it took too long; ask for less$"
    with told.statistics.within(over) as bounded, pytest.raises(TookTooLong, match=too_long):
        bounded.spread(hours)
    assert looks == [False, False, True]
    with told.statistics.within(lambda: True) as bounded, pytest.raises(TookTooLong, match=too_long):
        bounded.hidden()
    with told.statistics.within(lambda: False) as bounded:
        whole = bounded.spread(hours)
    assert whole is not None
    assert whole.builds == 3000


def test_what_is_asked_within_a_time_is_read_from_one_opening(told: Told, tmp_path: Path) -> None:
    told.fail(BEGIN + DAY, "oom")
    with told.statistics.within(lambda: False) as bounded:
        found = bounded.bugs(WHERE)
        (tmp_path / "sightings.db").rename(tmp_path / "elsewhere.db")
        assert bounded.bugs(WHERE) == found != []
        with pytest.raises(Transient, match="cannot be read: unable to open database file"):
            told.statistics.bugs(WHERE)


def test_nothing_is_told_within_a_time_of_what_is_still_to_be_hidden(told: Told, tmp_path: Path) -> None:
    told.fail(BEGIN + DAY, "oom")
    closed = StoredStatistics(tmp_path, ("glance",))
    with (
        closed.within(lambda: False) as bounded,
        pytest.raises(Transient, match="the sightings do not fit public_projects yet"),
    ):
        bounded.bugs(WHERE)
