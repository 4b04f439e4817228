"""Catching up: whenever events may have been missed, history is read from the cursor on.

That takes many requests after a long absence, and minutes where Gerrit hangs, so it is handed to ``Calls``.
"""

import logging
import random
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import cast

from gerritbot_er import dependencies, time_words
from gerritbot_er.backoff import MISCONFIGURED_WAIT, doubled
from gerritbot_er.dependencies import Condition
from gerritbot_er.errors import GerritbotError, Misconfigured
from gerritbot_er.model import Event
from gerritbot_er.ports import (
    NO_BOARD,
    AtFailpoint,
    Batch,
    Board,
    Calls,
    Cases,
    Clock,
    Done,
    Failpoint,
    History,
    no_failpoint,
)

from .deafness import Deafness
from .intake import AHEAD, Intake

log = logging.getLogger(__name__)

OVERLAP = 60
"""Seconds before the cursor that are read again: events of one second arrive in any order."""
QUIET = 300.0
"""Seconds without any event after which history is asked whether the stream is deaf."""
AFTER_DROP = 60.0
"""Seconds.  Gerrit says that it dropped events before the 128 that it still sends; the gap lies after those."""
AFTER_CONNECT = 5.0
"""Seconds.  A stream that is open may not have begun: the server subscribes it a moment later."""
GUESS_LIMIT = 600.0
"""Seconds that the server's clock may be ahead of ours where nothing has told yet what it says."""
LONGEST_BACKOFF = 60.0
PORTION = 500
"""Events of history that are taken in and stored at once: the stream's reader waits for no more than that."""


