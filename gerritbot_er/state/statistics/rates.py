"""What failed, how much of it is explained, and how long that takes."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping

from gerritbot_er.insight.figures import Spread, Where
from gerritbot_er.insight.rates import OUTCOMES, Failures, JobRate, Outcomes, Rates, quantiles
from gerritbot_er.insight.steps import DAY, Steps
from gerritbot_er.model import Outcome

from .names import name_of
from .where import conditions, spread_of


def rates(db: sqlite3.Connection, where: Where, steps: Steps, most: int) -> Rates:
    """See ``ports.reading.Statistics``."""
    condition, values = conditions(db, where)
    deciding, logs = (
        quantiles(db.execute(_MEASURED.format(column=column, condition=condition), values))
        for column in ("decided_after", "logs_after")
    )
    return Rates(failures(db, where, steps, most), deciding, logs)


def failures(db: sqlite3.Connection, where: Where, steps: Steps, most: int) -> Failures:
    """See ``ports.reading.Statistics``."""
    condition, values = conditions(db, where)
    counted = db.execute(_BY_STEP.format(condition=condition), {**values, "length": steps.length}).fetchall()
    course = ((OUTCOMES[Outcome(row["outcome"])], row["step"], row["builds"]) for row in counted)
    jobs = db.execute(_BY_JOB.format(condition=condition), values).fetchall()
    first = {row["job"]: row for row in jobs[:most]}
    runs = _runs(db, where, first)
    return Failures(
        outcomes=_sum(counted),
        later=sum(row["later"] for row in counted),
        course=steps.timeline(tuple(OUTCOMES.values()), course),
        jobs=tuple(JobRate(name_of(db, job), *runs.get(job, (0, 0)), _outcomes(row)) for job, row in first.items()),
        more_jobs=len(jobs) - len(first),
    )


def spread(db: sqlite3.Connection, where: Where) -> Spread | None:
    """See ``ports.reading.Statistics``."""
    condition, values = conditions(db, where)
    row = db.execute(_SPREAD.format(condition=condition), values).fetchone()
    return spread_of(row) if row["builds"] else None


def _runs(db: sqlite3.Connection, where: Where, jobs: Iterable[int]) -> Mapping[int, tuple[int, int]]:
    """How often each of these jobs ran and failed, on the whole days that the time touches."""
    condition, values = conditions(db, where, time=_DAYS_AND_JOBS)
    asked = {"first": where.since // DAY, "last": where.until // DAY, "jobs": json.dumps(list(jobs))}
    rows = db.execute(_RUNS.format(condition=condition), {**values, **asked})
    return {row["job"]: (row["runs"], row["failed"]) for row in rows}


def _sum(counted: Iterable[sqlite3.Row]) -> Outcomes:
    sums: Counter[str] = Counter()
    for row in counted:
        sums[Outcome(row["outcome"]).name.lower()] += row["builds"]
    return Outcomes(**sums)


def _outcomes(row: sqlite3.Row) -> Outcomes:
    return Outcomes(**{name: row[name] for name in _NAMES})


_NAMES = tuple(outcome.name.lower() for outcome in Outcome)
_SPREAD = """
    SELECT count(*) AS builds, count(DISTINCT change) AS changes, min(at) AS first_at, max(at) AS last_at,
        sum(seconds) AS seconds, count(DISTINCT CASE WHEN gate THEN report END) AS resets
    FROM builds WHERE {condition}
"""
_BY_STEP = """
    SELECT CAST((at - :since) / :length AS INTEGER) AS step, outcome, count(*) AS builds, sum(later) AS later
    FROM builds WHERE {condition} GROUP BY 1, 2
"""
_BY_JOB = f"""
    SELECT job, {", ".join(f"sum(outcome = '{one}') AS {one.name.lower()}" for one in Outcome)} FROM builds
    WHERE {{condition}} GROUP BY job ORDER BY count(*) DESC, job
"""  # noqa: S608 - ours
_DAYS = """
    day IN (
        WITH RECURSIVE days (day) AS (
            SELECT min(day) FROM runs WHERE day >= :first
            UNION ALL SELECT (SELECT min(day) FROM runs WHERE day > days.day AND day <= :last) FROM days
            WHERE day IS NOT NULL
        ) SELECT day FROM days)
"""
# By its key the table is found by day and job: a few hundred looks for the jobs that are shown, not all rows of a day.
_DAYS_AND_JOBS = (_DAYS, "job IN (SELECT value FROM json_each(:jobs))")
_RUNS = "SELECT job, sum(runs) AS runs, sum(failed) AS failed FROM runs WHERE {condition} GROUP BY job"
_MEASURED = """
    SELECT CAST({column} AS INTEGER) AS seconds, count(*) AS builds FROM builds
    WHERE {column} IS NOT NULL AND {condition} GROUP BY 1 ORDER BY 1
"""
