"""A breaker for a log store: one that fails again and again is asked by one probe only, at growing, random times."""

from collections.abc import Callable

from gerritbot_er.backoff import doubled
from gerritbot_er.errors import Misconfigured, Transient

OPENS_AFTER = 3
"""Failures in a row, after which a store is asked by probes."""
FIRST_REST, LONGEST_REST = 30.0, 300.0
"""Seconds: no rest before a probe is shorter than half the first or longer than the last."""


class Breaker:
    """Shared by all questions to one store; owned by one thread.  Times are monotonic seconds.

    ``roll`` is chance, 0 to 1.
    """

    def __init__(self, roll: Callable[[], float]) -> None:
        self._roll = roll
        self._failures = 0
        self._probing = False
        self.not_before = 0.0
        """The store is not to be asked earlier."""

    def lets(self, now: float) -> bool:
        """Whether the store may be asked now; the question that an open breaker lets through is its probe."""
        if now < self.not_before or self._probing:
            return False
        self._probing = self._failures >= OPENS_AFTER
        return True

    def note(self, error: Exception | None, now: float) -> None:
        """How a question ended; a ``Permanent`` is an answer, to one question alone."""
        if isinstance(error, (Transient, Misconfigured)):
            self._failed(now, getattr(error, "after", None))
        else:
            self._failures, self._probing, self.not_before = 0, False, 0.0

    def _failed(self, now: float, after: float | None) -> None:
        if after is not None:
            self.not_before = max(self.not_before, now + after)
        if self._failures >= OPENS_AFTER and not self._probing:
            return  # asked before the breaker opened
        self._probing = False
        self._failures += 1
        if self._failures >= OPENS_AFTER:
            self.not_before = max(self.not_before, now + self._rest())

    def _rest(self) -> float:
        limit = doubled(FIRST_REST, self._failures - OPENS_AFTER, most=LONGEST_REST)
        return limit * (1.0 + self._roll()) / 2.0
