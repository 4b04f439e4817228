"""The peers of the desk that do not answer, and why: logged once each, and shown on the status board."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from gerritbot_er.dependencies import Condition
from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.ports import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a peer does not answer; it is asked again at ``next_try``, None: with the next question.

    It was asked last at ``asked_at``, None where it asks itself.  Times in UTC seconds.
    """

    state: Condition
    why: str
    next_try: float | None = None
    asked_at: float | None = None


class PeerTroubles:
    """The peers that do not answer now, each with the reason.

    Noted by the desk's thread; ``now`` may be read by any.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.now: Mapping[str, Trouble] = {}
        """The trouble by peer, such as "log store cluster"; a peer that answers is not in it."""

    def note(self, peer: str, error: Exception | None, next_try: float | None = None) -> None:
        """How the last question to this peer ended; a ``Permanent`` is an answer, to one question alone."""
        if isinstance(error, (Transient, Misconfigured)):
            if peer not in self.now:
                log.warning("%s does not answer: %s", peer, error)
            state = Condition.MISCONFIGURED if isinstance(error, Misconfigured) else Condition.DEGRADED
            self.now = {**self.now, peer: Trouble(state, str(error), next_try, self._clock.now())}
        elif peer in self.now:
            log.info("%s answers again", peer)
            self.now = {name: trouble for name, trouble in self.now.items() if name != peer}
