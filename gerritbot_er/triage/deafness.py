"""Finds a deaf stream: open, on a server that answers probes, and without reports that history has."""

import threading
from collections.abc import Callable, Iterable, Sequence

from gerritbot_er.model import Event

GRACE = 30.0
"""Seconds that the stream has to tell what history told first."""
SAME = 5
"""The stream and history may date a comment so many seconds apart."""


class Deafness:
    """Finds out whether an open stream is deaf: history has reports that the stream did not tell.

    ``heard`` is called by the stream's reader, the rest by whoever reads history.

    ``is_report`` knows what the stream is sure to tell: of other messages in a change's history it has no event.
    """

    def __init__(self, is_report: Callable[[Event], bool]) -> None:
        self._is_report = is_report
        self._lock = threading.Lock()
        self._known: int | None = None
        self._deaf_at: float | None = None

    def heard(self, events: Iterable[Event], latest: float) -> None:
        """The stream tells; nothing is believed to be from after ``latest`` (UTC seconds)."""
        with self._lock:
            self._deaf_at = None
            self._know(events, latest)

    def read(self, events: Sequence[Event], latest: float) -> None:
        """History was read because events may have been missed, so that it proves nothing against the stream."""
        with self._lock:
            self._deaf_at = None
            self._know(events, latest)

    def compare(self, events: Sequence[Event], latest: float, now: float) -> None:
        """History was read because the stream is quiet; ``now`` in monotonic seconds."""
        reports = [event.at for event in events if event.at <= latest and self._is_report(event)]
        with self._lock:
            if self._known is None:
                return
            if max(reports, default=0) > self._known + SAME:
                self._deaf_at = now + GRACE
            self._know(events, latest)

    def lost(self) -> None:
        """The stream is away, and nothing is expected of it before history was read after it came back."""
        with self._lock:
            self._known = self._deaf_at = None

    def rest(self, now: float) -> float | None:
        """Seconds until the stream is deaf if it goes on telling nothing; None where there is no suspicion."""
        with self._lock:
            return None if self._deaf_at is None else max(0.0, self._deaf_at - now)

    def _know(self, events: Iterable[Event], latest: float) -> None:
        dates = [event.at for event in events if event.at <= latest]
        self._known = max([self._known or 0, *dates])
