"""How many rows of the sightings have each number: counted here, as SQLite would sort them all, which takes longer.

The numbers come as one text: row by row, each would be a chance for another thread to take the interpreter.
"""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import orjson

from gerritbot_er.insight.figures import Where
from gerritbot_er.insight.steps import DAY

from .where import conditions

AT_ONCE = 14 * DAY
"""Seconds; a year's rows would take more memory than all the rest."""


def counts(db: sqlite3.Connection, table: str, where: Where, *numbers: str, **values: float) -> Sequence[Counter[int]]:
    """The count for each of these expressions on builds or hits, which may have ``values``; NULL is no number."""
    counted: Sequence[Counter[int]] = [Counter() for _ in numbers]
    arrays = ", ".join(f"json_group_array({one})" for one in numbers)
    first, last = db.execute(_ENDS).fetchone()
    since, until = max(where.since, first or 0), min(where.until, (last or 0) + 1)
    while since < until:
        condition, named = conditions(db, replace(where, since=since, until=min(since + AT_ONCE, until)))
        row = db.execute(f"SELECT {arrays} FROM {table} WHERE {condition}", {**values, **named}).fetchone()  # noqa: S608 - ours
        for one, found in zip(counted, row, strict=True):
            one.update(orjson.loads(found))
        since += AT_ONCE
    return [Counter({number: rows for number, rows in one.items() if number is not None}) for one in counted]


_ENDS = "SELECT (SELECT min(at) FROM builds), (SELECT max(at) FROM builds)"
