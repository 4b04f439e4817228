"""What people answered to comments of ours, counted."""

import sqlite3
from collections.abc import Mapping


def replies(db: sqlite3.Connection) -> Mapping[str, int]:
    """See ``ports.reading.Statistics``."""
    return dict(db.execute("SELECT judgement, count(*) FROM replies WHERE NOT hidden GROUP BY judgement").fetchall())
