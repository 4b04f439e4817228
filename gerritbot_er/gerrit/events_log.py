"""What the stream said, read again from Gerrit's plugin events-log, where that is installed.

Facts about the peer (source of the plugin, ``SQLQueryMaker`` and ``SQLStore``): one event of the stream a line, oldest
first, at most ``returnLimit`` (5,000) of them without a word that there are more, and of these only those of projects
that the account may see, so that a page may be short, or empty, and yet not be the last; ``t1`` is inclusive, in whole
seconds *of the server's time zone*, which nothing tells; 503 while its database is away, an empty answer where the
database refuses; events are written up to two seconds after they were sent.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from gerritbot_er.errors import Permanent, Transient
from gerritbot_er.http_client import TooLarge
from gerritbot_er.model import Event

from .events import MalformedEvent, load_object, to_event, to_second
from .history import readable
from .rest import GerritRest

MOST_REQUESTS = 200
"""Pages of one catch-up: a million events."""

_PATH = "plugins/events-log/events/"
_ZONE_STEP = 900
"""Seconds; the difference of every time zone to UTC is a multiple of it."""
_WEST, _EAST = -12 * 3600, 14 * 3600
_SUMMER = 3600
"""Seconds by which a server's clock on the wall may jump back."""
_LONG = 3600.0
"""Seconds of a gap that may hold more events of projects that we may not see than one page."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of the log: when its event was made (UTC second), and the event where it concerns us."""

    line: bytes
    at: int
    event: Event | None


class EventsLog:
    """``since`` of ``ports.History``; ``http_client.Absent`` where the plugin is not installed.

    Owned by one thread at a time.  It never takes for complete what it cannot see to be: an empty page, a page that
    does not hold the last line of the one before, and a second with more events than a page are Transient, and so the
    business of another way to read history.
    """

    def __init__(self, rest: GerritRest, *, now: Callable[[], float], most: int = MOST_REQUESTS) -> None:
        """``now``: our UTC second; ``most`` pages are asked for in one catch-up."""
        self._rest = rest
        self._now = now
        self._most = most
        self._zone, self._zone_known = _WEST, False
        self._anchor: int | None = None

    def since(self, at: int) -> Iterable[Event]:
        """See the port; everything is read before the first event is given."""
        with readable():
            return [logged.event for logged in self._all_since(at) if logged.event and logged.at >= at]

    def _all_since(self, at: int) -> Iterable[Logged]:
        page = self._first_page(at)
        found, looked_beyond = list(page), False
        for _ in range(self._most):
            if not page:
                return found
            known, last = {logged.line for logged in page}, max(logged.at for logged in page)
            following = self._following(page[-1].line, last)
            news = [logged for logged in following if logged.line not in known]
            if news:
                page, looked_beyond = following, False
                found += news
                continue
            beyond = self._ask(None if self._now() - at > _LONG else last + 1 + self._zone)
            if all(logged.at < last or logged.line in known for logged in beyond):
                self._anchor = last
                return found
            if looked_beyond:
                raise Transient("the events log holds more of one second, or of hidden projects, than it gives")
            looked_beyond = True  # perhaps it has just happened: then the next page shows it
        raise Transient(f"the events log holds more than {self._most} pages of this gap")

    def _first_page(self, at: int) -> Sequence[Logged]:
        """A page that begins before this second; empty where the log's newest line is older."""
        begin = min(at - _SUMMER, self._anchor or at)
        if not self._zone_known and (page := self._ask(begin + _WEST)):
            self._learn_zone(page[-1].at, begin + _WEST - min(logged.at for logged in page))
        page = self._ask(begin + self._zone) if self._zone_known else []
        if not page:
            newest = self._ask(None)
            if not newest or any(logged.at >= at for logged in newest):
                raise Transient("the events log says nothing of this time")
            self._anchor = newest[-1].at
        return page

    def _following(self, line: bytes, at: int) -> Sequence[Logged]:
        """The page that begins at this second, in which the one before ended with this line."""
        for _ in range(2):
            page = self._ask(at + self._zone)
            if any(logged.line == line for logged in page) and all(logged.at >= at for logged in page):
                return page
            self._learn_zone(at, _WEST)  # summer has begun, or is over
        raise Transient("the events log leaves something out between two pages")

    def _learn_zone(self, at: int, low: int) -> None:
        """How far the server's clock on the wall is ahead of UTC, by the second of an event that is in the log.

        A page cannot begin with what is older than was asked for: asked for that second by a clock that is not ahead of
        the server's, it begins with that event or an older one, and asked by one that is, with a newer one.
        """
        low, high = max(_WEST, _stepped(low)), _EAST + _ZONE_STEP
        guess = low + _ZONE_STEP
        while high - low > _ZONE_STEP:
            first = min((logged.at for logged in self._ask(at + guess)), default=at + 1)
            if first <= at:
                low = max(guess, min(_stepped(at + guess - first), _EAST))
            else:
                high = guess
            guess = low + max((high - low) // 2 // _ZONE_STEP, 1) * _ZONE_STEP
        self._zone, self._zone_known = low, True

    def _ask(self, local: int | None) -> Sequence[Logged]:
        """The page from this reading of the server's clock on, in seconds; None is the newest page."""
        wanted = ""
        if local is not None:
            date = datetime.fromtimestamp(max(local, 0), UTC).strftime("%Y-%m-%d %H:%M:%S")
            wanted = f"?t1={quote(date)}"
        try:
            return read_page(self._rest.read(_PATH + wanted))
        except TooLarge as error:
            raise Transient(f"an answer of the events log is too long: {error}") from error
        except Permanent as error:
            raise Transient(f"the events log cannot be read: {error}") from error


def _stepped(seconds: int) -> int:
    """The next difference that a time zone may have."""
    return -(-seconds // _ZONE_STEP) * _ZONE_STEP


def read_page(answer: bytes) -> list[Logged]:
    """The lines of an answer.  MalformedEvent where it is no answer of the plugin's, Transient where it was cut."""
    if answer and not answer.endswith(b"\n"):
        raise Transient("an answer of the events log was cut")
    return [read_line(line) for line in answer.split(b"\n") if line.strip()]


def read_line(line: bytes) -> Logged:
    """One line; an event with a field of a wrong type is none, as in the stream.  MalformedEvent without a date."""
    event = load_object(line)
    at = to_second(event, "eventCreatedOn")
    if not at:
        raise MalformedEvent("an event without a date")
    try:
        return Logged(line, at, to_event(_with_plain_project(event)))
    except MalformedEvent:
        return Logged(line, at, None)


def _with_plain_project(event: dict[str, object]) -> dict[str, object]:
    """The plugin's own way to write a project is ``{"name": …}``."""
    change = event.get("change")
    project = change.get("project") if isinstance(change, dict) else None
    if not isinstance(change, dict) or not isinstance(project, dict):
        return event
    return {**event, "change": {**change, "project": project.get("name")}}
