"""What signatures hit in many days, from what is counted of it by days and weeks."""

import sqlite3
from collections.abc import Mapping, Sequence

from gerritbot_er.insight.bugs import RESET_COSTS, Counted
from gerritbot_er.insight.figures import BugFigures, Spread

from .rolled import CHANGES_HIT, EDGES, JOBS_HIT, members_of
from .sums import sums
from .whole_days import WEEK, WholeDays


def costliest(db: sqlite3.Connection, days: WholeDays, most: int | None) -> tuple[Sequence[BugFigures], int]:
    """At most so many signatures that hit, the costliest first, and how many hit in all."""
    rows = db.execute(_BUGS[days.most], {**days.values, "reset_costs": RESET_COSTS}).fetchall()
    first = {row["signature"]: row for row in rows[:most]}
    changes, jobs = (members_of(db, kind, first, days) for kind in (CHANGES_HIT, JOBS_HIT))
    found = ((row["name"], _spread(db, row, changes[number], days), jobs[number]) for number, row in first.items())
    return [BugFigures(*one) for one in found], len(rows)


def hits(db: sqlite3.Connection, days: WholeDays) -> Mapping[str, tuple[int, int]]:
    """Builds and changes that each signature hit."""
    rows = db.execute(_HITS[days.most], days.values).fetchall()
    changes = members_of(db, CHANGES_HIT, (row["signature"] for row in rows), days)
    return {row["name"]: (row["builds"], changes[row["signature"]]) for row in rows}


def courses(db: sqlite3.Connection, days: WholeDays, length: float) -> Sequence[sqlite3.Row]:
    """The builds that each signature hit, by the number of the step."""
    weekly = length % WEEK == 0 and (days.first, days.end) == (days.first_week * 7, days.end_week * 7)
    return db.execute(_WEEKLY if weekly else _COURSES, {**days.values, "length": length}).fetchall()


def pairs(db: sqlite3.Connection, days: WholeDays, least: int) -> Mapping[tuple[int, int], int]:
    """How many builds two signatures both explain, where they are so many or more."""
    rows = db.execute(_PAIRS, {**days.values, "least": least})
    return {(row["one"], row["other"]): row["builds"] for row in rows}


class OfSignature:
    """Figures of one signature; steps are of so many seconds, of whole days."""

    def __init__(self, db: sqlite3.Connection, signature: int, days: WholeDays, length: float) -> None:
        self._db = db
        self._days = days
        self._values = {**days.values, "signature": signature, "length": length}

    def spread(self) -> Spread | None:
        """None where it did not hit."""
        row = self._db.execute(_BUG, self._values).fetchone()
        if row is None:
            return None
        changes = members_of(self._db, CHANGES_HIT, (row["signature"],), self._days)
        return _spread(self._db, row, changes[row["signature"]], self._days)

    def course(self) -> Sequence[sqlite3.Row]:
        """Builds in a gate, and not in one, by the number of the step."""
        return self._db.execute(_COURSE, self._values).fetchall()

    def names(self, of: str) -> Sequence[Counted]:
        """Where it hit, the name with most builds first; ``of`` is a column of the hits."""
        rows = self._db.execute(_COUNTS.format(column=of, edges=_OF_EDGES), {**self._values, "what": of})
        return [Counted(row["name"], row["builds"]) for row in rows]


def _spread(db: sqlite3.Connection, row: sqlite3.Row, changes: int, days: WholeDays) -> Spread:
    first_at, last_at = db.execute(_ENDS, {**days.values, "signature": row["signature"]}).fetchone()
    return Spread(row["builds"], changes, first_at, last_at, row["seconds"], row["resets"])


_DAYS = "FROM hit_days WHERE day >= :first AND day < :end"
_END = """
    (SELECT at FROM hits WHERE signature = :signature AND at >= :since AND at < :until AND NOT hidden
    ORDER BY at {order} LIMIT 1)
"""
_ENDS = f"SELECT {_END.format(order='ASC')}, {_END.format(order='DESC')}"
_NAME = "(SELECT name FROM names WHERE id = signature) AS name"
_BUGS = {
    most: f"""
        SELECT {_NAME}, signature, builds, seconds, resets FROM ({found}) WHERE builds > 0
        ORDER BY seconds + :reset_costs * resets DESC, builds DESC, name
    """  # noqa: S608 - ours
    for most, found in sums("hit", "signature", "day", "builds", "seconds", "resets").items()
}
_BUG = f"""
    SELECT signature, sum(builds) AS builds, sum(seconds) AS seconds, sum(resets) AS resets {_DAYS}
    AND signature = :signature GROUP BY signature
"""
_HITS = {
    most: f"SELECT {_NAME}, signature, builds FROM ({found}) WHERE builds > 0"  # noqa: S608 - ours
    for most, found in sums("hit", "signature", "day", "builds").items()
}
_STEP = "CAST((day * 86400 - :since) / :length AS INTEGER) AS step, sum(builds)"
_COURSES = f"SELECT signature, {_STEP} AS builds {_DAYS} GROUP BY 1, 2"
_WEEKLY = """
    SELECT signature, CAST((week * 604800 - :since) / :length AS INTEGER) AS step, sum(builds) AS builds FROM hit_weeks
    WHERE what = '' AND week >= :first_week AND week < :end_week GROUP BY 1, 2
"""
_OF_ONE = f"{_DAYS} AND signature = :signature GROUP BY 2"
_COURSE = f"""
    SELECT 0 AS gate, {_STEP} - sum(gate) AS builds {_OF_ONE}
    UNION ALL SELECT 1 AS gate, {_STEP.replace("builds)", "gate)")} AS builds {_OF_ONE}
"""
_OF_EDGES = EDGES.format(table="hits INDEXED BY hits_by_signature")
_COUNTS = """
    SELECT (SELECT name FROM names WHERE id = number) AS name, sum(builds) AS builds FROM (
        SELECT name AS number, sum(builds) AS builds FROM hit_weeks
        WHERE signature = :signature AND what = :what AND week >= :first_week AND week < :end_week GROUP BY 1
        UNION ALL
        SELECT {column} AS number, count(*) AS builds FROM {edges} WHERE signature = :signature GROUP BY 1
    ) GROUP BY number ORDER BY builds DESC, name
"""
_PAIRS = """
    SELECT one, other, sum(builds) AS builds FROM pair_days WHERE day >= :first AND day < :end GROUP BY 1, 2
    HAVING sum(builds) >= :least
"""
