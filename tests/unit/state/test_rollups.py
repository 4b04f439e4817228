"""What is counted by hours, days and weeks is what a count of the rows gives, whatever was done to them."""

import sqlite3
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gerritbot_er.insight.figures import Where
from gerritbot_er.insight.steps import DAY, Steps
from gerritbot_er.model import BuildVerdict, Change, CIReport, Evidence, Match, Outcome, ReportedBuild, Verdict
from gerritbot_er.ports.past import Retried
from gerritbot_er.ports.reading import KEEP_SIGHTINGS
from gerritbot_er.state import Publicity, StoredSightings, StoredTrials, open_sightings, open_state
from gerritbot_er.state.migrations import SIGHTINGS
from gerritbot_er.state.publishing import Publishing
from gerritbot_er.state.retention import Retention
from gerritbot_er.state.rollups import COUNT_ALL, ROLLUPS, SHARED_BY_MOST
from gerritbot_er.state.statistics import StoredStatistics
from gerritbot_er.triage.cases import builds_of, open_case

from .made import SetClock

BEGIN = 20_001 * int(DAY)
"""No whole week begins on that day."""
DAYS = 40
TABLES = (
    "failed_hours",
    "job_weeks",
    "job_totals",
    "run_weeks",
    "wait_weeks",
    "group_weeks",
    "group_totals",
    "hit_days",
    "hit_totals",
    "hit_weeks",
    "pair_days",
    "day_members",
)
SIGNATURES = ("disk-full", "lost-node", "oom")
NOT_PRIVATE = False
LINES = ("no answer from the database", "the registry refused the pull", "permission denied: /etc/shadow")
PUBLIC = (("nova", "glance"), ("nova",), ("nova", "glance", "secret"))
ASKED = ((0, DAYS), (0, DAYS + 100), (3, 17), (5, 33), (6, 100), (-1, 13), (20, 34), (4, 11))
"""First and last day of times that are asked for."""


@dataclass(frozen=True)
class Failing:
    """A report of a change on a day, of builds of these jobs that fail, and what is found in each."""

    day: int
    change: int
    private: bool
    pipeline: str
    jobs: tuple[str, ...]
    outcome: Outcome
    bugs: tuple[str, ...]
    line: str


@dataclass(frozen=True)
class Doing:
    """Something else that changes sightings, with a number that says to which, or how."""

    what: str
    which: int


