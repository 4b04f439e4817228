"""What of the sightings is told to nobody as its change is or was private; ``publishing.py`` knows of projects.

A change is known to have been private at a second: what was heard of it up to then stays hidden, also if it is public
again later; what is heard after that is told.  The order in which this is learnt does not matter.
"""

import sqlite3


def was_private(db: sqlite3.Connection, change: int, at: int) -> bool:
    """Whether a change is known to have been private at this second of the server or later."""
    return db.execute(_WAS_PRIVATE, (change, at)).fetchone() is not None


def make_private(db: sqlite3.Connection, change: int, at: int) -> None:
    """It was private at this second of the server: nothing up to then is told any more."""
    values = {"change": change, "at": at}
    told = db.execute(_TOLD, values).fetchone() is not None
    db.execute(_PRIVATE, values)
    for statement in _NOW_PRIVATE:
        db.execute(statement, values)
    if told:
        db.execute(_COMPARED_NO_MORE, values)  # looks at every row, which are a few for each job


_WAS_PRIVATE = "SELECT 1 FROM private_changes WHERE change = ? AND at >= ?"
_PRIVATE = """
    INSERT INTO private_changes VALUES (:change, :at) ON CONFLICT (change) DO UPDATE SET at = max(at, excluded.at)
"""
_TOLD = "SELECT 1 FROM reports WHERE change = :change AND at <= :at AND NOT private LIMIT 1"
_NOW_PRIVATE = (
    "UPDATE reports SET private = 1, hidden = 1 WHERE change = :change AND at <= :at AND NOT (private AND hidden)",
    "UPDATE builds SET hidden = 1 WHERE change = :change AND at <= :at AND NOT hidden",
    """
    UPDATE hits SET hidden = 1 WHERE build IN (SELECT number FROM builds WHERE change = :change AND at <= :at)
    AND NOT hidden
    """,
    "UPDATE replies SET hidden = 1 WHERE change = :change AND at <= :at AND NOT hidden",
)
_COMPARED_NO_MORE = "DELETE FROM successes WHERE json_extract(build, '$.change') = :change AND at <= :at"
