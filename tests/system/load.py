"""A steady load of failing reports, from a CI that reports again and senders of logs that send again until they can."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .failures import Words, document
from .servers.gerrit import Change, GerritServer
from .servers.gerrit_site import RestError
from .servers.search import SearchError, SearchServer
from .servers.zuul_comments import ZuulBuild
from .site import DISK_FULL

EVERY = 0.7
"""Seconds between two reports."""
AWAY = (OSError, http.client.HTTPException, RestError, SearchError)
JOB = "nova-next"


@dataclass(frozen=True, slots=True)
class Reported:
    """A failing report that stands on Gerrit; its logs are in the cluster, or will be when it is there again."""

    change: Change
    build: str


class Load:
    """Each report is of a change of its own and of one build that failed with a known bug."""

    def __init__(self, gerrit: GerritServer, search: SearchServer, project: str) -> None:
        self._gerrit = gerrit
        self._search = search
        self._project = project
        self._words = Words([JOB])
        self._stop = threading.Event()
        self._documents: list[dict[str, object]] = []
        self._reports: list[Reported] = []
        self._thread = threading.Thread(target=self._run, name="load", daemon=True)

    @property
    def reports(self) -> list[Reported]:
        """Those made so far."""
        return list(self._reports)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """No more reports; their logs are all sent, where the cluster is there."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(EVERY):
            self._tried(self._report)
            self._tried(self._send)

    def _tried(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except AWAY:
            return False
        return True

    def _report(self) -> None:
        change = self._gerrit.create_change(self._project)
        build = ZuulBuild(JOB)
        while not self._tried(lambda: self._words.say(self._gerrit, change, [build.uuid], buildset=build.uuid)):
            if self._stop.wait(EVERY):
                return
        self._documents += [document(build, change, words) for words in ("it begins", DISK_FULL, "it ends")]
        self._reports.append(Reported(change, build.uuid))

    def _send(self) -> None:
        self._search.index(self._documents)
        self._documents = []


@contextmanager
def load(gerrit: GerritServer, search: SearchServer, project: str) -> Iterator[Load]:
    """A load for the time of a ``with`` block."""
    made = Load(gerrit, search, project)
    made.start()
    try:
        yield made
    finally:
        made.stop()
