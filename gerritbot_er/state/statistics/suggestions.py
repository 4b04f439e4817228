"""The names that filters suggest: those that failed most in the last days."""

import sqlite3
from collections.abc import Mapping, Sequence

from gerritbot_er.insight.steps import DAY

DAYS = 3
MOST = 100


def suggestions(db: sqlite3.Connection, now: float) -> Mapping[str, Sequence[str]]:
    """See ``ports.Statistics``."""
    day = now // DAY - DAYS
    return {
        column: [row["name"] for row in db.execute(_NAMES.format(column=column), (day, MOST))]
        for column in ("project", "branch", "pipeline", "job")
    }


_NAMES = """
    SELECT (SELECT name FROM names WHERE id = {column}) AS name FROM runs WHERE day >= ? AND failed AND NOT hidden
    GROUP BY {column} HAVING name != '' ORDER BY sum(failed) DESC, name LIMIT ?
"""
