"""A made year of sightings as large as OpenDev's: a million failed builds of a few hundred projects.

Rows are written straight into the tables, since a year through the daemon would take a day.  How names are spread over
builds follows a power law, as projects, jobs and bugs do; who reads the figures must not mistake them for real ones.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from gerritbot_er.codec import to_json
from gerritbot_er.model import Evidence, Match
from gerritbot_er.state import SIGHTINGS_FILE, open_sightings
from gerritbot_er.state.migrations import SIGHTINGS
from gerritbot_er.state.opening import open_database
from gerritbot_er.state.rollups import ROLLUPS

DAY = 86_400
DAYS = 365
END = 1_800_000_000
"""The last second of the year."""
EVIDENCE_DAYS = 90
"""Days for which lines are kept."""
PROJECTS, JOBS, BRANCHES, SIGNATURES, GROUPS = 900, 4000, 6, 150, 6000
PIPELINES = ("check", "gate", "periodic", "experimental", "post")
EXPLAINED, WITH_LINES = 0.55, 0.35
"""The share of builds with a known bug, and of those with none but with lines; the rest has no logs."""
SECOND_EVERY = 20
"""Explained builds, one of which another signature explains as well."""
BUILDS_A_REPORT = 3
"""Failed ones of a failing report."""
RUNS_A_DAY = 3000
"""Combinations of job, project, branch and pipeline that ran on a day."""

_LINE = "2026-11-21 03:04:05.678901 | primary | ERROR: {what} failed: no answer from 10.0.0.{n} after 300 seconds"


def fill(folder: Path, builds: int) -> None:
    """Write so many failed builds, the reports and runs around them, and what is known of each.

    They are counted when all are there, by the step that does so for a file of before there were counts.
    """
    path = folder / SIGHTINGS_FILE
    before = SIGHTINGS.index(ROLLUPS)
    _write(path, SIGHTINGS[:before], builds)
    with open_sightings(folder):
        path.with_name(f"{path.name}.step-{before}").unlink()


def _write(path: Path, migrations: Sequence[str], builds: int) -> None:
    chance = random.Random(1)  # noqa: S311 - no secret
    with open_database(path, migrations) as database:
        with database.reading() as db:
            db.execute("PRAGMA synchronous=OFF")
        with database.transaction() as db:
            names = _names()
            db.executemany("INSERT INTO names VALUES (?, ?)", enumerate(names, start=1))
            number = {name: place for place, name in enumerate(names, start=1)}
            db.executemany(
                "INSERT INTO failure_groups VALUES (?, ?, ?, ?, '[]')",
                [(n, f"{n:012x}", END - DAYS * DAY, END) for n in range(1, GROUPS + 1)],
            )
            made = _Rows(chance, number, builds)
            for table, rows in (
                ("runs", made.runs()),
                ("reports", made.reports()),
                ("builds", made.builds()),
                ("hits", made.hits()),
                ("evidence", made.evidence()),
                ("telling", made.telling()),
            ):
                first = next(rows)
                places = ", ".join("?" * len(first))
                db.execute(f"INSERT INTO {table} VALUES ({places})", first)  # noqa: S608 - ours
                db.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608 - ours
        with database.reading() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _names() -> list[str]:
    return [
        "zuul",
        "FAILURE",
        "TIMED_OUT",
        *PIPELINES,
        *(f"branch-{n}" for n in range(BRANCHES)),
        *(f"openstack/project-{n}" for n in range(PROJECTS)),
        *(f"project-job-{n}-ubuntu-noble" for n in range(JOBS)),
        *(f"{1_000_000 + n}" for n in range(SIGNATURES)),
    ]


class _Rows:
    """The rows of each table, in the order of time."""

    def __init__(self, chance: random.Random, number: dict[str, int], builds: int) -> None:
        self._chance = chance
        self._number = number
        self._builds = [self._build(n, builds) for n in range(1, builds + 1)]

    def _build(self, n: int, builds: int) -> tuple[int, ...]:
        """Number, second, job, project, branch, pipeline, change, seconds, gate, outcome, signature or group."""
        report = n // BUILDS_A_REPORT
        there = random.Random(report)  # noqa: S311 - no secret
        at = END - DAYS * DAY + (DAYS * DAY * report * BUILDS_A_REPORT) // builds
        project = self._number[f"openstack/project-{_power(there, PROJECTS)}"]
        branch = self._number[f"branch-{_power(there, BRANCHES)}"]
        pipeline = PIPELINES[min(int(there.expovariate(1.2)), len(PIPELINES) - 1)]
        change = 700_000 + report // 3 + _power(there, 400)
        job = self._number[f"project-job-{_power(self._chance, JOBS)}-ubuntu-noble"]
        share = self._chance.random()
        kind = 0 if share < EXPLAINED else 1 if share < EXPLAINED + WITH_LINES else 2
        which = self._number[f"{1_000_000 + _power(self._chance, SIGNATURES)}"] if kind == 0 else 0
        which = 1 + _power(self._chance, GROUPS) if kind == 1 else which
        seconds = int(self._chance.expovariate(1 / 2400))
        return n, at, job, project, branch, self._number[pipeline], change, seconds, pipeline == "gate", kind, which

    def runs(self) -> Iterator[tuple[object, ...]]:
        first = (END - DAYS * DAY) // DAY
        for day in range(first, first + DAYS):
            seen = set()
            for _ in range(RUNS_A_DAY):
                job = self._number[f"project-job-{_power(self._chance, JOBS)}-ubuntu-noble"]
                project = self._number[f"openstack/project-{_power(self._chance, PROJECTS)}"]
                branch, pipeline = self._number["branch-0"], self._number["check"]
                if (job, project) not in seen:
                    seen.add((job, project))
                    yield day, job, project, branch, pipeline, 0, 12, 1, 30_000

    def reports(self) -> Iterator[tuple[object, ...]]:
        for n, at, _, project, branch, pipeline, change, _, gate, _, _ in self._builds[::BUILDS_A_REPORT]:
            report = n // BUILDS_A_REPORT
            yield report, f"builds:{report:064x}", at, 1, project, branch, pipeline, change, 1, 1, gate, 0, 0, report

    def builds(self) -> Iterator[tuple[object, ...]]:
        outcomes = ("explained", "unexplained", "no logs")
        for n, at, job, project, branch, pipeline, change, seconds, gate, kind, which in self._builds:
            place = (n, f"{n:032x}", n // BUILDS_A_REPORT, at, 1, job, project, branch, pipeline, change, 1, 2, 1)
            group_number = which if kind == 1 else None
            yield (*place, seconds, gate, 0, outcomes[kind], 240.0 + n % 600, group_number, 0, 120.0 + n % 300)

    def hits(self) -> Iterator[tuple[object, ...]]:
        for n, at, job, project, branch, pipeline, change, seconds, gate, kind, which in self._builds:
            if kind == 0:
                report = n // BUILDS_A_REPORT
                yield n, which, at, job, project, branch, pipeline, change, report, seconds, gate, 0, 0
                other = self._number[f"{1_000_000 + n // SECOND_EVERY % SIGNATURES}"]
                if n % SECOND_EVERY == 0 and other != which:
                    yield n, other, at, job, project, branch, pipeline, change, report, seconds, gate, 0, 0

    def evidence(self) -> Iterator[tuple[object, ...]]:
        for n, at, *_, kind, which in self._builds:
            if kind == 0 and at > END - EVIDENCE_DAYS * DAY:
                yield n, which, at, to_json(Match(str(which), _line(n)))

    def telling(self) -> Iterator[tuple[object, ...]]:
        for n, at, *_, kind, _ in self._builds:
            if kind == 1 and at > END - EVIDENCE_DAYS * DAY:
                lines: Sequence[Evidence] = tuple(_line(n + more) for more in range(6))
                yield n, at, to_json(lines), "[0]"


def _line(n: int) -> Evidence:
    return Evidence(_LINE.format(what=f"task {n % 97}", n=n % 250), "job-output.txt", 1000 + n % 9000)


def _power(chance: random.Random, most: int) -> int:
    """0 to most - 1, the small ones far more often."""
    return min(int(most ** chance.random()) - 1, most - 1) if most > 1 else 0
