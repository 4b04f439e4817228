"""The failed builds of many days, from what is counted of them by hours and weeks."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from gerritbot_er.insight.figures import Spread
from gerritbot_er.insight.steps import Steps
from gerritbot_er.model import Outcome

from .sums import sums
from .whole_days import WholeDays

ALL_CHANGES, CHANGES_HIT, JOBS_HIT, CHANGES_GROUPED, JOBS_GROUPED = 1, 2, 3, 4, 5
"""What ``day_members`` counts."""
EDGES = """
    (SELECT :since AS begin, :head AS before UNION ALL SELECT :tail, :until) AS edge
    CROSS JOIN {table} ON at >= begin AND at < before AND NOT hidden
"""
"""Rows of the days before the whole weeks, and after them."""


def members_of(db: sqlite3.Connection, kind: int, owners: Iterable[int], days: WholeDays) -> Mapping[int, int]:
    """How many different ones each of these owners has in these days."""
    asked = _MEMBERS.format(indexed=_INDEXED[days.most])
    rows = db.execute(asked, {**days.values, "kind": kind, "owners": json.dumps(list(owners))})
    return {row["owner"]: row["members"] for row in rows}


def spread(db: sqlite3.Connection, days: WholeDays) -> Spread | None:
    """How far all failures reach; None where nothing failed."""
    row = db.execute(_SPREAD, days.values).fetchone()
    if not row["builds"]:
        return None
    changes = members_of(db, ALL_CHANGES, (0,), days)[0]
    return Spread(row["builds"], changes, row["first_at"], row["last_at"], row["seconds"], row["resets"])


def by_step(db: sqlite3.Connection, hours: Mapping[str, float], steps: Steps) -> Sequence[sqlite3.Row]:
    """For each step that has any: its number, builds by outcome, and how many were explained later."""
    return db.execute(_BY_STEP, {**hours, "since": steps.since, "length": steps.length}).fetchall()


def by_job(db: sqlite3.Connection, days: WholeDays, most: int) -> tuple[Sequence[sqlite3.Row], int]:
    """Builds by outcome of so many jobs with most builds, the first with most of all; and how many jobs have any."""
    ranked = [row["job"] for row in db.execute(_JOBS[days.most], days.values)]
    rows = db.execute(_OUTCOMES, {**days.values, "jobs": json.dumps(ranked[:most])}).fetchall()
    return sorted(rows, key=lambda row: ranked.index(row["job"])), len(ranked)


def runs(db: sqlite3.Connection, days: WholeDays, jobs: Iterable[int]) -> Mapping[int, tuple[int, int]]:
    """How often each of these jobs ran and failed in the weeks of these days."""
    rows = db.execute(_RUNS, {**days.values, "jobs": json.dumps(list(jobs))})
    return {row["job"]: (row["runs"], row["failed"]) for row in rows}


def waits(db: sqlite3.Connection, what: str, days: WholeDays) -> Sequence[tuple[int, int]]:
    """Seconds, and how many builds waited for so long, the shortest first; ``what`` is "decided" or "logs"."""
    measured: Counter[int] = Counter()
    for row in db.execute(_WAITS[what], {**days.values, "what": what}):
        measured[row["seconds"]] += row["builds"]
    return sorted(measured.items())


_INDEXED = {True: "INDEXED BY day_members_by_day_before", False: "NOT INDEXED"}
"""Rows of the days that are asked for, or those whose day before lies before them: by which there are fewer."""
_MEMBERS = """
    SELECT value AS owner, coalesce((
        SELECT sum(members) FROM day_members {indexed}
        WHERE kind = :kind AND owner = value AND day >= :first AND day < :end AND before < :first
    ), 0) AS members FROM json_each(:owners)
"""
_END = "(SELECT at FROM builds WHERE at >= :since AND at < :until AND NOT hidden ORDER BY at {order} LIMIT 1)"
_SPREAD = f"""
    SELECT sum(builds) AS builds, sum(seconds) AS seconds, sum(resets) AS resets,
        {_END.format(order="ASC")} AS first_at, {_END.format(order="DESC")} AS last_at
    FROM failed_hours WHERE hour >= :first * 24 AND hour < :end * 24
"""  # noqa: S608 - ours
_SUMS = ", ".join(f"sum({one.name}) AS {one.name.lower()}" for one in Outcome)
_BY_STEP = f"""
    SELECT CAST((hour * 3600 - :since) / :length AS INTEGER) AS step, {_SUMS}, sum(later) AS later FROM failed_hours
    WHERE hour >= :first AND hour < :end GROUP BY 1
"""  # noqa: S608 - ours
_COUNTED = ", ".join(f"sum(outcome = '{one}') AS {one.name.lower()}" for one in Outcome)
_OF_EDGES = EDGES.format(table="builds")
_JOBS = {
    most: f"""
        SELECT job FROM (
            {weeks} UNION ALL SELECT job, count(*) AS builds FROM {_OF_EDGES} GROUP BY job
        ) GROUP BY job HAVING sum(builds) > 0 ORDER BY sum(builds) DESC, job
    """  # noqa: S608 - ours
    for most, weeks in sums("job", "job", "week", "builds").items()
}
_OF_JOBS = "job IN (SELECT value FROM json_each(:jobs))"
_OUTCOMES = f"""
    SELECT job, {_SUMS} FROM (
        SELECT job, {_SUMS} FROM job_weeks WHERE {_OF_JOBS} AND week >= :first_week AND week < :end_week GROUP BY job
        UNION ALL
        SELECT job, {_COUNTED} FROM {_OF_EDGES} WHERE {_OF_JOBS} GROUP BY job
    ) GROUP BY job
"""  # noqa: S608 - ours
_RUNS = f"""
    SELECT job, sum(runs) AS runs, sum(failed) AS failed FROM run_weeks
    WHERE {_OF_JOBS} AND week >= :first_week AND week < :end_week GROUP BY job
"""  # noqa: S608 - ours
_WAITS = {
    what: f"""
        SELECT seconds, sum(builds) AS builds FROM wait_weeks
        WHERE what = :what AND week >= :first_week AND week < :end_week GROUP BY seconds
        UNION ALL
        SELECT CAST({column} AS INTEGER) AS seconds, count(*) AS builds FROM {_OF_EDGES}
        WHERE {column} IS NOT NULL GROUP BY 1
    """  # noqa: S608 - ours
    for what, column in (("decided", "decided_after"), ("logs", "logs_after"))
}
