"""What is asked of the sightings, as conditions of SQL, and what comes back, as figures."""

import sqlite3
from collections.abc import Sequence

from gerritbot_er.insight.figures import Spread, Where

TIME = ("at >= :since", "at < :until")
REACH = """
    count(*) AS builds, count(DISTINCT change) AS changes, min(at) AS first_at, max(at) AS last_at,
    sum(seconds) AS seconds
"""
RESETS = "count(DISTINCT CASE WHEN gate THEN report END) AS resets"
"""With ``REACH`` the columns that ``spread_of`` reads, of builds or hits."""


def conditions(db: sqlite3.Connection, where: Where, time: Sequence[str] = TIME) -> tuple[str, dict[str, object]]:
    """The SQL condition on builds or hits, made of our own words alone, and its values."""
    words = ["NOT hidden", *time]
    named = {"project": where.project, "branch": where.branch, "pipeline": where.pipeline, "job": where.job}
    values: dict[str, object] = {"since": where.since, "until": where.until}
    for column, name in named.items():
        if name is not None:
            words.append(f"{column} = :{column}")
            values[column] = name_id(db, name)
    return " AND ".join(words), values


def name_id(db: sqlite3.Connection, name: str) -> int:
    """The number of a name; one that nothing has where it is not known."""
    row = db.execute("SELECT id FROM names WHERE name = ?", (name,)).fetchone()
    return int(row["id"]) if row else -1


def spread_of(row: sqlite3.Row) -> Spread:
    """The figures of a row that has all of their names."""
    return Spread(
        row["builds"], row["changes"], row["first_at"], row["last_at"], row["seconds"] or 0, row["resets"] or 0
    )
