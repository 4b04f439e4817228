"""The statistics of the sightings, read over connections of their own that can write nothing (port ``Statistics``)."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from gerritbot_er.insight.bugs import BugDetail
from gerritbot_er.insight.failures import ChangeFigures, Elsewhere, FailedBuild
from gerritbot_er.insight.figures import BugFigures, Spread, Timeline, Where
from gerritbot_er.insight.news import News
from gerritbot_er.insight.quality import SignatureFigures
from gerritbot_er.insight.rates import Failures, Rates
from gerritbot_er.insight.steps import Steps
from gerritbot_er.insight.unexplained import Beside, GroupDetail, Unexplained
from gerritbot_er.state.database import read_only

from . import bugs, builds, groups, hidden, news, quality, rates, suggestions, unheard


class StoredStatistics:
    """See ``ports.reading.Statistics``; each call opens the file anew, so that any thread may call at any time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "sightings.db"

    def bugs(self, where: Where) -> Sequence[BugFigures]:
        with self._reading() as db:
            return bugs.bugs(db, where)

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

    def hidden_at(self, change: int) -> int | None:
        with self._reading() as db:
            return hidden.hidden_at(db, change)

    def signatures(self, where: Where, names: Collection[str]) -> SignatureFigures:
        with self._reading() as db:
            return quality.signatures(db, where, names)

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        return read_only(self._path)
