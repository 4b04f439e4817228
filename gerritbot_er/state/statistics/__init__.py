"""The statistics of the sightings, read over connections of their own that can write nothing (port ``Statistics``)."""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gerritbot_er.errors import TookTooLong
from gerritbot_er.insight.bugs import BugDetail
from gerritbot_er.insight.failures import ChangeFigures, Elsewhere, FailedBuild
from gerritbot_er.insight.figures import BugFigures, Spread, Timeline, Where
from gerritbot_er.insight.news import News
from gerritbot_er.insight.quality import SignatureFigures
from gerritbot_er.insight.rates import Failures, Rates
from gerritbot_er.insight.steps import Steps
from gerritbot_er.insight.unexplained import Beside, GroupDetail, Unexplained
from gerritbot_er.state.database import asked_of, read_only
from gerritbot_er.state.publishing import refuse_unless_public

from . import bugs, builds, groups, hidden, later, news, quality, rates, replies, suggestions, unheard

LOOK_EVERY = 10_000
"""Steps of SQLite's machine after which it is seen whether the time is over: about a millisecond."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """A connection for all that is asked until the time is over."""

    db: sqlite3.Connection
    over: Callable[[], bool]


class StoredStatistics:
    """See ``ports.reading.Statistics``; each call opens the file anew, so that any thread may call at any time.

    ``public_projects`` are those of which whoever asks may hear: while what is stored is not brought to them, nothing
    is told.  None: whoever asks may hear of all that was public.  A ``reader`` is used instead of opening.
    """

    def __init__(
        self, folder: Path, public_projects: tuple[str, ...] | None = None, reader: _Reader | None = None
    ) -> None:
        self._folder = folder
        self._path = folder / "sightings.db"
        self._public = public_projects
        self._reader = reader

    @contextmanager
    def within(self, over: Callable[[], bool]) -> Iterator["StoredStatistics"]:
        """The file is opened once for the block: to read its schema takes as long as many an answer."""
        with read_only(self._path) as db:
            db.set_progress_handler(over, LOOK_EVERY)
            yield StoredStatistics(self._folder, self._public, _Reader(db, over))

    def bugs(self, where: Where) -> Sequence[BugFigures]:
        return self.costliest(where, None)[0]

    def costliest(self, where: Where, most: int | None) -> tuple[Sequence[BugFigures], int]:
        with self._reading() as db:
            return bugs.costliest(db, where, most)

    def found_later(self, where: Where) -> Mapping[str, int]:
        with self._reading() as db:
            return later.found_later(db, where)

    def courses(self, where: Where, steps: Steps) -> Mapping[str, Timeline]:
        with self._reading() as db:
            return bugs.courses(db, where, steps)

    def bug(self, signature: str, where: Where, steps: Steps) -> BugDetail | None:
        with self._reading() as db:
            return bugs.bug(db, signature, where, steps)

    def failures(self, where: Where, steps: Steps, most: int) -> Failures:
        with self._reading() as db:
            return rates.failures(db, where, steps, most)

    def rates(self, where: Where, steps: Steps, most: int) -> Rates:
        with self._reading() as db:
            return rates.rates(db, where, steps, most)

    def spread(self, where: Where) -> Spread | None:
        with self._reading() as db:
            return rates.spread(db, where)

    def news(self, now: float) -> News:
        with self._reading() as db:
            return news.news(db, now)

    def suggestions(self, now: float) -> Mapping[str, Sequence[str]]:
        with self._reading() as db:
            return suggestions.suggestions(db, now)

    def replies(self) -> Mapping[str, int]:
        with self._reading() as db:
            return replies.replies(db)

    def unheard(self, names: Mapping[str, str]) -> Mapping[str, str | None]:
        with self._reading() as db:
            return unheard.unheard(db, names)

    def unexplained(self, where: Where, now: float, most: int) -> Unexplained:
        with self._reading() as db:
            return groups.unexplained(db, where, now, most)

    def group(self, group_id: str, where: Where, most: int) -> GroupDetail | None:
        with self._reading() as db:
            return groups.group(db, group_id, where, most)

    def beside(self, group_id: str, others: int, explained: int) -> Beside:
        with self._reading() as db:
            return groups.beside(db, group_id, others, explained)

    def build(self, identity: str) -> FailedBuild | None:
        with self._reading() as db:
            return builds.build(db, identity)

    def elsewhere(self, of: FailedBuild) -> Sequence[Elsewhere]:
        with self._reading() as db:
            return builds.elsewhere(db, of)

    def change(self, number: int, most: int) -> ChangeFigures | None:
        with self._reading() as db:
            return builds.change(db, number, most)

    def hidden(self) -> int:
        with self._reading() as db:
            return hidden.hidden(db)

    def signatures(self, where: Where, names: Collection[str]) -> SignatureFigures:
        with self._reading() as db:
            return quality.signatures(db, where, names)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as db:
            if self._public is not None:
                refuse_unless_public(db, self._public)
            yield db

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        if self._reader is None:
            with read_only(self._path) as db:
                yield db
        elif self._reader.over():
            raise TookTooLong(f"{self._path}: what was asked of it took too long; ask for less")
        else:
            with asked_of(self._path):
                yield self._reader.db
