"""The names behind the numbers of the sightings."""

import json
import sqlite3
from collections.abc import Iterable, Mapping

MOST_NAMES = 10
"""Names of jobs, projects or branches that a page lists."""


def name_of(db: sqlite3.Connection, number: int) -> str:
    """The name of this number."""
    return str(db.execute("SELECT name FROM names WHERE id = ?", (number,)).fetchone()["name"])


def names_of(db: sqlite3.Connection, numbers: Iterable[int]) -> Mapping[int, str]:
    """The names of these numbers."""
    rows = db.execute(
        "SELECT id, name FROM names WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(numbers)),)
    )
    return {row["id"]: row["name"] for row in rows}


def named(*columns: str) -> str:
    """What to select so that these columns hold names instead of numbers."""
    return ", ".join(f"(SELECT name FROM names WHERE id = {column}) AS {column}" for column in columns)  # noqa: S608 - ours
