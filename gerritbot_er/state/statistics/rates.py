"""What failed, how much of it is explained, and how long that takes."""

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from gerritbot_er.insight.figures import Spread, Where
from gerritbot_er.insight.rates import OUTCOMES, Failures, JobRate, Outcomes, Rates, quantiles
from gerritbot_er.insight.steps import DAY, Steps
from gerritbot_er.model import Outcome

from . import rolled
from .counts import counts
from .names import name_of
from .where import REACH, RESETS, conditions, spread_of
from .whole_days import whole_days, whole_hours

_OfJob = tuple[int, Outcomes]
"""A job's number, and what became of its builds."""


def rates(db: sqlite3.Connection, where: Where, steps: Steps, most: int) -> Rates:
    """See ``ports.reading.Statistics``."""
    deciding, logs = map(quantiles, _waits(db, where))
    return Rates(failures(db, where, steps, most), deciding, logs)


def failures(db: sqlite3.Connection, where: Where, steps: Steps, most: int) -> Failures:
    """See ``ports.reading.Statistics``."""
    counted = _by_step(db, where, steps)
    jobs, all_jobs = _by_job(db, where, most)
    runs = _runs(db, where, [job for job, _ in jobs])
    course = [(OUTCOMES[one], row["step"], row[one.name.lower()]) for row in counted for one in Outcome]
    return Failures(
        outcomes=Outcomes(**{name: sum(row[name] for row in counted) for name in _NAMES}),
        later=sum(row["later"] for row in counted),
        course=steps.timeline(tuple(OUTCOMES.values()), course),
        jobs=tuple(JobRate(name_of(db, job), *runs.get(job, (0, 0)), outcomes) for job, outcomes in jobs),
        more_jobs=all_jobs - len(jobs),
    )


def spread(db: sqlite3.Connection, where: Where) -> Spread | None:
    """See ``ports.reading.Statistics``."""
    days = whole_days(db, where)
    if days is not None:
        return rolled.spread(db, days)
    condition, values = conditions(db, where)
    row = db.execute(_SPREAD.format(condition=condition), values).fetchone()
    return spread_of(row) if row["builds"] else None


def _waits(db: sqlite3.Connection, where: Where) -> Iterable[Iterable[tuple[int, int]]]:
    """Seconds, and how many builds waited for so long, the shortest first: for their verdict, and for their logs."""
    days = whole_days(db, where)
    if days is not None:
        return [rolled.waits(db, what, days) for what in ("decided", "logs")]
    waits = counts(db, "builds", where, "CAST(decided_after AS INTEGER)", "CAST(logs_after AS INTEGER)")
    return [sorted(one.items()) for one in waits]


def _by_step(db: sqlite3.Connection, where: Where, steps: Steps) -> Sequence[sqlite3.Row]:
    hours = whole_hours(db, where, steps)
    if hours is not None:
        return rolled.by_step(db, hours, steps)
    condition, values = conditions(db, where)
    return db.execute(_BY_STEP.format(condition=condition), {**values, "length": steps.length}).fetchall()


def _by_job(db: sqlite3.Connection, where: Where, most: int) -> tuple[Sequence[_OfJob], int]:
    """So many jobs with most builds, and how many there are in all."""
    days = whole_days(db, where)
    if days is not None:
        rows, every = rolled.by_job(db, days, most)
        return [(row["job"], _outcomes(row)) for row in rows], every
    (pairs,) = counts(db, "builds", where, _PAIR)
    builds: Counter[int] = Counter()
    for pair, count in pairs.items():
        builds[pair // len(Outcome)] += count
    first = sorted(builds, key=lambda job: (-builds[job], job))[:most]
    outcomes = ({name: pairs[job * len(Outcome) + number] for number, name in enumerate(_NAMES)} for job in first)
    return [(job, Outcomes(**found)) for job, found in zip(first, outcomes, strict=True)], len(builds)


def _runs(db: sqlite3.Connection, where: Where, jobs: Collection[int]) -> Mapping[int, tuple[int, int]]:
    """How often each of these jobs ran and failed, on the whole days that the time touches."""
    days = whole_days(db, where)
    if days is None:
        return _runs_on(db, where, jobs, int(where.since // DAY), int(-(-where.until // DAY)))
    parts = (
        rolled.runs(db, days, jobs),
        _runs_on(db, where, jobs, days.first, days.first_week * 7),
        _runs_on(db, where, jobs, days.end_week * 7, days.end),
    )
    return {
        job: (sum(one.get(job, (0, 0))[0] for one in parts), sum(one.get(job, (0, 0))[1] for one in parts))
        for job in jobs
    }


def _runs_on(
    db: sqlite3.Connection, where: Where, jobs: Collection[int], first: int, end: int
) -> Mapping[int, tuple[int, int]]:
    """The same on days from the first to before the end."""
    condition, values = conditions(db, where, time=_DAYS_AND_JOBS)
    asked = {"first": first, "end": end, "jobs": json.dumps(list(jobs))}
    rows = db.execute(_RUNS.format(condition=condition), {**values, **asked})
    return {row["job"]: (row["runs"], row["failed"]) for row in rows}


def _outcomes(row: sqlite3.Row) -> Outcomes:
    return Outcomes(**{name: row[name] for name in _NAMES})


_NAMES = tuple(outcome.name.lower() for outcome in Outcome)
_SPREAD = f"SELECT {REACH}, {RESETS} FROM builds WHERE {{condition}}"  # noqa: S608 - ours
_OUTCOMES = ", ".join(f"sum(outcome = '{one}') AS {one.name.lower()}" for one in Outcome)
_BY_STEP = f"""
    SELECT CAST((at - :since) / :length AS INTEGER) AS step, {_OUTCOMES}, sum(later) AS later
    FROM builds WHERE {{condition}} GROUP BY 1
"""  # noqa: S608 - ours
_NUMBERED = " ".join(f"WHEN '{one}' THEN {number}" for number, one in enumerate(Outcome))
_PAIR = f"job * {len(Outcome)} + CASE outcome {_NUMBERED} END"
"""A job and an outcome as one number, which is counted sooner."""
_DAYS = """
    day IN (
        WITH RECURSIVE days (day) AS (
            SELECT min(day) FROM runs WHERE day >= :first AND day < :end
            UNION ALL SELECT (SELECT min(day) FROM runs WHERE day > days.day AND day < :end) FROM days
            WHERE day IS NOT NULL
        ) SELECT day FROM days)
"""
# By its key the table is found by day and job: a few hundred looks for the jobs that are shown, not all rows of a day.
_DAYS_AND_JOBS = (_DAYS, "job IN (SELECT value FROM json_each(:jobs))")
_RUNS = "SELECT job, sum(runs) AS runs, sum(failed) AS failed FROM runs WHERE {condition} GROUP BY job"
