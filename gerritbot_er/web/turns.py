"""Limits the counting of figures: a few pages at once, a few seconds each, so that threads are left for cheap requests.

Monitoring, static files and what is remembered need no turn.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gerritbot_er.errors import Transient
from gerritbot_er.ports import Clock

AT_ONCE = 2
"""Pages whose figures are counted at the same time; more would only make each of them slower."""
WAITING = 24
"""Pages that may wait for that: a room full of visitors is served within ``PATIENCE``, each in less than a tenth."""
PATIENCE = 3.0
"""Seconds for which they do."""
LONGEST = 5.0
"""Seconds for which figures are counted before that is given up."""
AGAIN = 5
"""Seconds after which whoever was sent away may come again."""


class Busy(Transient):
    """Too many ask for figures just now."""

    def __init__(self) -> None:
        super().__init__("too many pages are being made just now; try again", after=AGAIN)


class Turns:
    """Limits how many pages are counted at once, and how many wait; any thread may ask."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._places = threading.BoundedSemaphore(AT_ONCE + WAITING)
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    @contextmanager
    def place(self) -> Iterator[None]:
        """One among those who wait or count; ``Busy`` at once where there is none."""
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            self._places.release()

    @contextmanager
    def turn(self) -> Iterator[Callable[[], bool]]:
        """The time to count, which tells when it is over; ``Busy`` where it does not come soon."""
        if not self._turns.acquire(timeout=PATIENCE):
            raise Busy
        try:
            until = self._clock.monotonic() + LONGEST
            yield lambda: self._clock.monotonic() >= until
        finally:
            self._turns.release()
