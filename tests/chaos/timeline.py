"""Simulated time: what is to happen when, the clocks that show it, and how long a call to a peer takes."""

import heapq
import itertools
from collections.abc import Callable

START = 1_800_000_000.0
"""The UTC second at which every month begins."""
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
SLIVER = 0.001
"""No thread is back sooner; a wait that rounding has made too short would let no time pass."""


class Timeline:
    """Nothing sleeps: time jumps from one thing that happens to the next.  ``spent``: seconds the call under way took.

    ``run_until`` may be called again from within something that happens: that is a thread which stands still.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.spent = 0.0
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._ticket = itertools.count()

    def at(self, when: float, do: Callable[[], None]) -> None:
        """``do`` happens at that second, of those of one second in the order of their telling."""
        heapq.heappush(self._heap, (max(when, self.now), next(self._ticket), do))

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        self.at(self.now + seconds, do)

    def run_until(self, end: float, enough: Callable[[], bool] = lambda: False) -> None:
        """Let happen what is due until then, or until it is enough."""
        while self._heap and self._heap[0][0] <= end:
            at, _, do = heapq.heappop(self._heap)
            self.now = max(self.now, at)
            do()
            if enough():
                return
        self.now = max(self.now, end)

    def stand_still(self, seconds: float) -> None:
        """Of whoever calls; all others go on, and what a call under way has spent is its own."""
        spent, self.spent = self.spent, 0.0
        self.run_until(self.now + seconds)
        self.spent = spent

    def spend(self, seconds: float) -> None:
        """A peer's part of the call under way."""
        self.spent += seconds


class SimulatedClock:
    """One machine's clocks: ``ahead`` of the true time by so many seconds; ``monotonic`` begins at its boot."""

    def __init__(self, timeline: Timeline, *, ahead: float, booted: float = -1000.0) -> None:
        self._timeline = timeline
        self.ahead = ahead
        self.booted = booted

    def now(self) -> float:
        return START + self._timeline.now + self.ahead

    def monotonic(self) -> float:
        return self._timeline.now + self._timeline.spent - self.booted


class Actor:
    """A worker of the daemon: steps when its bell rings, a moment later, and after as many seconds as it says.

    A step that stands still (see Timeline) is not entered again before it has ended.
    """

    def __init__(self, timeline: Timeline, step: Callable[[], float | None], delay: Callable[[], float]) -> None:
        self._timeline = timeline
        self._step = step
        self._delay = delay
        self._next: float | None = None
        self._busy = self._rung = self.ended = False

    def ring(self) -> None:
        self._wake(self._timeline.now + self._delay())

    def _wake(self, at: float) -> None:
        if self._next is None or at < self._next:
            self._next = at
            self._timeline.at(at, self._due)

    def _due(self) -> None:
        if self.ended or self._next is None or self._timeline.now < self._next:
            return
        self._next = None
        if self._busy:
            self._rung = True
            return
        self._busy, self._rung = True, False
        wait = self._step()
        self._busy = False
        if wait is not None:
            self._wake(self._timeline.now + max(wait, SLIVER))
        if self._rung:
            self.ring()
