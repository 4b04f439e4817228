"""One file that a log host fails to give is asked for again: else the whole build is read anew, minutes later."""

from collections.abc import Callable
from typing import TypeVar

import tenacity

from gerritbot_er.errors import Transient
from gerritbot_er.http_client import Absent, TooSlow

TRIES = 3
MOST = 10
"""Further tries in one build: a host that fails at more is down, and asking it is left to a later poll."""
FIRST_WAIT = 0.5
LONGEST_WAIT = 4.0
"""Seconds; a host that wants more rest gets it until the next poll."""

T = TypeVar("T")


class Retries:
    """Those of one build; ``sleep`` takes seconds, ``left`` tells how many there are for the build."""

    def __init__(self, sleep: Callable[[float], None], left: Callable[[], float]) -> None:
        self._left = left
        self._used = 0
        self._jitter = tenacity.wait_random_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT)
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_may_pass),
            wait=self._wait,
            stop=self._enough,
            before_sleep=self._count,
            sleep=sleep,
            reraise=True,
        )

    def __call__(self, ask: Callable[[], T]) -> T:
        """What ``ask`` returns, or the last error that it raised."""
        return self._retrying(ask)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return max(self._jitter(state), (error.after or 0.0) if isinstance(error, Transient) else 0.0)

    def _enough(self, state: tenacity.RetryCallState) -> bool:
        return state.attempt_number >= TRIES or self._used >= MOST or state.upcoming_sleep >= self._left()

    def _count(self, state: tenacity.RetryCallState) -> None:
        del state
        self._used += 1


def _may_pass(error: BaseException) -> bool:
    """Within seconds: what is not there comes later, if it comes, and who is slow is given up."""
    if not isinstance(error, Transient) or isinstance(error, Absent | TooSlow):
        return False
    return (error.after or 0.0) <= LONGEST_WAIT
