"""The names that filters suggest: those that failed most in the last days."""

import sqlite3
from collections.abc import Mapping, Sequence

from gerritbot_er.insight.steps import DAY

DAYS = 3
MOST = 100


def suggestions(db: sqlite3.Connection, now: float) -> Mapping[str, Sequence[str]]:
    """See ``ports.reading.Statistics``."""
    since = (now // DAY - DAYS) * DAY
    return {
        column: [row["name"] for row in db.execute(_NAMES.format(column=column), (since, MOST))]
        for column in ("project", "branch", "pipeline", "job")
    }


_NAMES = """
    SELECT (SELECT name FROM names WHERE id = {column}) AS name FROM builds WHERE at >= ? AND NOT hidden
    GROUP BY {column} HAVING name != '' ORDER BY count(*) DESC, name LIMIT ?
"""
"""Of builds, as ``runs`` knows no change that has become private."""
