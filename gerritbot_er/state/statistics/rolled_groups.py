"""The groups of unexplained failures in many days, from what is counted of them by days and weeks."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gerritbot_er.insight.figures import Spread

from .rolled import CHANGES_GROUPED, EDGES, JOBS_GROUPED, members_of
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
    rows = db.execute(_GROUPS, days.values).fetchall()
    builds = {row["group_number"]: (row["builds"], row["seconds"]) for row in rows}
    every = sum(count for count, _ in builds.values())
    ungrouped, _ = builds.pop(0, (0, 0))
    begun = {row["group_number"] for row in db.execute(_NEW, {**days.values, "new": max(new, days.values["since"])})}
    ranked: list[_Ranked] = [_ranked(db, days, number, builds[number][0], new=True) for number in begun]
    old = [(number, count) for number, (count, _) in builds.items() if number not in begun]
    ranked += _most_changes(db, days, old, most - len(ranked))
    first = sorted(ranked, key=_order)[:most]
    return [_of_group(db, days, one, builds[one.group_number][1]) for one in first], len(builds), every, ungrouped


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
    db: sqlite3.Connection, days: WholeDays, groups: Sequence[tuple[int, int]], most: int
) -> Iterator[_Ranked]:
    """Those that may be among so many with most changes; ``groups`` have the most builds first.

    A group hits no more changes than it has builds, so that those with fewer builds than enough others have changes
    need not be looked at.
    """
    enough: list[int] = []
    for group_number, builds in groups:
        if (len(enough) >= most and builds < enough[most - 1]) or most <= 0:
            return
        one = _ranked(db, days, group_number, builds, new=False)
        enough = sorted([*enough, one.changes], reverse=True)[:most]
        yield one


def _ranked(db: sqlite3.Connection, days: WholeDays, group_number: int, builds: int, *, new: bool) -> _Ranked:
    last_at = db.execute(_END.format(order="DESC"), {**days.values, "group_number": group_number}).fetchone()["at"]
    return _Ranked(group_number, builds, members_of(db, CHANGES_GROUPED, group_number, days), last_at, new)


def _of_group(db: sqlite3.Connection, days: WholeDays, one: _Ranked, seconds: int) -> OfGroup:
    first_at = db.execute(_END.format(order="ASC"), {**days.values, "group_number": one.group_number}).fetchone()["at"]
    spread = Spread(one.builds, one.changes, first_at, one.last_at, seconds)
    return OfGroup(one.group_number, spread, members_of(db, JOBS_GROUPED, one.group_number, days))


_UNEXPLAINED = "outcome = 'unexplained' AND NOT later AND NOT hidden"
_GROUPS = f"""
    SELECT group_number, sum(builds) AS builds, sum(seconds) AS seconds FROM (
        SELECT group_number, sum(builds) AS builds, sum(seconds) AS seconds FROM group_weeks
        WHERE week >= :first_week AND week < :end_week GROUP BY group_number
        UNION ALL
        SELECT coalesce(group_number, 0) AS group_number, count(*) AS builds, sum(coalesce(seconds, 0)) AS seconds
        FROM {EDGES.format(table="builds INDEXED BY unexplained_builds")}
        WHERE outcome = 'unexplained' AND NOT later GROUP BY 1
    ) GROUP BY group_number ORDER BY sum(builds) DESC
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
