"""Which peers of the desk do not answer, and why: told once in the log, and shown on the status board."""

import logging
from collections.abc import Mapping

from gerritbot_er.errors import Misconfigured, Transient

log = logging.getLogger(__name__)


class PeerTroubles:
    """Noted by the desk's thread; ``now`` may be read by any."""

    def __init__(self) -> None:
        self.now: Mapping[str, str] = {}
        """The reason by peer, such as "log store cluster"; a peer that answers is not in it."""

    def note(self, peer: str, error: Exception | None) -> None:
        """How the last question to this peer ended; a ``Permanent`` is an answer, to one question alone."""
        if isinstance(error, (Transient, Misconfigured)):
            if peer not in self.now:
                log.warning("%s does not answer: %s", peer, error)
            self.now = {**self.now, peer: str(error)}
        elif peer in self.now:
            log.info("%s answers again", peer)
            self.now = {name: why for name, why in self.now.items() if name != peer}
