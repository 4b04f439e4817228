"""A sample of the builds that did not fail: chosen by their identity, their logs fetched one after the other and kept.

Failed builds come first: nothing is begun while one is being read, and what waits for too long is left out.
"""

import hashlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gerritbot_er import dependencies
from gerritbot_er.errors import GerritbotError, Permanent
from gerritbot_er.model import Build, CIReport, Failure, Reach, Reply, Verdict
from gerritbot_er.ports import Board, BuildInfo, Calls, Clock, Comparisons, Sightings
from gerritbot_er.settings import LocalStore, Settings

from .cases import good_builds_of, may_be_kept, with_facts

LANE = "sample"
MOST = 500
"""Builds that wait; what is chosen beyond them is left out."""
PAUSE, LONGEST_PAUSE = 30.0, 900.0
"""Seconds before the next try, doubled each time up to the second."""
LONGEST_WAIT = 6 * 3600.0
"""Seconds after which a build is left out: by then its log server has better things to do as well."""
_LOOK_AGAIN = 5.0
"""Seconds between two looks at whether failed builds are being read."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A build that waits; times are monotonic seconds.  ``report`` names this build alone."""

    report: CIReport
    build: Build
    store: str
    since: float
    due: float
    pause: float = PAUSE


class Sample:
    """Chooses successful builds, and has their logs fetched and kept.

    Owned by one thread, which calls ``step``; ``heard`` may be called from any, and rings where it has chosen.
    ``stores`` by the name of the log store, those that keep logs; ``infos`` by the CI's name.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        stores: Mapping[str, Comparisons],
        infos: Mapping[str, BuildInfo],
        calls: Calls,
        clock: Clock,
        board: Board,
        ring: Callable[[], None] = lambda: None,
    ) -> None:
        self._stores = stores
        self._infos = infos
        self._rules = settings.rules
        self._shares = {
            ci.name: (ci.log_store, store.keep.successes)
            for ci in settings.cis
            if isinstance(store := settings.log_stores[ci.log_store], LocalStore) and store.keep
        }
        self._calls = calls
        self._clock = clock
        self._board = board
        self._ring = ring
        self._lock = threading.Lock()
        self._waiting: deque[_Chosen] = deque()
        self._under_way = False

    def heard(self, reports: Sequence[tuple[str, CIReport]]) -> None:
        """Choose from the builds of these reports; returns at once."""
        now = self._clock.monotonic()
        for _, report in reports:
            store, share = self._shares.get(report.ci, ("", 0.0))
            for reported, build in good_builds_of(report) if store in self._stores else ():
                if not in_sample(build, share) or report.change.private or not may_be_kept(build, self._rules):
                    continue
                alone = replace(report, builds=(reported,), truncated=False)
                self._add(_Chosen(alone, build, store, since=now, due=now))
                self._ring()

    @property
    def waiting(self) -> int:
        """How many builds wait; may be asked by any thread."""
        return len(self._waiting)

    def step(self) -> float:
        """Begin with the next build where none is being read; returns the seconds until something is due by itself."""
        for done in self._calls.collect():
            self._under_way = False
            self._ended(done.key, done.result, done.error)
        if self._under_way:
            return LONGEST_PAUSE
        now = self._clock.monotonic()
        with self._lock:
            chosen = next((one for one in self._waiting if one.due <= now), None)
            soonest = min((one.due for one in self._waiting), default=now + LONGEST_PAUSE)
            if chosen is None:
                return max(0.0, soonest - now)
            if self._stores[chosen.store].busy:
                return _LOOK_AGAIN
            self._waiting.remove(chosen)
        self._under_way = True
        self._calls.submit(LANE, chosen, lambda: self._keep(chosen))
        return LONGEST_PAUSE

    def _add(self, chosen: _Chosen) -> None:
        """What is heard twice, from the stream and from history, waits once."""
        with self._lock:
            if any(one.build.identity == chosen.build.identity for one in self._waiting):
                return
            if len(self._waiting) < MOST:
                self._waiting.append(chosen)
                return
        self._left_out(chosen, f"{MOST} others wait already")

    def _keep(self, chosen: _Chosen) -> bool:
        """On a thread for calls: whether the build is settled."""
        facts = self._infos[chosen.report.ci].facts(chosen.report)
        (build, *_) = with_facts(chosen.report, [chosen.build], facts)
        return bool(build.log_urls) and self._stores[chosen.store].keep(build)

    def _ended(self, key: object, settled: object, error: Exception | None) -> None:
        if error is not None and not isinstance(error, GerritbotError):
            raise error
        if not isinstance(key, _Chosen):
            return
        if settled:
            return
        if isinstance(error, Permanent):
            self._left_out(key, str(error))
        elif (due := self._clock.monotonic() + key.pause) > key.since + LONGEST_WAIT:
            self._left_out(key, str(error or "its logs are not all there"))
        else:
            self._add(replace(key, due=due, pause=min(2 * key.pause, LONGEST_PAUSE)))

    def _left_out(self, chosen: _Chosen, why: str) -> None:
        log.info("the logs of the successful build %s are not kept: %s", chosen.build.identity, why)
        self._board.count(dependencies.NOT_COMPARED)


def in_sample(build: Build, share: float) -> bool:
    """Whether a build belongs to a sample of ``share`` percent: always the same ones, whoever asks and when."""
    digest = hashlib.sha256(f"{build.ci}\0{build.identity}".encode()).digest()
    return int.from_bytes(digest[:8]) < share / 100 * 2**64


class SampledSightings:
    """The port Sightings, passing on what it hears of reports to a sample as well."""

    def __init__(self, sightings: Sightings, sample: Sample) -> None:
        self._sightings = sightings
        self._sample = sample

    def reported(self, reports: Sequence[tuple[str, CIReport]]) -> None:
        self._sightings.reported(reports)
        self._sample.heard(reports)

    def made_private(self, changes: Iterable[tuple[int, int]]) -> None:
        self._sightings.made_private(changes)

    def judged(self, verdict: Verdict) -> None:
        self._sightings.judged(verdict)

    def replied(self, replies: Sequence[Reply]) -> None:
        self._sightings.replied(replies)

    def reach(self, verdict: Verdict, until: float, around: float) -> Sequence[Reach]:
        return self._sightings.reach(verdict, until, around)

    def changes_hit(self, failure: Failure, since: float) -> int:
        return self._sightings.changes_hit(failure, since)

    def successes(self, build: Build) -> Sequence[Build]:
        return self._sightings.successes(build)
