"""The bugs that hit: how far each of them reached."""

import sqlite3
from collections.abc import Sequence

from gerritbot_er.insight.figures import BugFigures, Where

from .where import conditions, spread


def bugs(db: sqlite3.Connection, where: Where) -> Sequence[BugFigures]:
    """See ``ports.Statistics``."""
    condition, values = conditions(db, where)
    rows = db.execute(_BUGS.format(condition=condition), values).fetchall()
    return [BugFigures(row["name"], spread(row)) for row in rows]


_BUGS = """
    SELECT (SELECT name FROM names WHERE id = signature) AS name, count(*) AS builds,
        count(DISTINCT change) AS changes, min(at) AS first_at, max(at) AS last_at, sum(seconds) AS seconds,
        count(DISTINCT CASE WHEN gate THEN report END) AS resets
    FROM hits WHERE {condition} GROUP BY signature ORDER BY seconds DESC, builds DESC, name
"""
