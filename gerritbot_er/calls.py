"""The port ``Calls``: blocking calls handed to a few threads and collected by their owner, or made at once."""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from queue import SimpleQueue

from gerritbot_er.errors import GerritbotError
from gerritbot_er.ports import Done

_Call = tuple[str, Hashable, Callable[[], object]]
"""Its lane, its key, and what to call."""


class ThreadCalls:
    """Runs at most ``per_lane`` calls of one lane and ``total`` in all; ``ring`` is called when one has ended.

    The threads are daemons, not a pool of the standard library's, for which the interpreter waits without limit at
    its end: a peer that hangs must not keep the process from ending.
    """

    def __init__(self, name: str, ring: Callable[[], None], *, per_lane: int = 2, total: int = 8) -> None:
        self._name = name
        self._ring = ring
        self._per_lane = per_lane
        self._total = total
        self._lock = threading.Lock()
        self._handed_out: SimpleQueue[_Call | None] = SimpleQueue()
        self._under_way = 0
        self._threads: list[threading.Thread] = []
        self._waiting: dict[str, deque[_Call]] = {}
        self._running: dict[str, int] = {}
        self._done: list[Done] = []
        self._closed = False

    def submit(self, lane: str, key: Hashable, call: Callable[[], object]) -> None:
        with self._lock:
            if self._closed:
                return
            if self._running.get(lane, 0) >= self._per_lane:
                self._waiting.setdefault(lane, deque()).append((lane, key, call))
                return
            self._running[lane] = self._running.get(lane, 0) + 1
            self._hand_out((lane, key, call))

    def collect(self) -> Sequence[Done]:
        with self._lock:
            done, self._done = self._done, []
        return done

    def load(self) -> Mapping[str, tuple[int, int]]:
        """Of each lane that has any: how many calls are under way, and how many wait for their turn."""
        with self._lock:
            return {lane: (count, len(self._waiting.get(lane, ()))) for lane, count in self._running.items()}

    def close(self, *, within: float = 0.0) -> bool:
        """Forget the calls that wait, and let those that run end; whether they did, in so many seconds."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            threads = list(self._threads)
        for _ in threads:
            self._handed_out.put(None)
        deadline = time.monotonic() + within
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _hand_out(self, call: _Call) -> None:
        self._under_way += 1
        self._handed_out.put(call)
        if len(self._threads) < min(self._under_way, self._total):
            thread = threading.Thread(target=self._work, name=f"{self._name}-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (call := self._handed_out.get()) is not None and not self._closed:
            self._run(*call)

    def _run(self, lane: str, key: Hashable, call: Callable[[], object]) -> None:
        try:
            done = Done(key, result=call())
        except Exception as error:  # noqa: BLE001 - handed to the owner, who alone can tell what it means
            done = Done(key, error=error)
        with self._lock:
            self._done.append(done)
            self._under_way -= 1
            self._follow(lane)
        self._ring()

    def _follow(self, lane: str) -> None:
        """The next call of this lane, if one waits."""
        queue = self._waiting.get(lane)
        if queue:
            self._hand_out(queue.popleft())
            if not queue:
                del self._waiting[lane]
            return
        self._running[lane] -= 1
        if not self._running[lane]:
            del self._running[lane]


class InlineCalls:
    """Makes each call when it is handed over, for a world that has no slow peers."""

    def __init__(self) -> None:
        self._done: list[Done] = []

    @property
    def ended(self) -> int:
        """How many calls wait to be collected."""
        return len(self._done)

    def submit(self, lane: str, key: Hashable, call: Callable[[], object]) -> None:
        del lane
        try:
            self._done.append(Done(key, result=call()))
        except GerritbotError as error:
            self._done.append(Done(key, error=error))

    def collect(self) -> Sequence[Done]:
        done, self._done = self._done, []
        return done
