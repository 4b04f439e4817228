"""Whether the time that is asked for is one of whole days, which are counted already, so that it need not be again."""

import sqlite3
from dataclasses import dataclass

from gerritbot_er.insight.figures import Where
from gerritbot_er.insight.steps import DAY, HOUR, Steps

WEEK = 7 * DAY
LEAST = 13 * DAY
"""Seconds: wherever it begins, a whole week is in it.  What is shorter is counted from the rows, as fast."""


@dataclass(frozen=True, slots=True)
class WholeDays:
    """UTC days from ``first`` to before ``end``, and of those the weeks of seven from ``first_week`` to ``end_week``.

    ``values`` are theirs for SQL: the same names, and in seconds ``since`` to ``head`` and ``tail`` to ``until``, which
    are the days before the weeks and after them.  ``most``: it is the larger part of all days that there are.
    """

    first: int
    end: int
    first_week: int
    end_week: int
    most: bool

    @property
    def values(self) -> dict[str, float]:
        return {
            "first": self.first,
            "end": self.end,
            "first_week": self.first_week,
            "end_week": self.end_week,
            "since": self.first * DAY,
            "head": self.first_week * WEEK,
            "tail": self.end_week * WEEK,
            "until": self.end * DAY,
        }


def whole_days(db: sqlite3.Connection, where: Where, least: float = LEAST) -> WholeDays | None:
    """None where there are other filters as well, or the time is shorter than so many seconds, or not of whole days.

    What ends after everything that is there ends with a whole week.
    """
    until = _end(db, where, WEEK)
    if until is None or where.since % DAY or until % DAY or until - where.since < least:
        return None
    first, end = int(where.since // DAY), int(until // DAY)
    oldest = db.execute(_OLDEST).fetchone()["at"] or 0
    return WholeDays(first, end, int(-(-where.since // WEEK)), int(until // WEEK), first - oldest // DAY < end - first)


def whole_hours(db: sqlite3.Connection, where: Where, steps: Steps) -> dict[str, float] | None:
    """``first`` and ``end`` hour for SQL; None where there are other filters, or the steps are not of whole hours."""
    until = _end(db, where, HOUR)
    if until is None or where.since % HOUR or until % HOUR or steps.since % HOUR or steps.length % HOUR:
        return None
    return {"first": where.since // HOUR, "end": until // HOUR}


def _end(db: sqlite3.Connection, where: Where, whole: float) -> float | None:
    """Where the time ends; so many seconds are filled where nothing comes after it.  None: there are other filters."""
    if (where.project, where.branch, where.pipeline, where.job) != (None, None, None, None):
        return None
    newest: int | None = db.execute(_NEWEST).fetchone()["at"]
    if newest is None or where.until <= newest:
        return where.until
    return (newest // whole + 1) * whole


_NEWEST = "SELECT max((SELECT max(at) FROM builds), coalesce((SELECT max(at) FROM reports), 0)) AS at"
_OLDEST = "SELECT min(at) AS at FROM builds"
