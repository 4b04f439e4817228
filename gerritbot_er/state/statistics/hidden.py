"""When a change was last one of which no page may tell."""

import sqlite3


def hidden_at(db: sqlite3.Connection, change: int) -> int | None:
    """See ``ports.reading.Statistics``."""
    at: int | None = db.execute(_HIDDEN_AT, (change,)).fetchone()["at"]
    return at


_HIDDEN_AT = "SELECT max(at) AS at FROM reports WHERE change = ? AND hidden"
