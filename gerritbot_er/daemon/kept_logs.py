"""Holds the logs that are kept on this machine to their limits, and reports on the status board what was dropped."""

import logging
from collections.abc import Mapping

from gerritbot_er import dependencies, time_words
from gerritbot_er.dependencies import Condition
from gerritbot_er.errors import GerritbotError, Misconfigured
from gerritbot_er.logs.keeper import LogKeeper
from gerritbot_er.logs.retained import Dropped, Held
from gerritbot_er.ports import Board, Clock
from gerritbot_er.settings import Keep

EVERY = 60.0
"""Seconds between two looks at what has become too old; what was kept is looked at at once."""

log = logging.getLogger(__name__)


class KeptLogsWatch:
    """Drops kept logs that are beyond their limits, and reports on the status board what is kept.

    Owned by one thread, which calls ``step`` every second; ``keepers`` by the name of their log store.
    """

    def __init__(self, keepers: Mapping[str, LogKeeper], board: Board, clock: Clock) -> None:
        self._board = board
        self._clock = clock
        self._states = [_Keeping(name, keeper) for name, keeper in keepers.items()]

    def step(self) -> None:
        """Drop what is beyond the limits, a few builds at a time, and say how it stands."""
        for one in self._states:
            one.step(self._board, self._clock)

    def held(self) -> Mapping[str, tuple[Held, Keep]]:
        """What was held at the last look by the name of the log store, and its limits; any thread may ask."""
        return {one.name: (one.held, one.limits) for one in self._states if one.held is not None}


class _Keeping:
    """What was said of one log store's."""

    def __init__(self, name: str, keeper: LogKeeper) -> None:
        self.name = name
        self.limits = keeper.limits
        self.held: Held | None = None
        self._keeper = keeper
        self._next = float("-inf")
        self._ready = False
        self._dropped = ""
        self._trouble = ""

    def step(self, board: Board, clock: Clock) -> None:
        if not self._keeper.changed() and clock.monotonic() < self._next:
            return
        self._next = clock.monotonic() + EVERY
        limits, now = self.limits, clock.now()
        try:
            if not self._ready:
                self._keeper.prepare()
                self._ready = True
            dropped, self.held = self._keeper.prune(now)
        except GerritbotError as error:
            state = Condition.MISCONFIGURED if isinstance(error, Misconfigured) else Condition.DEGRADED
            self._say(board, state, str(error))
            return
        if dropped:
            words = dropped_words(dropped, limits)
            log.info("kept logs of %s: %s", self.name, words)
            self._dropped = f"; at {time_words.date_and_time(now)} {words}"
        if dropped.more:
            self._next = clock.monotonic()
        trouble = self._keeper.trouble
        self._say(board, Condition.DEGRADED if trouble else Condition.WORKING, trouble, held_words(self.held, limits))

    def _say(self, board: Board, state: Condition, trouble: str, held: str = "") -> None:
        why = "; ".join(filter(None, (trouble, held)))
        board.say(dependencies.kept_logs(self.name), state, why + self._dropped)
        if bool(trouble) != bool(self._trouble):
            if trouble:
                log.warning("logs of %s are searched and not kept: %s", self.name, trouble)
            else:
                log.info("logs of %s are kept again", self.name)
        self._trouble = trouble


def held_words(held: Held, limits: Keep) -> str:
    """What is kept, in a line."""
    oldest = f", the oldest since {time_words.date_and_time(held.oldest)}" if held.oldest is not None else ""
    return f"{_builds(held.failed, held.successes)}, {_size(held.bytes)} of {_size(limits.size)}{oldest}"


def dropped_words(dropped: Dropped, limits: Keep) -> str:
    """What was dropped and why, in a line."""
    reasons = []
    if dropped.too_old:
        reasons.append(f"{dropped.too_old} after {time_words.span(limits.time)}")
    if dropped.beyond:
        reasons.append(f"{dropped.beyond} beyond {_size(limits.size)}")
    return f"dropped {_builds(dropped.failed, dropped.successes)} ({_size(dropped.bytes)}): {', '.join(reasons)}"


def _builds(failed: int, successes: int) -> str:
    words = [f"{count} {kind}" for count, kind in ((failed, "failed"), (successes, "successful")) if count]
    noun = "build" if failed + successes == 1 else "builds"
    return f"{' and '.join(words) or 'no'} {noun}"


def _size(count: int) -> str:
    for size, unit in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
