"""Hands what the stream's reader receives to intake, catch-up and the status board; never waits."""

import logging
import threading
from collections.abc import Sequence

from gerritbot_er import dependencies
from gerritbot_er.cleaning import clean_line
from gerritbot_er.dependencies import Condition
from gerritbot_er.gerrit.events import MalformedEvent
from gerritbot_er.gerrit.stream import Lost
from gerritbot_er.model import DroppedOutput, Event
from gerritbot_er.ports import Board
from gerritbot_er.triage.catchup import AFTER_DROP, CatchUp
from gerritbot_er.triage.intake import Intake

from .supervisor import Bell

log = logging.getLogger(__name__)

_PRIVATE = b'"private":true'
_SAMPLE_EVERY = 100
"""Of malformed events the first and then every hundredth are shown in the log."""


class StreamListener:
    """Hands the stream's events to intake and its gaps to catch-up, and keeps the stream's state on the board.

    It is the ``gerrit.stream.Listener`` of the daemon.  A stream that is open counts as working only after its first
    event, or after a history that was read since it was opened: a server may say that it is open long before it sends
    anything.
    """

    def __init__(self, intake: Intake, arrived: Bell, catch_up: CatchUp, missed: Bell, board: Board) -> None:
        self._intake = intake
        self._arrived = arrived
        self._catch_up = catch_up
        self._missed = missed
        self._board = board
        self._malformed = 0
        self.newest_at: int | None = None
        """The server's second of the last event; any thread may read it."""
        self._lock = threading.Lock()
        self._unproved = False
        board.say(dependencies.STREAM, Condition.CONNECTING, "not open yet")

    def connected(self) -> None:
        log.info("listening to Gerrit's events")
        with self._lock:
            self._unproved = True
            self._board.say(
                dependencies.STREAM, Condition.CONNECTING, "open, and not proved yet by an event or by history"
            )
        self._catch_up.connected(self._proved)
        self._missed.ring()

    def received(self, events: Sequence[Event]) -> None:
        if self._unproved:
            self._proved()
        self.newest_at = events[-1].at
        self._board.count(dependencies.EVENTS, len(events))
        if any(isinstance(event, DroppedOutput) for event in events):
            log.warning("Gerrit dropped events: history is read instead")
            self._board.count(dependencies.DROPPED)
            # The gap is opened before these events are taken, so that none of them moves the cursor beyond it.
            self._catch_up.missed(again_after=AFTER_DROP)
            self._missed.ring()
        self._catch_up.heard(events)
        self._intake.take(events)
        self._arrived.ring()

    def gap(self, why: str) -> None:
        log.warning("%s: history is read instead", why)
        self._catch_up.missed()
        self._missed.ring()

    def malformed(self, error: MalformedEvent, line: bytes) -> None:
        if self._malformed % _SAMPLE_EVERY == 0:
            private = _PRIVATE in line
            shown = (
                "it tells of a private change" if private else clean_line(line[:400].decode("utf-8", "replace"), 200)
            )
            log.warning("malformed event %d left out (%s): %s", self._malformed + 1, error, shown)
        self._malformed += 1
        self._board.count(dependencies.MALFORMED)

    def lost(self, state: Lost) -> None:
        self._catch_up.lost()
        log.warning("stream lost, again in %.1f s: %s", state.retry_in, state.why)
        condition = Condition.MISCONFIGURED if state.misconfigured else Condition.DEGRADED
        with self._lock:
            self._unproved = False
            self._board.say(dependencies.STREAM, condition, state.why, retry_in=state.retry_in)

    def _proved(self) -> None:
        """Of a stream that was lost meanwhile, history proves nothing."""
        with self._lock:
            if self._unproved:
                self._unproved = False
                self._board.say(dependencies.STREAM, Condition.WORKING)
