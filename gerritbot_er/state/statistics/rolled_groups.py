"""The groups of unexplained failures in many days, from what is counted of them by days and weeks."""

import itertools
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gerritbot_er.insight.figures import Spread

from .rolled import CHANGES_GROUPED, EDGES, JOBS_GROUPED, members_of
from .sums import sums
from .whole_days import WholeDays


@dataclass(frozen=True, slots=True)
class OfGroup:
    """How far a group reaches, in builds of so many jobs; ``group_number`` is its number."""

    group_number: int
    spread: Spread
    jobs: int


def unexplained(
    db: sqlite3.Connection, days: WholeDays, new: float, most: int
) -> tuple[Sequence[OfGroup], int, int, int]:
    """At most so many groups, those that began since ``new`` first, then those that hit most changes.

    With them how many groups there are, how many unexplained builds, and those of them in no group.
    """
    rows = db.execute(_GROUPS[days.most], days.values)
    rows.row_factory = None
    builds: dict[int, int] = dict(rows)
    every = sum(builds.values())
    ungrouped = builds.pop(0, 0)
    begun = {row["group_number"] for row in db.execute(_NEW, {**days.values, "new": max(new, days.values["since"])})}
    ranked = _ranked(db, days, [(number, builds[number]) for number in begun], new=True)
    old = (one for one in builds.items() if one[0] not in begun)
    ranked += _most_changes(db, days, old, most - len(ranked))
    first = sorted(ranked, key=_order)[:most]
    jobs = members_of(db, JOBS_GROUPED, (one.group_number for one in first), days)
    return [_of_group(db, days, one, jobs[one.group_number]) for one in first], len(builds), every, ungrouped


def spread(db: sqlite3.Connection, days: WholeDays, group_number: int) -> Spread | None:
    """How far a group reaches; None where none of its builds is of these days."""
    row = db.execute(_FIGURES, {**days.values, "group_number": group_number}).fetchone()
    if not row["builds"]:
        return None
    changes = members_of(db, CHANGES_GROUPED, (group_number,), days)[group_number]
    first_at, last_at = (_end(db, days, group_number, order) for order in ("ASC", "DESC"))
    return Spread(row["builds"], changes, first_at, last_at, row["seconds"])


@dataclass(frozen=True, slots=True)
class _Ranked:
    group_number: int
    builds: int
    changes: int
    last_at: int
    new: bool


def _order(one: _Ranked) -> tuple[bool, int, int, int, int]:
    return not one.new, -one.changes, -one.builds, -one.last_at, one.group_number


def _most_changes(
    db: sqlite3.Connection, days: WholeDays, groups: Iterator[tuple[int, int]], most: int
) -> Sequence[_Ranked]:
    """Those that may be among so many with most changes; ``groups`` have the most builds first.

    A group hits no more changes than it has builds, so that those with fewer builds than enough others have changes
    need not be looked at.
    """
    found: list[_Ranked] = []
    while portion := list(itertools.islice(groups, max(most, 0))):
        enough = sorted((one.changes for one in found), reverse=True)[:most]
        if len(enough) == most and portion[0][1] < enough[-1]:
            break
        found += _ranked(db, days, portion, new=False)
    return found


def _ranked(db: sqlite3.Connection, days: WholeDays, groups: Sequence[tuple[int, int]], *, new: bool) -> list[_Ranked]:
    changes = members_of(db, CHANGES_GROUPED, (number for number, _ in groups), days)
    return [_Ranked(number, builds, changes[number], _end(db, days, number, "DESC"), new) for number, builds in groups]


def _of_group(db: sqlite3.Connection, days: WholeDays, one: _Ranked, jobs: int) -> OfGroup:
    row = db.execute(_FIGURES, {**days.values, "group_number": one.group_number}).fetchone()
    first_at = _end(db, days, one.group_number, "ASC")
    return OfGroup(one.group_number, Spread(one.builds, one.changes, first_at, one.last_at, row["seconds"]), jobs)


def _end(db: sqlite3.Connection, days: WholeDays, group_number: int, order: str) -> int:
    row = db.execute(_END.format(order=order), {**days.values, "group_number": group_number}).fetchone()
    return int(row["at"])


_UNEXPLAINED = "outcome = 'unexplained' AND NOT later AND NOT hidden"
_GROUPS = {
    most: f"""
        SELECT group_number, sum(builds) FROM (
            {weeks}
            UNION ALL
            SELECT coalesce(group_number, 0) AS group_number, count(*) AS builds
            FROM {EDGES.format(table="builds INDEXED BY unexplained_builds")}
            WHERE outcome = 'unexplained' AND NOT later GROUP BY 1
        ) GROUP BY group_number HAVING sum(builds) > 0 ORDER BY sum(builds) DESC
    """  # noqa: S608 - ours
    for most, weeks in sums("group", "group_number", "week", "builds").items()
}
_FIGURES = f"""
    SELECT sum(builds) AS builds, sum(seconds) AS seconds FROM (
        SELECT builds, seconds FROM group_weeks
        WHERE group_number = :group_number AND week >= :first_week AND week < :end_week
        UNION ALL
        SELECT 1 AS builds, coalesce(seconds, 0) AS seconds
        FROM {EDGES.format(table="builds INDEXED BY grouped_builds_by_time")}
        WHERE group_number = :group_number AND group_number IS NOT NULL AND outcome = 'unexplained' AND NOT later
    )
"""  # noqa: S608 - ours
_OF_GROUP = f"""
    FROM builds INDEXED BY grouped_builds_by_time
    WHERE group_number = {{group_number}} AND group_number IS NOT NULL AND {_UNEXPLAINED}
"""
_NEW = f"""
    SELECT group_number FROM (
        SELECT DISTINCT group_number FROM builds INDEXED BY unexplained_builds
        WHERE at >= :new AND at < :until AND group_number IS NOT NULL AND {_UNEXPLAINED}
    ) AS lately WHERE (SELECT at {_OF_GROUP.format(group_number="lately.group_number")} ORDER BY at LIMIT 1) >= :new
"""  # noqa: S608 - ours
_END = f"""
    SELECT at {_OF_GROUP.format(group_number=":group_number")} AND at >= :since AND at < :until
    ORDER BY at {{order}} LIMIT 1
"""
