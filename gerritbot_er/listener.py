"""What the stream's reader does with what it hears: it hands on and returns at once."""

import logging
from collections.abc import Sequence

from .cleaning import clean_line
from .gerrit.events import MalformedEvent
from .gerrit.stream import Lost
from .model import DroppedOutput, Event
from .state import WorkerStates
from .supervisor import Bell
from .triage.catchup import AFTER_CONNECT, AFTER_DROP, CatchUp
from .triage.intake import Intake

log = logging.getLogger(__name__)

_SAMPLE_EVERY = 100
"""Of malformed events the first and then every hundredth are shown in the log."""


class StreamListener:
    """See ``gerrit.stream.Listener``."""

    def __init__(self, intake: Intake, arrived: Bell, catch_up: CatchUp, missed: Bell, states: WorkerStates) -> None:
        self._intake = intake
        self._arrived = arrived
        self._catch_up = catch_up
        self._missed = missed
        self._states = states
        self._malformed = 0

    def connected(self) -> None:
        log.info("listening to Gerrit's events")
        self._states.say("stream", "working")
        self._catch_up.missed(again_after=AFTER_CONNECT)
        self._missed.ring()

    def received(self, events: Sequence[Event]) -> None:
        if any(isinstance(event, DroppedOutput) for event in events):
            log.warning("Gerrit dropped events: history is read instead")
            # The gap is opened before these events are taken, so that none of them moves the cursor beyond it.
            self._catch_up.missed(again_after=AFTER_DROP)
            self._missed.ring()
        self._intake.take(events)
        self._arrived.ring()

    def gap(self, why: str) -> None:
        log.warning("%s: history is read instead", why)
        self._catch_up.missed()
        self._missed.ring()

    def malformed(self, error: MalformedEvent, line: bytes) -> None:
        if self._malformed % _SAMPLE_EVERY == 0:
            shown = clean_line(line[:400].decode("utf-8", "replace"), 200)
            log.warning("malformed event %d left out (%s): %s", self._malformed + 1, error, shown)
        self._malformed += 1

    def lost(self, state: Lost) -> None:
        word = "misconfigured" if state.misconfigured else "degraded"
        log.warning("stream lost, again in %.1f s: %s", state.retry_in, state.why)
        self._states.say("stream", word, f"{state.why}; next try in {state.retry_in:.0f} s")
