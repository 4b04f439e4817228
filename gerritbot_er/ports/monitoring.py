"""The ports of how it stands: the board of dependencies, and the meter of what takes time."""

from typing import Protocol

from gerritbot_er.dependencies import Condition
from gerritbot_er.model import Verdict


class Board(Protocol):
    """Where everyone says how it stands with what he depends on; it never waits and never fails."""

    def say(self, name: str, state: Condition, why: str = "", *, retry_in: float | None = None) -> None:
        """How it stands now with the dependency of this name; ``retry_in`` are the seconds until the next try."""

    def count(self, what: str, by: int = 1) -> None:
        """Something happened that people may want to count."""


class _Unheard:
    """A board that nobody looks at."""

    def say(self, name: str, state: Condition, why: str = "", *, retry_in: float | None = None) -> None:
        pass

    def count(self, what: str, by: int = 1) -> None:
        pass


UNHEARD: Board = _Unheard()


class Meter(Protocol):
    """Where is told what people want to see the spread of; it never waits and never fails.  Any thread may call."""

    def answered(self, peer: str, request: str, seconds: float, error: Exception | None) -> None:
        """A request to a peer has ended, after so many seconds."""

    def logs_came(self, seconds: float) -> None:
        """The logs of a build were seen to be whole, so many seconds after its report."""

    def judged(self, verdict: Verdict, seconds: float) -> None:
        """A case has its final verdict, so many seconds after its report."""


class _Unmeasured:
    """A meter that nobody reads."""

    def answered(self, peer: str, request: str, seconds: float, error: Exception | None) -> None:
        pass

    def logs_came(self, seconds: float) -> None:
        pass

    def judged(self, verdict: Verdict, seconds: float) -> None:
        pass


UNMEASURED: Meter = _Unmeasured()
