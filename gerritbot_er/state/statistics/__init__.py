"""The statistics of the sightings, read over connections of their own that can write nothing (port ``Statistics``)."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from gerritbot_er.insight.failures import ChangeFigures, Elsewhere, FailedBuild
from gerritbot_er.insight.figures import BugFigures, Where
from gerritbot_er.insight.quality import Trial
from gerritbot_er.insight.unexplained import GroupDetail, Unexplained
from gerritbot_er.state.database import as_ours

from . import bugs, builds, groups, quality

PATIENCE = 2.0
"""Seconds that a page waits for a locked file; in WAL mode readers wait for no writer."""


class StoredStatistics:
    """See ``ports.Statistics``; each call opens the file anew, so that any thread may call at any time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "sightings.db"

    def bugs(self, where: Where) -> Sequence[BugFigures]:
        with self._reading() as db:
            return bugs.bugs(db, where)

    def unexplained(self, where: Where, now: float, most: int) -> Unexplained:
        with self._reading() as db:
            return groups.unexplained(db, where, now, most)

    def group(self, group_id: str, where: Where, most: int) -> GroupDetail | None:
        with self._reading() as db:
            return groups.group(db, group_id, where, most)

    def build(self, identity: str) -> FailedBuild | None:
        with self._reading() as db:
            return builds.build(db, identity)

    def elsewhere(self, of: FailedBuild) -> Sequence[Elsewhere]:
        with self._reading() as db:
            return builds.elsewhere(db, of)

    def change(self, number: int, most: int) -> ChangeFigures | None:
        with self._reading() as db:
            return builds.change(db, number, most)

    def trial(self, where: Where, names: Collection[str]) -> Trial:
        with self._reading() as db:
            return quality.trial(db, where, names)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True, timeout=PATIENCE)) as db:
                db.row_factory = sqlite3.Row
                yield db
        except sqlite3.Error as error:
            raise as_ours(self._path, error, "cannot be read") from error
