"""IRC: notices to channels, over a connection that is kept up by a loop in a thread of its own."""

import logging
import random
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from irc.strings import lower

from gerritbot_er.backoff import doubled
from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent, Transient
from gerritbot_er.model import Notice
from gerritbot_er.ports import Clock
from gerritbot_er.secret import Secret
from gerritbot_er.settings import Irc

from . import gate
from .link import Link
from .pace import Pace
from .session import Membership, Session, Timing, password_login

_log = logging.getLogger(__name__)
_QUEUE = 100


@dataclass(frozen=True, slots=True)
class IrcState:
    """How it stands with IRC, for status; times in UTC seconds.

    ``connected``: the server has let us in; ``since`` when that began or ended; ``why`` it does not work, in words,
    and ``next_try``; ``refused``: a person must change something; ``absent`` are the channels we are not in, or may
    not speak in, with the reason.
    """

    connected: bool
    since: float
    nick: str = ""
    joined: tuple[str, ...] = ()
    absent: tuple[tuple[str, str], ...] = ()
    why: str | None = None
    next_try: float | None = None
    refused: bool = False
    queued: int = 0
    sent: int = 0
    dropped: int = 0


class IrcNotices:
    """``ports.Notices`` on IRC; ``run`` is the thread's, ``say`` and ``state`` are anybody's."""

    def __init__(
        self,
        settings: Irc,
        password: Secret | None,
        clock: Clock,
        *,
        timing: Timing | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._login = password_login(settings.sasl_username, password)
        self._clock = clock
        self._timing = timing or Timing()
        self._jitter = jitter
        self._lock = threading.Lock()
        self._queue: deque[tuple[float, Notice]] = deque()
        self._sent = self._dropped = self._failures = 0
        self._memberships = tuple(Membership(name) for name in dict.fromkeys(rule.name for rule in settings.channels))
        self._known = frozenset(lower(membership.name) for membership in self._memberships)
        self._pace = Pace()
        self._open: tuple[Link, Session] | None = None
        self._retry_at = self._opened_at = 0.0
        self._trouble: tuple[str, float | None, bool] = ("not started", None, False)
        self._state = IrcState(connected=False, since=clock.now(), why=self._trouble[0])

    def say(self, notice: Notice) -> None:
        """Queue a notice; the oldest is dropped where a hundred wait.  ``Permanent`` for a channel not configured."""
        if lower(gate.clean_target(notice.channel)) not in self._known:
            raise Permanent(f"{notice.channel} is none of irc.channels")
        with self._lock:
            if len(self._queue) >= _QUEUE:
                self._queue.popleft()
                self._dropped += 1
            self._queue.append((self._clock.monotonic(), notice))

    def state(self) -> IrcState:
        with self._lock:
            return replace(self._state, queued=len(self._queue), sent=self._sent, dropped=self._dropped)

    def run(self, stop: threading.Event, alive: Callable[[], None] = lambda: None) -> None:
        """Keep connected and say what is queued, until ``stop``; ``alive`` is called in every round."""
        try:
            while not stop.is_set():
                alive()
                try:
                    self._round(stop)
                except (Transient, Misconfigured) as error:
                    self._lost(error)
                self._publish()
        finally:
            self._close()
            self._publish()

    def _round(self, stop: threading.Event) -> None:
        """Wait a little for the server or for the next try, take in what it says, and do and say what is due."""
        if self._open is not None:
            link, session = self._open
            for event in link.events(self._timing.tick):
                session.heard(event, self._clock.monotonic())
            session.tick(self._clock.monotonic())
            self._say_next(session)
        elif self._clock.monotonic() >= self._retry_at:
            self._connect()
        else:
            stop.wait(self._timing.tick)

    def _connect(self) -> None:
        self._opened_at = self._clock.monotonic()

        def greet(link: Link) -> None:
            session = Session(
                wanted_nick=self._settings.nick,
                memberships=self._memberships,
                login=self._login,
                send=link.send,
                pace=self._pace,
                now=self._clock.monotonic(),
                timing=self._timing,
            )
            self._open = link, session
            session.open()

        Link(self._settings, greet, self._timing.connect)

    def _say_next(self, session: Session) -> None:
        now = self._clock.monotonic()
        with self._lock:
            while self._queue and now - self._queue[0][0] > self._timing.notice:
                self._queue.popleft()
                self._dropped += 1
            sayable = next((entry for entry in self._queue if session.joined(entry[1].channel)), None)
            if sayable is None or not self._pace.take(now):
                return
            self._queue.remove(sayable)  # before it is sent: at most once
            self._sent += 1
        notice = sayable[1]
        said = gate.line(session.nick, notice.channel, notice.text)
        if said is not None:
            session.send(said)

    def _lost(self, error: GerritbotError) -> None:
        """Close, say why once, and choose when to try again: doubling from 5 s to 5 min, at least 10 min if refused."""
        now, timing = self._clock.monotonic(), self._timing
        welcomed = self._open is not None and self._open[1].registered
        if welcomed and now - self._opened_at >= timing.good:
            self._failures = 0
        longest = doubled(timing.reconnect, self._failures, most=timing.reconnect_most)
        wait = longest * (0.5 + 0.5 * self._jitter())
        if isinstance(error, Misconfigured):
            wait = max(wait, timing.refused)
        self._failures += 1
        self._retry_at = now + wait
        _log.warning("IRC: %s (next try in %.0f s)", error, wait)
        self._close()
        self._trouble = str(error), self._clock.now() + wait, isinstance(error, Misconfigured)

    def _close(self) -> None:
        opened, self._open = self._open, None
        for membership in self._memberships:
            membership.joined = False
        if opened is not None:
            opened[0].close()

    def _publish(self) -> None:
        session = None if self._open is None else self._open[1]
        connected = session is not None and session.registered
        with self._lock:
            before = self._state
            self._state = IrcState(
                connected=connected,
                since=self._clock.now() if connected is not before.connected else before.since,
                nick=session.nick if connected and session else "",
                joined=tuple(m.name for m in self._memberships if m.joined),
                absent=tuple((m.name, m.why) for m in self._memberships if m.why is not None),
                why=None if connected else self._trouble[0],
                next_try=None if session is not None else self._trouble[1],
                refused=session is None and self._trouble[2],
            )
