"""The statistics of the sightings, read over connections of their own that can write nothing (port ``Statistics``)."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from gerritbot_er.insight.figures import BugFigures, Spread, Where

from .database import as_ours

PATIENCE = 2.0
"""Seconds that a page waits for a locked file; in WAL mode readers wait for no writer."""


class StoredStatistics:
    """See ``ports.Statistics``; each call opens the file anew, so that any thread may call at any time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "sightings.db"

    def bugs(self, where: Where) -> Sequence[BugFigures]:
        with self._reading() as db:
            condition, values = conditions(db, where)
            rows = db.execute(_BUGS.format(condition=condition), values).fetchall()
        return [BugFigures(row["name"], _spread(row)) for row in rows]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True, timeout=PATIENCE)) as db:
                db.row_factory = sqlite3.Row
                yield db
        except sqlite3.Error as error:
            raise as_ours(self._path, error, "cannot be read") from error


def conditions(db: sqlite3.Connection, where: Where) -> tuple[str, dict[str, object]]:
    """The SQL condition on builds or hits, made of our own words alone, and its values."""
    words = ["NOT hidden", "at >= :since", "at < :until"]
    named = {"project": where.project, "branch": where.branch, "pipeline": where.pipeline, "job": where.job}
    values: dict[str, object] = {"since": where.since, "until": where.until}
    for column, name in named.items():
        if name is not None:
            row = db.execute("SELECT id FROM names WHERE name = ?", (name,)).fetchone()
            words.append(f"{column} = :{column}")
            values[column] = row["id"] if row else -1
    return " AND ".join(words), values


def _spread(row: sqlite3.Row) -> Spread:
    return Spread(
        row["builds"], row["changes"], row["first_at"], row["last_at"], row["seconds"] or 0, row["resets"] or 0
    )


_BUGS = """
    SELECT (SELECT name FROM names WHERE id = signature) AS name, count(*) AS builds,
        count(DISTINCT change) AS changes, min(at) AS first_at, max(at) AS last_at, sum(seconds) AS seconds,
        count(DISTINCT CASE WHEN gate THEN report END) AS resets
    FROM hits WHERE {condition} GROUP BY signature ORDER BY seconds DESC, builds DESC, name
"""
