"""The ports of the daemon's own running: time, calls that are made off the loop, and the failpoints of tests."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Clock(Protocol):
    """Time: ``now`` in UTC seconds for records, ``monotonic`` for deadlines."""

    def now(self) -> float: ...

    def monotonic(self) -> float: ...


class Failpoint(StrEnum):
    """A point of the way where a test may end the process: between any two steps that must not be torn apart."""

    TAKEN = "events are sorted, nothing is stored"
    KEPT = "a batch is stored, its new cases are not on the desk"
    HISTORY_READ = "history was read, nothing of it is stored"
    CAUGHT_UP = "what history told is stored, the gap is still open"
    ON_DESK = "a case is on the desk, nothing was asked"
    FACTS_KNOWN = "the CI's server has answered"
    LOGS_SEEN = "the log store has told what is there"
    MATCHED = "the log store has matched, nothing is judged"
    DECIDED = "the verdict and its words are made, nothing is stored"
    SETTLED = "the verdict and the outbox rows are stored"
    SENDING = "a comment's row says sending, Gerrit does not have it"
    POSTED = "Gerrit has the comment, its row still says sending"
    LOOKED = "history was read for the proof of a comment"
    PROVED = "a comment's row says sent"
    NOTICE_SENT = "a notice's row says sent, IRC does not have it"
    NOTICE_SAID = "IRC has the notice"
    OUTAGE_HIT = "an outage and its notice are stored, the case that hit it is not settled"
    OUTAGE_ENDED = "the end of an outage and its notice are stored"


AtFailpoint = Callable[[Failpoint], None]
"""Told each failpoint as it is passed, by the thread that passes it."""


def no_failpoint(failpoint: Failpoint) -> None:
    """Outside of tests nothing happens at a failpoint."""


@dataclass(frozen=True, slots=True)
class Done:
    """A call that has ended: with its result, or with the error it raised."""

    key: Hashable
    result: object = None
    error: Exception | None = None


class Calls(Protocol):
    """Blocking calls handed out and collected, so that no peer's slowness stops the loop."""

    def submit(self, lane: str, key: Hashable, call: Callable[[], object]) -> None:
        """Run ``call`` after those of the same lane (a few at a time per lane), and ring when it has ended."""

    def collect(self) -> Sequence[Done]:
        """What has ended since the last time."""
