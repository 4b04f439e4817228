"""Blocking calls handed to a few threads and collected by their owner: the port ``Calls``."""

import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor

from gerritbot_er.ports import Done

_Waiting = tuple[Hashable, Callable[[], object]]


class ThreadCalls:
    """Runs at most ``per_lane`` calls of one lane and ``total`` in all; ``ring`` is called when one has ended."""

    def __init__(self, name: str, ring: Callable[[], None], *, per_lane: int = 2, total: int = 8) -> None:
        self._threads = ThreadPoolExecutor(total, thread_name_prefix=name)
        self._ring = ring
        self._per_lane = per_lane
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[_Waiting]] = {}
        self._running: dict[str, int] = {}
        self._done: list[Done] = []
        self._closed = False

    def submit(self, lane: str, key: Hashable, call: Callable[[], object]) -> None:
        with self._lock:
            if self._closed:
                return
            if self._running.get(lane, 0) >= self._per_lane:
                self._waiting.setdefault(lane, deque()).append((key, call))
                return
            self._running[lane] = self._running.get(lane, 0) + 1
            self._threads.submit(self._run, lane, key, call)

    def collect(self) -> Sequence[Done]:
        with self._lock:
            done, self._done = self._done, []
        return done

    def close(self) -> None:
        """Let the calls that run end, forget those that wait."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _run(self, lane: str, key: Hashable, call: Callable[[], object]) -> None:
        try:
            done = Done(key, result=call())
        except Exception as error:  # noqa: BLE001 - handed to the owner, who alone can tell what it means
            done = Done(key, error=error)
        with self._lock:
            self._done.append(done)
            queue = self._waiting.get(lane)
            if queue:
                following = queue.popleft()
                if not queue:
                    del self._waiting[lane]
                self._threads.submit(self._run, lane, *following)
            else:
                self._running[lane] -= 1
                if not self._running[lane]:
                    del self._running[lane]
        self._ring()
