"""Names by which is filtered and that no failed build has: mistyped ones, most of all."""

import sqlite3
from collections.abc import Mapping

from gerritbot_er.insight.nearest import nearest

from .where import name_id

COLUMNS = ("project", "branch", "pipeline", "job")
LOOKED_AT = 50_000
"""The newest failed builds, among whose names the nearest is sought."""


def unheard(db: sqlite3.Connection, names: Mapping[str, str]) -> Mapping[str, str | None]:
    """See ``ports.reading.Statistics``."""
    return {
        column: nearest(name, {row["name"] for row in db.execute(_KNOWN.format(column=column), (LOOKED_AT,))})
        for column in COLUMNS
        if (name := names.get(column)) and not _is_heard(db, column, name)
    }


def _is_heard(db: sqlite3.Connection, column: str, name: str) -> bool:
    number = name_id(db, name)
    return number >= 0 and db.execute(_ONE.format(column=column), (number,)).fetchone() is not None


_ONE = "SELECT 1 FROM builds WHERE {column} = ? AND NOT hidden ORDER BY number DESC LIMIT 1"
_KNOWN = """
    SELECT name FROM names WHERE id IN (
        SELECT {column} FROM (SELECT {column}, hidden FROM builds ORDER BY number DESC LIMIT ?) WHERE NOT hidden)
"""
