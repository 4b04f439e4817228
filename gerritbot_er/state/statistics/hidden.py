"""Whether something that was told is told no more."""

import sqlite3


def hidden(db: sqlite3.Connection) -> int:
    """See ``ports.reading.Statistics``: of the changes that were private the last second of each, which only grows."""
    return int(db.execute("SELECT coalesce(sum(at), 0) FROM private_changes").fetchone()[0])
