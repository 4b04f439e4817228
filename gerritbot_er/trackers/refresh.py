"""Keeps what is known of the signatures' bugs fresh: slowly, and in nobody's way.

A bug is asked after every ``FRESH`` seconds, a host every ``PACE`` at the most, one request at a time.  One that does
not answer, or wants fewer requests, rests; a bug that is not told of keeps no other waiting.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from gerritbot_er.backoff import MISCONFIGURED_WAIT, doubled
from gerritbot_er.dependencies import TRACKERS, Condition
from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent
from gerritbot_er.model import BugFacts
from gerritbot_er.ports import Board, BugCache, BugRecord, Calls, Clock, Tracker
from gerritbot_er.signatures.library import Library

FRESH = 6 * 3600.0
"""Seconds for which what a tracker said holds."""
REFUSED = 24 * 3600.0
"""Seconds after which a bug that a tracker does not tell of is asked after again."""
PACE = 3.0
"""Seconds between two requests to one host."""
AFTER_START = 30.0
"""Seconds before the first: a daemon that starts has history to read."""
FIRST_REST, LONGEST_REST = 60.0, 3600.0
"""Seconds that a host rests after trouble, doubled each time up to the second."""
LOOK_AGAIN = 60.0
"""Seconds until it is seen that signatures have come."""
_SHOWN = 2

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Host:
    """One whom we ask; ``not_before`` in monotonic seconds."""

    not_before: float
    asking: bool = False
    failures: int = 0
    trouble: GerritbotError | None = None


class Refresh:
    """Keeps the cache of bugs up to date: asks trackers for what is missing or old.

    Owned by one thread, which calls ``step``; what it asks runs among the ``calls``.
    """

    def __init__(
        self,
        tracker: Tracker,
        cache: BugCache,
        *,
        library: Callable[[], Library],
        calls: Calls,
        clock: Clock,
        board: Board,
    ) -> None:
        self._tracker = tracker
        self._cache = cache
        self._library = library
        self._calls = calls
        self._clock = clock
        self._board = board
        self._begin = clock.monotonic() + AFTER_START
        self._hosts: dict[str, _Host] = {}
        self._host_of: dict[str, str | None] = {}
        self._tried: dict[str, float] = {}
        self._said: tuple[Condition, str, float | None] | None = None

    def step(self) -> float:
        """Ask after what is due; returns the seconds until something is due by itself."""
        for done in self._calls.collect():
            self._ended(*cast("tuple[str, str]", done.key), done.result, done.error)
        now = self._clock.monotonic()
        if now < self._begin:
            return self._begin - now
        bugs = self._bugs()
        waits = [LOOK_AGAIN]
        for name, url in self._next_of_each(bugs).items():
            host = self._hosts.setdefault(name, _Host(now))
            if host.asking:
                continue
            if now >= host.not_before:
                self._submit(name, host, url)
            else:
                waits.append(host.not_before - now)
        self._say_how(bugs, now)
        return min(waits)

    def _bugs(self) -> dict[str, str]:
        """The signatures' bugs that somebody is asked about, and who; those known before are looked up in no table."""
        urls = dict.fromkeys(one.bug for one in self._library().signatures if one.bug)
        self._host_of = {url: self._host_of[url] if url in self._host_of else self._tracker.host(url) for url in urls}
        return {url: host for url, host in self._host_of.items() if host is not None}

    def _next_of_each(self, bugs: Mapping[str, str]) -> dict[str, str]:
        """For each host the bug that was tried longest ago, where that is due."""
        soonest: dict[str, tuple[tuple[float, float], str]] = {}
        for url, host in bugs.items():
            record = self._cache.record(url)
            if record is None or self._is_due(record):
                order = (self._tried.get(url, 0.0), record.tried_at if record else 0.0)
                soonest[host] = min(soonest.get(host, (order, url)), (order, url))
        return {host: url for host, (_, url) in soonest.items()}

    def _is_due(self, record: BugRecord) -> bool:
        """Also where the clock was set back beyond the last try."""
        now = self._clock.now()
        return not record.tried_at <= now < record.tried_at + (REFUSED if record.why else FRESH)

    def _submit(self, name: str, host: _Host, url: str) -> None:
        host.asking = True
        self._tried[url] = self._clock.monotonic()
        self._calls.submit(name, (name, url), lambda: self._tracker.look(url))

    def _ended(self, name: str, url: str, result: object, error: Exception | None) -> None:
        if error is not None and not isinstance(error, GerritbotError):
            raise error
        if isinstance(result, BugFacts):
            self._cache.keep(url, BugRecord(self._clock.now(), result))
        elif isinstance(error, Permanent):
            log.info("nothing is known of the bug %s: %s", url, error)
            self._cache.keep(url, BugRecord(self._clock.now(), why=str(error)))
        host = self._hosts[name]
        host.asking = False
        host.trouble = None if error is None or isinstance(error, Permanent) else error
        host.failures = host.failures + 1 if host.trouble else 0
        host.not_before = self._clock.monotonic() + (_rest(host) if host.trouble else PACE)

    def _say_how(self, bugs: Mapping[str, str], now: float) -> None:
        """To the board, whenever it changes; nothing before anybody was asked."""
        asked = {name: host for name, host in self._hosts.items() if name in bugs.values()}
        troubles = [(host.trouble, host.not_before) for host in asked.values() if host.trouble is not None]
        state, why, due = Condition.WORKING, _how_many(self._cache, bugs), None
        if troubles:
            wrong = any(isinstance(trouble, Misconfigured) for trouble, _ in troubles)
            state = Condition.MISCONFIGURED if wrong else Condition.DEGRADED
            why = "; ".join((*(str(trouble) for trouble, _ in troubles), *filter(None, [why])))
            due = min(not_before for _, not_before in troubles)
        if (why or self._said) and (state, why, due) != self._said:
            self._said = (state, why, due)
            self._board.say(TRACKERS, state, why, retry_in=None if due is None else max(0.0, due - now))


def _rest(host: _Host) -> float:
    if isinstance(host.trouble, Misconfigured):
        return MISCONFIGURED_WAIT[1]
    asked_for = getattr(host.trouble, "after", None) or 0.0
    return max(asked_for, doubled(FIRST_REST, host.failures - 1, most=LONGEST_REST))


def _how_many(cache: BugCache, bugs: Iterable[str]) -> str:
    """How many are known, and the first of which nothing is told; "" before any was asked after."""
    records = {url: cache.record(url) for url in bugs}
    if not any(records.values()):
        return ""
    known = sum(1 for record in records.values() if record is not None and record.facts)
    silent = [f"{url} ({record.why})" for url, record in records.items() if record is not None and record.why]
    more = f" and {len(silent) - _SHOWN} more" if len(silent) > _SHOWN else ""
    beside = f"; nothing is told of {', '.join(silent[:_SHOWN])}{more}" if silent else ""
    return f"{known} of {len(records)} bugs are known{beside}"
