"""The ports for monitoring: the status board of dependencies, and the meter of what takes time."""

from typing import Protocol

from gerritbot_er.dependencies import Condition
from gerritbot_er.model import Verdict


class Board(Protocol):
    """The status board, on which each part reports the condition of what it depends on; never waits, never fails."""

    def say(self, name: str, state: Condition, why: str = "", *, retry_in: float | None = None) -> None:
        """Set the condition of the dependency of this name; ``retry_in`` are the seconds until the next try."""

    def count(self, what: str, by: int = 1) -> None:
        """Something happened that people may want to count."""


class _NoBoard:
    """A board that nobody looks at."""

    def say(self, name: str, state: Condition, why: str = "", *, retry_in: float | None = None) -> None:
        pass

    def count(self, what: str, by: int = 1) -> None:
        pass


NO_BOARD: Board = _NoBoard()


class Meter(Protocol):
    """Measures how long things take, for the metrics; never waits, never fails.  Any thread may call."""

    def answered(self, peer: str, request: str, seconds: float, error: Exception | None) -> None:
        """A request to a peer has ended, after so many seconds."""

    def logs_came(self, seconds: float) -> None:
        """The logs of a build were seen to be whole, so many seconds after its report."""

    def judged(self, verdict: Verdict, seconds: float) -> None:
        """A case has its final verdict, so many seconds after its report."""


class _NoMeter:
    """A meter that nobody reads."""

    def answered(self, peer: str, request: str, seconds: float, error: Exception | None) -> None:
        pass

    def logs_came(self, seconds: float) -> None:
        pass

    def judged(self, verdict: Verdict, seconds: float) -> None:
        pass


NO_METER: Meter = _NoMeter()
