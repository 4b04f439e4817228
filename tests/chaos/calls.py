"""The port ``Calls`` on simulated time: a call ends as many seconds later as its peers spent on it."""

from collections import deque
from collections.abc import Callable, Hashable, Sequence

from gerritbot_er.ports import Done

from .timeline import Timeline

PER_LANE = 2

_Call = tuple[str, Hashable, Callable[[], object]]


class SimulatedCalls:
    """Two calls of a lane at once, the others wait; ``delay`` is the time until a thread takes up a call."""

    def __init__(self, timeline: Timeline, ring: Callable[[], None], delay: Callable[[], float]) -> None:
        self._timeline = timeline
        self._ring = ring
        self._delay = delay
        self._running: dict[str, int] = {}
        self._waiting: dict[str, deque[_Call]] = {}
        self._done: list[Done] = []
        self._closed = False

    def submit(self, lane: str, key: Hashable, call: Callable[[], object]) -> None:
        if self._running.get(lane, 0) >= PER_LANE:
            self._waiting.setdefault(lane, deque()).append((lane, key, call))
        else:
            self._running[lane] = self._running.get(lane, 0) + 1
            self._begin((lane, key, call))

    def collect(self) -> Sequence[Done]:
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        """The process is no more."""
        self._closed = True

    def forget_waiting(self) -> None:
        """At an orderly end, those that have not begun are left out."""
        self._waiting.clear()

    @property
    def under_way(self) -> int:
        return sum(self._running.values()) + sum(map(len, self._waiting.values()))

    def _begin(self, call: _Call) -> None:
        self._timeline.after(self._delay(), lambda: self._run(*call))

    def _run(self, lane: str, key: Hashable, call: Callable[[], object]) -> None:
        if self._closed:
            return
        before, self._timeline.spent = self._timeline.spent, 0.0
        try:
            done = Done(key, result=call())
        except Exception as error:  # noqa: BLE001 - as the port says
            done = Done(key, error=error)
        finally:
            took, self._timeline.spent = self._timeline.spent, before
        self._timeline.after(took, lambda: self._end(lane, done))

    def _end(self, lane: str, done: Done) -> None:
        if self._closed:
            return
        self._done.append(done)
        queue = self._waiting.get(lane)
        if queue:
            self._begin(queue.popleft())
        else:
            self._waiting.pop(lane, None)
            self._running[lane] -= 1
            if not self._running[lane]:
                del self._running[lane]
        self._ring()
