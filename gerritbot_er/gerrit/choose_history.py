"""History by the best way that answers now: the events log, else REST, else SSH.

All of them tell of the same comments (a case's key is made of the text alone), so that the next way may be asked in the
same catch-up when one fails.  A way that failed is left alone for a while.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from gerritbot_er.dependencies import EVENTS_LOG, REST, Condition
from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent
from gerritbot_er.http_client import Absent
from gerritbot_er.model import ChangeHistory, Event
from gerritbot_er.ports import NO_BOARD, Board, History

log = logging.getLogger(__name__)

ABSENT_FOR = 3600.0
"""Seconds until a plugin that was not installed is asked for again."""
MISCONFIGURED_FOR = 900.0
"""Seconds; a refused password tried again and again locks accounts."""
TROUBLED_FOR = 300.0
"""Seconds; SSH does as well meanwhile, and a server that hangs costs a minute each time it is asked."""

T = TypeVar("T")
_Ask = tuple[str, Callable[[], T]]


class EventRecord(Protocol):
    """A record of events, which knows no changes."""

    def since(self, at: int) -> Iterable[Event]:
        """See ``ports.History``."""


class BestHistory:
    """``ports.History`` by the events log and REST, and over SSH whenever they do not answer."""

    def __init__(
        self,
        *,
        events_log: EventRecord,
        rest: History,
        ssh: History,
        clock: Callable[[], float],
        board: Board = NO_BOARD,
    ) -> None:
        """``clock`` counts seconds monotonically; ``board`` is told which way is not taken, and why."""
        self._events_log = events_log
        self._rest = rest
        self._ssh = ssh
        self._clock = clock
        self._not_before: dict[str, float] = {}
        self._board = board
        self._told: dict[str, str] = {}

    def since(self, at: int) -> Iterable[Event]:
        """See the port; everything is read before the first event is given."""
        ways: list[_Ask[tuple[Event, ...]]] = [
            (EVENTS_LOG, lambda: tuple(self._events_log.since(at))),
            (REST, lambda: tuple(self._rest.since(at))),
        ]
        return self._first(ways, lambda: tuple(self._ssh.since(at)))

    def change(self, number: int) -> ChangeHistory:
        """See the port; that there is no such change is an answer, for which no other way is asked again."""
        return self._first([(REST, lambda: self._rest.change(number))], lambda: self._ssh.change(number), Permanent)

    def _first(
        self, ways: Sequence[_Ask[T]], otherwise: Callable[[], T], final: type[GerritbotError] | tuple[()] = ()
    ) -> T:
        """What the first way answers that does; an error of the kind ``final`` is an answer."""
        for name, ask in ways:
            now = self._clock()
            if now < self._not_before.get(name, now):
                continue
            try:
                answer = ask()
            except final:
                raise
            except GerritbotError as error:
                self._leave_alone(name, error)
            else:
                self._tell(name, Condition.WORKING)
                return answer
        return otherwise()

    def _leave_alone(self, name: str, error: GerritbotError) -> None:
        absent = name == EVENTS_LOG and isinstance(error, Absent)
        refused = isinstance(error, Misconfigured)
        wait = ABSENT_FOR if absent else MISCONFIGURED_FOR if refused else TROUBLED_FOR
        wait = max(wait, getattr(error, "after", None) or 0.0)
        self._not_before[name] = self._clock() + wait
        if not absent:
            self._tell(name, Condition.MISCONFIGURED if refused else Condition.DEGRADED, str(error), wait)
        elif name in self._told:
            self._tell(name, Condition.WORKING)  # it was taken away, and needs nothing any more

    def _tell(self, name: str, condition: Condition, why: str = "", wait: float | None = None) -> None:
        """Put it on the board, and into the log where it is news."""
        if why and self._told.get(name) != why:
            log.warning("history is not read by way of the %s: %s", name, why)
        elif not why and self._told.get(name):
            log.info("history is read by way of the %s again", name)
        if why or self._told.get(name) != "":
            self._told[name] = why
            self._board.say(name, condition, why, retry_in=wait)