class World:
    """Sightings to which things are done."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SetClock(BEGIN)
        self.file = open_sightings(folder)
        with self.file.reading() as db:
            db.execute("PRAGMA synchronous=OFF")
        self.verdicts: list[Verdict] = []
        self._builds = 0
        self._publish(PUBLIC[0])

    def _publish(self, projects: tuple[str, ...]) -> None:
        self.public = projects
        publishing = Publishing(self.file, self.clock, projects)
        while publishing.step() < 10:
            self.clock.seconds += 1
        gates = {"zuul": ("gate",)}
        self.sightings = StoredSightings(self.file, self.clock, Publicity(projects, gates))

    def do(self, step: Failing | Doing) -> None:
        if isinstance(step, Failing):
            self.fail(step)
        else:
            getattr(self, f"_{step.what}")(step.which)

    def fail(self, one: Failing) -> None:
        at = BEGIN + one.day * int(DAY) + 3600 * (one.change % 24) + 1800
        builds = []
        for job in one.jobs:
            self._builds += 1
            builds.append(ReportedBuild(job, "FAILURE", f"{self._builds:032x}", elapsed=600))
        project = ("nova", "glance", "secret")[one.change % 3]
        change = Change(one.change, project, f"branch-{one.change % 2}", private=one.private)
        report = CIReport("zuul", change, 1, at, tuple(builds), failed=True, digest="d", pipeline=one.pipeline)
        case = open_case(report, float(at))
        self.clock.seconds = max(self.clock.seconds, at + 60.0 + one.change)
        self.sightings.reported([(case.key, report)])
        self._judge(Verdict(case, tuple(self._found(build, one) for build in builds_of(report))))

    def _found(self, build: object, one: Failing) -> BuildVerdict:
        matches = tuple(Match(name, Evidence(name, "log")) for name in one.bugs) if one.outcome == "explained" else ()
        lines = (Evidence(one.line, "job-output.txt"),) if one.line and one.outcome == "unexplained" else ()
        return BuildVerdict(build, one.outcome, matches, lines=lines, logs_after=float(one.change))  # type: ignore[arg-type] # a build

    def _judge(self, verdict: Verdict) -> None:
        self.sightings.judged(verdict)
        self.verdicts.append(verdict)

    def _judge_again(self, which: int) -> None:
        """With what was found in the build of another."""
        if self.verdicts:
            one, other = (self.verdicts[number % len(self.verdicts)] for number in (which, which // 3))
            model = other.builds[0]
            self._judge(replace(one, builds=tuple(replace(model, build=found.build) for found in one.builds)))

    def _find_later(self, which: int) -> None:
        trials = StoredTrials(self.file, self.clock)
        asked = dict.fromkeys(SIGNATURES, "digest")
        trials.begin("store", asked)
        matches = tuple(Match(name, Evidence(name, "log")) for name in SIGNATURES[: which % 4])
        trials.found_later("store", asked, [Retried(1 + which % (self._builds + 1), matches, sure=True)], {})

    def _make_private(self, which: int) -> None:
        self.sightings.made_private([(1 + which % 5, BEGIN + which % DAYS * int(DAY))])

    def _publish_others(self, which: int) -> None:
        self._publish(PUBLIC[which % len(PUBLIC)])

    def _grow_old(self, which: int) -> None:
        """Rows of so many days go, in the steps in which they do."""
        clock = SetClock(BEGIN)
        clock.seconds = BEGIN + which % (DAYS // 2) * DAY + KEEP_SIGHTINGS
        with open_state(self.folder) as state:
            Retention(state, self.file, clock).step()

    def counted(self) -> dict[str, list[tuple[object, ...]]]:
        with self.file.reading() as db:
            return {table: _rows(db, table) for table in TABLES}

    def recounted(self) -> dict[str, list[tuple[object, ...]]]:
        with closing(sqlite3.connect(":memory:")) as copy:
            with self.file.reading() as db:
                db.backup(copy)
            for table in TABLES:
                copy.execute(f"DELETE FROM {table}")  # noqa: S608 - ours
            copy.executescript(COUNT_ALL)
            return {table: _rows(copy, table) for table in TABLES}


def _rows(db: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    return sorted(tuple(row) for row in db.execute(f"SELECT * FROM {table}"))  # noqa: S608 - ours


def _answers(statistics: StoredStatistics, where: Where, steps: Steps) -> list[object]:
    now = BEGIN + DAYS * DAY
    return [
        statistics.spread(where),
        statistics.rates(where, steps, 3),
        statistics.bugs(where),
        statistics.costliest(where, 2),
        statistics.courses(where, steps),
        *(statistics.bug(name, where, steps) for name in SIGNATURES),
        statistics.unexplained(where, now, 2),
        statistics.unexplained(where, now, 50),
        (figures := statistics.signatures(where, SIGNATURES)).hits,
        sorted(figures.both, key=repr),
        [_group(statistics, one.id, where) for one in statistics.unexplained(where, now, 50).groups],
    ]


def _group(statistics: StoredStatistics, group_id: str, where: Where) -> object:
    """With its builds by days, which are told by hours where no whole days are asked for."""
    found = statistics.group(group_id, where, 3)
    assert found is not None
    days = Counter[float]()
    for at, builds in found.moments:
        days[at // DAY] += builds
    return replace(found, moments=tuple(days.items()))


FAILING = st.builds(
    Failing,
    day=st.integers(0, DAYS - 1),
    change=st.integers(1, 6),
    private=st.sampled_from((False, False, False, True)),
    pipeline=st.sampled_from(("check", "gate")),
    jobs=st.lists(st.sampled_from(("unit", "docs", "lint")), min_size=1, unique=True).map(tuple),
    outcome=st.sampled_from((Outcome.EXPLAINED, Outcome.UNEXPLAINED, Outcome.UNEXPLAINED, *Outcome)),
    bugs=st.lists(st.sampled_from(SIGNATURES), min_size=1, unique=True).map(tuple),
    line=st.sampled_from(("", *LINES)),
)
DOING = st.builds(
    Doing,
    st.sampled_from(
        ("judge_again", "judge_again", "find_later", "find_later", "make_private", "publish_others", "grow_old")
    ),
    st.integers(0, 1000),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(FAILING, min_size=1, max_size=12), st.lists(st.one_of(FAILING, DOING), max_size=12), st.sampled_from(ASKED)
)
def test_the_counts_are_those_of_the_rows(
    first: Sequence[Failing], then: Sequence[Failing | Doing], asked: tuple[int, int]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        world = World(Path(name))
        with world.file:
            for step in (*first, *then):
                world.do(step)
            assert world.counted() == world.recounted()
            statistics = StoredStatistics(world.folder)
            since, until = (BEGIN + day * DAY for day in asked)
            steps = Steps(since, DAY, asked[1] - asked[0])
            from_counts = _answers(statistics, Where(since, until), steps)
            from_rows = _answers(statistics, Where(since + 1, until), steps)  # nothing fails in a day's first second
            assert from_counts == from_rows


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize("more", [SHARED_BY_MOST - 1, SHARED_BY_MOST, SHARED_BY_MOST + 1, SHARED_BY_MOST + 2])
def test_a_build_that_too_many_signatures_explain_makes_no_pairs(world: World, more: int) -> None:
    one = Failing(1, 1, NOT_PRIVATE, "check", ("unit",), Outcome.EXPLAINED, tuple(f"bug-{n}" for n in range(more)), "")
    with world.file:
        world.fail(replace(one, change=3))
        assert len(world.counted()["pair_days"]) == (more * (more - 1) // 2 if more <= SHARED_BY_MOST else 0)
        assert world.counted() == world.recounted()
        world.fail(replace(one, change=4, bugs=one.bugs[:2]))
        world.do(Doing("judge_again", 3))
        assert world.counted() == world.recounted()


def test_a_group_of_few_builds_stands_before_one_of_many_on_fewer_changes(world: World) -> None:
    one = Failing(1, 3, NOT_PRIVATE, "check", ("unit", "docs", "lint"), Outcome.UNEXPLAINED, (), LINES[0])
    with world.file:
        world.fail(one)
        for change in (6, 9):
            world.fail(replace(one, change=change, jobs=("unit",), line=LINES[1]))
        found = StoredStatistics(world.folder).unexplained(Where(BEGIN, BEGIN + 20 * DAY), BEGIN + 20 * DAY, 1)
        assert [(group.spread.builds, group.spread.changes) for group in found.groups] == [(2, 2)]
        assert (found.more, found.builds) == (1, 5)


def test_a_file_without_counts_gets_them_when_it_is_opened(world: World) -> None:
    for day in range(0, DAYS, 3):
        world.fail(Failing(day, day, NOT_PRIVATE, "gate", ("unit", "docs"), Outcome.EXPLAINED, SIGNATURES[:2], ""))
        world.fail(Failing(day, day, NOT_PRIVATE, "gate", ("unit",), Outcome.UNEXPLAINED, (), LINES[0]))
    counted = world.counted()
    world.file.close()
    _take_counts_away(world.folder / "sightings.db", SIGHTINGS.index(ROLLUPS))
    with open_sightings(world.folder) as world.file:
        assert world.counted() == counted


def _take_counts_away(path: Path, step: int) -> None:
    with closing(sqlite3.connect(path)) as db:
        with closing(sqlite3.connect(":memory:")) as before:
            for script in SIGHTINGS[:step]:
                before.executescript(script)
            kept = {row[0] for row in before.execute("SELECT name FROM sqlite_master")}
        for kind in ("trigger", "view", "index", "table"):
            for (name,) in db.execute(
                "SELECT name FROM sqlite_master WHERE type = ? AND sql IS NOT NULL", (kind,)
            ).fetchall():
                if name not in kept:
                    db.execute(f"DROP {kind} {name}")
        db.execute(f"PRAGMA user_version = {step}")
        db.commit()
