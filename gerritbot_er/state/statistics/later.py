"""What signatures explained that came after the verdict."""

import sqlite3
from collections.abc import Mapping

from gerritbot_er.insight.figures import Where

from .where import conditions


def found_later(db: sqlite3.Connection, where: Where) -> Mapping[str, int]:
    """See ``ports.reading.Statistics``."""
    condition, values = conditions(db, where)
    return dict(db.execute(_LATER.format(condition=condition), values).fetchall())


_LATER = """
    SELECT (SELECT name FROM names WHERE id = signature) AS name, count(*) AS builds
    FROM hits INDEXED BY hits_found_later WHERE later AND {condition} GROUP BY signature
"""