class CatchUp:
    """Reads from Gerrit's history what the stream may have missed, and hands it to intake.

    ``missed`` may be called from any thread; ``step`` belongs to one.

    ``since``: where to begin when nothing was ever stored, in the server's seconds; None is now.  ``deaf`` is called
    when the stream has not told what history did: it is to be opened anew.
    """

    def __init__(
        self,
        *,
        history: History,
        intake: Intake,
        cases: Cases,
        calls: Calls,
        clock: Clock,
        since: int | None = None,
        deaf: Callable[[], None] = lambda: None,
        board: Board = NO_BOARD,
        at_failpoint: AtFailpoint = no_failpoint,
    ) -> None:
        self._history = history
        self._intake = intake
        self._cases = cases
        self._calls = calls
        self._clock = clock
        self._board = board
        self._at_failpoint = at_failpoint
        self._lock = threading.Lock()
        self._due: list[float] = []
        self._not_before = 0.0
        self._failures = 0
        self._gap_since: float | None = None
        self._then: list[Callable[[], None]] = []
        self._reading = False
        self._listening = False
        self._deaf = deaf
        self._deafness = Deafness(intake.is_report)
        self._comparing = False
        self._guess = self._begin(since)
        board.say(dependencies.HISTORY, Condition.CONNECTING, "not read yet")

    def _begin(self, since: int | None) -> int | None:
        """Where to begin if nothing was ever heard, and stays there until something is; returns it if it is a guess.

        The server's clock may be days from ours, so that the first event it dates says where the cursor belongs.
        """
        if self._cases.cursor() is not None:
            return None
        begin = OVERLAP + (int(self._clock.now()) if since is None else since)
        self._cases.keep(Batch(begin=begin))
        return begin if since is None else None

    def missed(self, *, again_after: float | None = None, then: Callable[[], None] | None = None) -> None:
        """Events may have been missed up to now, and, with ``again_after``, in so many seconds to come.

        ``then`` is called when all of it was read.
        """
        now = self._clock.monotonic()
        with self._lock:
            self._comparing = False
            if self._gap_since is None:
                self._gap_since = self._clock.now()
                self._intake.open_gap()
                if self._listening:
                    self._board.count(dependencies.GAPS)
            for at in (now,) if again_after is None else (now, now + again_after):
                self._due.append(max(at, self._not_before))
            if then is not None:
                self._then.append(then)

    def connected(self, proved: Callable[[], None]) -> None:
        """The stream was opened; ``proved`` is called when history was read after that.

        What came before the first time is no gap to count: nobody was listening yet.
        """
        self.missed(again_after=AFTER_CONNECT, then=proved)
        self._listening = True

    def heard(self, events: Iterable[Event]) -> None:
        """The stream tells, which is all that this is about: whoever reads it hands the events to the intake."""
        self._deafness.heard(events, self._clock.now() + AHEAD)

    def lost(self) -> None:
        """The stream is away, and known to be."""
        self._deafness.lost()

    def step(self) -> float:
        """Take in what was read, and have history read if it is time; returns the seconds until it is."""
        now = self._clock.monotonic()
        for done in self._calls.collect():
            self._take_in(done, now)
        if now - self._intake.heard_at > QUIET:
            self._intake.heard_at = now
            quiet_only = self._gap_since is None
            self.missed()
            self._comparing = quiet_only
        suspicion = self._deafness.rest(now)
        if suspicion == 0.0:
            self._open_anew()
            suspicion = None
        return min(self._read_if_due(now), QUIET if suspicion is None else suspicion)

    def _open_anew(self) -> None:
        why = "silent while history tells of new reports: it is opened anew"
        log.warning("the stream is %s", why)
        self._deafness.lost()
        self._board.say(dependencies.STREAM, Condition.DEGRADED, why)
        self._deaf()

    def _read_if_due(self, now: float) -> float:
        """The seconds until history is read next."""
        if self._reading:
            return QUIET
        with self._lock:
            due, self._due = [at for at in self._due if at <= now], [at for at in self._due if at > now]
        if due:
            self._read()
            return QUIET
        with self._lock:
            return min([QUIET, *(max(0.0, at - now) for at in self._due)])

    def _read(self) -> None:
        self._reading = True
        self._board.count(dependencies.READS)
        at = (self._cases.cursor() or 0) - OVERLAP
        self._calls.submit("history", at, lambda: tuple(self._history.since(at)))

    def _take_in(self, done: Done, now: float) -> None:
        self._reading = False
        if isinstance(done.error, GerritbotError):
            self._failures += 1
            wait = error_wait(done.error, self._failures)
            log.warning("history cannot be read, again in %.0f s: %s", wait, done.error)
            self._say_unread(done.error, wait)
            self._try_again(done.error, now + wait)
            return
        if done.error is not None:
            raise done.error
        self._at_failpoint(Failpoint.HISTORY_READ)
        events = self._recent(cast("Sequence[Event]", done.result))
        self._compare(events, now)
        for start in range(0, len(events), PORTION):
            self._intake.take(events[start : start + PORTION])
            self._intake.keep()
        self._at_failpoint(Failpoint.CAUGHT_UP)
        self._failures = 0
        self._board.say(dependencies.HISTORY, Condition.WORKING)
        self._close_gap()

    def _try_again(self, error: GerritbotError, at: float) -> None:
        """Once for all that was due until then; not earlier, whatever is missed, where the peer wants it so."""
        with self._lock:
            self._due = [at, *(later for later in self._due if later > at)]
            if isinstance(error, Misconfigured) or getattr(error, "after", None) is not None:
                self._not_before = at

    def _compare(self, events: Sequence[Event], now: float) -> None:
        latest = self._clock.now() + AHEAD
        if self._comparing:
            self._deafness.compare(events, latest, now)
        else:
            self._deafness.read(events, latest)
        self._comparing = False

    def _recent(self, events: Sequence[Event]) -> Sequence[Event]:
        """Of a server whose clock is ahead, a guessed begin makes history tell of what was over long before it."""
        if self._guess is None or self._guess != self._cases.cursor():
            return events
        end = self._clock.now() + GUESS_LIMIT
        return [event for event in events if event.at <= end]

    def _close_gap(self) -> None:
        with self._lock:
            if self._due or self._gap_since is None:
                return
            self._gap_since = None
            self._intake.close_gap()
            then, self._then = self._then, []
        for call in then:
            call()

    def _say_unread(self, error: GerritbotError, wait: float) -> None:
        condition = Condition.MISCONFIGURED if isinstance(error, Misconfigured) else Condition.DEGRADED
        gap = f"; gap open since {time_words.time_of_day(self._gap_since)}" if self._gap_since is not None else ""
        self._board.say(dependencies.HISTORY, condition, f"{error}{gap}", retry_in=wait)


def error_wait(error: GerritbotError, failures: int) -> float:
    """Seconds until the next try: what the peer asked for, else growing with full jitter."""
    after = getattr(error, "after", None)
    if after is not None:
        return float(after)
    if isinstance(error, Misconfigured):
        return random.uniform(*MISCONFIGURED_WAIT)  # noqa: S311 - no secret is made of it
    return random.uniform(0.5, doubled(1.0, failures, most=LONGEST_BACKOFF))  # noqa: S311 - no secret is made of it
