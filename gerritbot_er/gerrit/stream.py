"""The event stream: opens it, reads it at once always, and opens it again whenever it was lost.

Facts about the peer (Gerrit 3.10.2, 3.13.5): there is no heartbeat and no replay; a client that does not read holds
a worker of the server; nothing tells that the server has begun to send, and its reply to the command comes before
that; a frozen server is noticed by nothing but a probe.
"""

import random
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gerritbot_er.backoff import MISCONFIGURED_WAIT, doubled
from gerritbot_er.errors import GerritbotError, Misconfigured, Transient
from gerritbot_er.model import Event
from gerritbot_er.ports import Clock

from .events import TYPES, Lines, MalformedEvent, parse_event, quoted
from .ssh import Connection, Stream

COMMAND = "gerrit stream-events " + " ".join(f"-s {kind}" for kind in (*TYPES, "dropped-output"))

FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
GOOD_AFTER = 120.0
PROBE_MISSES = 2


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: of quiet before a probe, for its answer (and before the next one), between two looks at ``stop``."""

    probe_after: float = 30.0
    probe_timeout: float = 10.0
    tick: float = 1.0


@dataclass(frozen=True, slots=True)
class Lost:
    """The stream is away; ``retry_in`` seconds from now it is tried again."""

    why: str
    retry_in: float
    misconfigured: bool


class Listener(Protocol):
    """Who hears the stream.  Its methods are called by the reader's thread and return at once."""

    def connected(self) -> None:
        """The stream is open: fetch what was missed elsewhere, holding the events that come meanwhile.

        The server may not yet have begun to send, so fetch once more some seconds later.
        """

    def received(self, events: Sequence[Event]) -> None:
        """The events of a chunk, in the server's order; DroppedOutput is one of them."""

    def gap(self, why: str) -> None:
        """Something was not read and only history knows it: a line of more than 4 MiB."""

    def malformed(self, error: MalformedEvent, line: bytes) -> None:
        """A line that is no event; it was left out."""

    def lost(self, state: Lost) -> None:
        """The stream is away."""


def backoff(attempt: int, roll: float, *, misconfigured: bool = False) -> float:
    """Seconds to wait before trying again, after ``attempt`` (from 1) failures in a row; ``roll`` is in 0…1.

    Full jitter between 0.5 seconds and a limit that doubles up to 60; 5 to 15 minutes where a person must act.
    """
    low, high = MISCONFIGURED_WAIT if misconfigured else (FIRST_WAIT, doubled(FIRST_WAIT, attempt, most=LONGEST_WAIT))
    return low + roll * (high - low)


class EventStream:
    """The reader, which the daemon gives a thread of its own."""

    def __init__(
        self,
        connection: Connection,
        listener: Listener,
        clock: Clock,
        *,
        authors: Iterable[str] = (),
        pulse: Callable[[], None] = lambda: None,
        wait: Callable[[threading.Event, float], bool] = threading.Event.wait,
        roll: Callable[[], float] = random.random,
        timing: Timing = Timing(),
    ) -> None:
        """With ``authors``, most comments of other accounts are not told.

        ``pulse`` is called about every second while all is well with the thread, but connecting and probing block it
        for up to 90 seconds.

        ``wait`` and ``roll`` are time and chance, for a simulated clock.
        """
        self._connection = connection
        self._listener = listener
        self._clock = clock
        self._authors = quoted(authors)
        self._pulse = pulse
        self._wait = wait
        self._roll = roll
        self._timing = timing

    def run(self, stop: threading.Event) -> None:
        """Read until ``stop`` is set; noticed within a second, at once where the connection is closed as well."""
        attempt = 0
        while not stop.is_set():
            self._pulse()
            opened: float | None = None
            try:
                stream = self._connection.open_stream(COMMAND)
                opened = self._clock.monotonic()
                try:
                    self._listener.connected()
                    self._read(stream, stop)
                finally:
                    stream.close()
                why: GerritbotError = Transient("the stream was stopped")
            except (Transient, Misconfigured) as error:
                why = error
            if stop.is_set():
                return
            good = opened is not None and self._clock.monotonic() - opened >= GOOD_AFTER
            attempt = 1 if good else attempt + 1
            misconfigured = isinstance(why, Misconfigured)
            pause = backoff(attempt, self._roll(), misconfigured=misconfigured)
            self._listener.lost(Lost(str(why), pause, misconfigured))
            self._rest(pause, stop)

    def _read(self, stream: Stream, stop: threading.Event) -> None:
        """Read the open stream until it ends, which it tells by raising, or until ``stop`` is set."""
        lines, timing = Lines(), self._timing
        misses, heard = 0, self._clock.monotonic()
        while not stop.is_set():
            self._pulse()
            chunk = stream.recv(timing.tick)
            if chunk:
                misses, heard = 0, self._clock.monotonic()
                self._deliver(lines, chunk)
            elif chunk is not None:
                raise _ended(stream)
            elif self._clock.monotonic() - heard >= (timing.probe_timeout if misses else timing.probe_after):
                misses = 0 if self._connection.probe(timing.probe_timeout) else misses + 1
                heard = self._clock.monotonic()
                if misses == PROBE_MISSES:
                    self._connection.drop()
                    raise Transient(f"{self._connection}: no answer to {misses} probes in a row")

    def _deliver(self, lines: Lines, chunk: bytes) -> None:
        skipped = lines.skipped
        events: list[Event] = []
        for line in lines.feed(chunk):
            try:
                event = parse_event(line, self._authors)
            except MalformedEvent as error:
                self._listener.malformed(error, line)
            else:
                if event is not None:
                    events.append(event)
        if lines.skipped > skipped:
            self._listener.gap("an event of more than 4 MiB was skipped")
        if events:
            self._listener.received(events)

    def _rest(self, seconds: float, stop: threading.Event) -> None:
        end = self._clock.monotonic() + seconds
        while (left := end - self._clock.monotonic()) > 0 and not self._wait(stop, min(left, self._timing.tick)):
            self._pulse()


def _ended(stream: Stream) -> GerritbotError:
    """Why the server ended the stream."""
    answer = stream.ending()
    if answer.status and "not permitted" in answer.complaint:
        return Misconfigured(
            "the account may not stream events; add it to the group Service Users, or give it the global capability "
            "Stream Events"
        )
    return Transient(f"the server ended the stream: {answer.complaint}")
