"""A cache of answers that took long to count, so that nobody keeps the daemon busy by asking for a year."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

from gerritbot_er.ports import Clock

from .turns import Turns

LONG = 0.05
"""Seconds; what took less is found out anew each time."""
WORTH = 100.0
"""It is told for so many times the seconds that it took, so that a question costs a hundredth of a core at most."""
LONGEST = 300.0
"""Seconds for which it is told at the longest: a change may become private meanwhile."""
MOST = 100
"""Answers that are remembered."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class _Entry:
    answer: object
    until: float


class Remembered:
    """Answers of expensive questions, remembered for a while.

    Any thread may ask; whoever asks the same meanwhile waits for the one answer.

    What is not remembered is found out in its turn; ``Busy`` where too many wait for theirs.
    """

    def __init__(self, clock: Clock, turns: Turns) -> None:
        self._clock = clock
        self._turns = turns
        self._lock = threading.Lock()
        self._told: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._asking: dict[Hashable, threading.Lock] = {}

    def ask(self, question: Hashable, find_out: Callable[[Callable[[], bool]], Answer]) -> Answer:
        """The answer to this question, found out now or not long ago.

        ``find_out`` is told what tells when its time is over.
        """
        known = self._known(question)
        if known:
            return known.answer  # type: ignore[return-value] # its own
        with self._turns.place():
            return self._ask(question, find_out)

    def _ask(self, question: Hashable, find_out: Callable[[Callable[[], bool]], Answer]) -> Answer:
        with self._lock:
            turn = self._asking.setdefault(question, threading.Lock())
        with turn:
            try:
                known = self._known(question)
                return known.answer if known else self._found_out(question, find_out)  # type: ignore[return-value] # its own
            finally:
                with self._lock:
                    self._asking.pop(question, None)

    def _known(self, question: Hashable) -> _Entry | None:
        with self._lock:
            known = self._told.get(question)
        return known if known and self._clock.monotonic() < known.until else None

    def _found_out(self, question: Hashable, find_out: Callable[[Callable[[], bool]], Answer]) -> Answer:
        with self._turns.turn() as over:
            began = self._clock.monotonic()
            answer = find_out(over)
        now = self._clock.monotonic()
        if now - began >= LONG:
            with self._lock:
                self._told[question] = _Entry(answer, now + min(WORTH * (now - began), LONGEST))
                self._told.move_to_end(question)
                while len(self._told) > MOST:
                    self._told.popitem(last=False)
        return answer
