"""Columns of many rows of the sightings as lists, to be counted here: SQLite sorts what it groups, which takes longer.

A list comes as one text.  Row by row, each would be a chance for another thread to take the interpreter.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson

from gerritbot_er.insight.figures import Where
from gerritbot_er.insight.steps import DAY

from .where import conditions

AT_ONCE = 14 * DAY
"""Seconds; a year's rows in lists would take more memory than all the rest."""


def columns(
    db: sqlite3.Connection, table: str, where: Where, *wanted: str, **further: float
) -> Iterator[Sequence[Sequence[Any]]]:
    """For a part of the time after the other: a list for each column of builds or hits, in the same order of rows.

    A column may be an expression, with ``further`` values by their names.
    """
    first, last = db.execute(_ENDS).fetchone()
    arrays = ", ".join(f"json_group_array({one})" for one in wanted)
    since, until = max(where.since, first or 0), min(where.until, (last or 0) + 1)
    while since < until:
        condition, values = conditions(db, replace(where, since=since, until=min(since + AT_ONCE, until)))
        row = db.execute(f"SELECT {arrays} FROM {table} WHERE {condition}", {**further, **values}).fetchone()  # noqa: S608 - ours
        yield [orjson.loads(one) for one in row]
        since += AT_ONCE


_ENDS = "SELECT (SELECT min(at) FROM builds), (SELECT max(at) FROM builds)"
