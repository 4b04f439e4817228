"""The names behind the numbers of the sightings."""

import sqlite3


def name_of(db: sqlite3.Connection, number: int) -> str:
    """The name of this number."""
    return str(db.execute("SELECT name FROM names WHERE id = ?", (number,)).fetchone()["name"])


def named(*columns: str) -> str:
    """What to select so that these columns hold names instead of numbers."""
    return ", ".join(f"(SELECT name FROM names WHERE id = {column}) AS {column}" for column in columns)  # noqa: S608 - ours
