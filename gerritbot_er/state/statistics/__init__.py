"""The statistics of the sightings, read over connections of their own that can write nothing (port ``Statistics``)."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from gerritbot_er.insight.figures import BugFigures, Where
from gerritbot_er.state.database import as_ours

from . import bugs

PATIENCE = 2.0
"""Seconds that a page waits for a locked file; in WAL mode readers wait for no writer."""


class StoredStatistics:
    """See ``ports.Statistics``; each call opens the file anew, so that any thread may call at any time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "sightings.db"

    def bugs(self, where: Where) -> Sequence[BugFigures]:
        with self._reading() as db:
            return bugs.bugs(db, where)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True, timeout=PATIENCE)) as db:
                db.row_factory = sqlite3.Row
                yield db
        except sqlite3.Error as error:
            raise as_ours(self._path, error, "cannot be read") from error
