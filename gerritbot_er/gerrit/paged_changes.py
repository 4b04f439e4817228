"""A long list of changes read page by page while it moves: Gerrit gives it newest first, and every comment moves one.

One page cannot shift.  Of several, a change that moves to the front while later pages are read is missed, so the front
is read again until one page of it shows a change that is known: behind it all is known.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from gerritbot_er.errors import Transient
from gerritbot_er.model import Event

PAGE = 100
"""Changes that are asked for at a time."""
MOST_REQUESTS = 1000
"""Pages of one catch-up: 100,000 changes, fifty days of OpenDev."""
_MOST_ROUNDS = 20
_AFTER_TOO_MANY = 900.0


class PageTooLong(Transient):
    """A page of more bytes than are taken; a shorter one may do."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A change of a page: ``stamp`` is another one as soon as the change has moved; its events, oldest first."""

    number: int
    stamp: Hashable
    events: tuple[Event, ...]


Page = tuple[Sequence[Listed], bool]
"""The changes of a page, and whether more follow."""


def read_all(ask: Callable[[int, int], Page], *, page: int = PAGE, most: int = MOST_REQUESTS) -> list[Event]:
    """The events of all changes in the list, oldest first; within a second in the order of each change's own record.

    ``ask`` gives the page that begins at an index, of so many changes at most, and may raise PageTooLong: then it is
    asked for half as many.  Transient after ``most`` requests, or where the list moves faster than it is read.
    """
    reading = _Reading(ask, page, most)
    for _ in range(_MOST_ROUNDS):
        if reading.round():
            events = [event for listed in reading.seen.values() for event in listed.events]
            return sorted(events, key=lambda event: event.at)
    raise Transient("Gerrit's changes move faster than they can be read")


class _Reading:
    """What one catch-up knows so far."""

    def __init__(self, ask: Callable[[int, int], Page], size: int, most: int) -> None:
        self.seen: dict[int, Listed] = {}
        self._ask = ask
        self._size = size
        self._left = self._most = most

    def round(self) -> bool:
        """Read from the front to the end or to what is known; whether all is known now.

        Known is what an earlier round saw: a change of this round's own comes again whenever the list moves meanwhile,
        and what lies behind it was not read yet.
        """
        known = {number: listed.stamp for number, listed in self.seen.items()}
        start = 0
        while True:
            rows, more = self._page(start)
            self.seen |= {row.number: row for row in rows}
            if not more or not rows or any(row.number in known and known[row.number] == row.stamp for row in rows):
                return start == 0
            start += len(rows)

    def _page(self, start: int) -> Page:
        while self._left > 0:
            self._left -= 1
            try:
                return self._ask(start, self._size)
            except PageTooLong:
                if self._size == 1:
                    raise
                self._size //= 2
        raise Transient(
            f"the changes of this gap take more than {self._most} requests: to leave the older ones out, stop the "
            "daemon, move its state folder away, and begin anew with run --since",
            after=_AFTER_TOO_MANY,
        )
