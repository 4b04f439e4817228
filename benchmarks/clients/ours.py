"""Our EventStream, with the filter by author that the daemon gives it, to the events that concern us."""

import threading
from collections.abc import Sequence
from pathlib import Path

from measuring import measure

from gerritbot_er.clock import SystemClock
from gerritbot_er.gerrit.events import MalformedEvent
from gerritbot_er.gerrit.ssh import Connection
from gerritbot_er.gerrit.stream import EventStream, Lost
from gerritbot_er.model import Event
from gerritbot_er.settings import Gerrit

ACCOUNTS = ("jenkins", "er")


class Counting:
    """A listener (``gerrit.stream.Listener``) that counts, until the stream ends."""

    def __init__(self) -> None:
        self.kept = 0
        self.ended = threading.Event()

    def connected(self) -> None:
        """Nothing is missed here."""

    def received(self, events: Sequence[Event]) -> None:
        """Count them."""
        self.kept += len(events)

    def gap(self, why: str) -> None:
        """There is none in a good stream."""
        raise RuntimeError(why)

    def malformed(self, error: MalformedEvent, line: bytes) -> None:
        """There is none in a good stream."""
        raise RuntimeError(error, line)

    def lost(self, state: Lost) -> None:  # noqa: ARG002 - the port's
        """The end of the replay."""
        self.ended.set()


def stream(port: int, folder: Path, listener: Counting) -> None:
    """Read the whole stream."""
    gerrit = Gerrit(host="127.0.0.1", port=port, username="er", key=folder / "key", known_hosts=folder / "known_hosts")
    EventStream(Connection(gerrit), listener, SystemClock(), authors=ACCOUNTS).run(listener.ended)


def read(port: int, folder: Path, events: int) -> tuple[int, int]:
    """See ``measuring.Read``."""
    listener = Counting()
    stream(port, folder, listener)
    return events, listener.kept


if __name__ == "__main__":
    measure(read)
