"""The simulated SSH connection to Gerrit: the daemon's own reader, history and reviews speak over it, and it fails.

What the stream sends is held until it is read; reading lets time pass, so that the reader's loop is the month's.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.gerrit.ssh import Answer, Connection, Stream
from gerritbot_er.settings import Gerrit as GerritSettings

from .gerrit import BOT, Change, Gerrit
from .timeline import Timeline
from .weather import Fault, Weather

HUGE = b'{"padding":"' + b"x" * (4 * 1024 * 1024) + b'",'
_HOLD = 20.0
"""Seconds that Gerrit may still work on a comment after the connection that brought it has ended."""
_QUERY = re.compile(r"gerrit query .*?(?:--start (\d+) )?limit:(\d+) (?:change:(\d+)|'after:\"([^\"]+) \+0000\"')")


class Line:
    """The way of Gerrit's events to its listeners, where they are doubled, swapped, held up, dropped, lost."""

    def __init__(self, timeline: Timeline, chance: Random, weather: Weather, gerrit: Gerrit) -> None:
        self._timeline = timeline
        self._chance = chance
        self._weather = weather
        self._gerrit = gerrit
        self._streams: list[SimulatedStream] = []
        self._held: bytes | None = None
        self._stuck: list[bytes] = []
        self._huge = False
        self._latest = 0.0
        self._drop_after: int | None = None
        self._drops_until = 0.0
        gerrit.publish = self._publish
        for fault in (Fault.STREAM_LOST, Fault.GERRIT_DOWN):
            weather.when(fault, lambda spell: self._break(spell.fault))
        for fault in (Fault.GERRIT_HUNG, Fault.STREAM_DEAF):
            weather.when(fault, lambda spell: timeline.at(spell.end, self._unstick))
        weather.when(Fault.LINE_HUGE, lambda _: self._pad_next())
        weather.when(Fault.OUTPUT_DROPPED, lambda _: self._drop())

    def subscribe(self, stream: "SimulatedStream") -> None:
        """A moment after the reply the server begins to send."""
        self._timeline.after(self._chance.choice((0.0, 0.1, 3.0)), lambda: self._streams.append(stream))

    def unsubscribe(self, stream: "SimulatedStream") -> None:
        if stream in self._streams:
            self._streams.remove(stream)

    def _publish(self, line: bytes) -> None:
        weather, timeline = self._weather, self._timeline
        if timeline.now < self._drops_until:
            if self._drop_after == 0:
                weather.bitten[Fault.OUTPUT_DROPPED] += bool(self._streams)
                return
            self._drop_after = (self._drop_after or 0) - 1
        lines = [line]
        if weather.bites(Fault.LINES_MALFORMED, 0.5):
            lines.insert(
                0, self._chance.choice((b"{\n", b'{"type":7}\n', b"\xff\xfe\n", b"[" * 3000 + b"\n", b"\n", line[9:]))
            )
        if self._huge:
            self._huge, lines[-1] = False, HUGE + line[1:]
            weather.bitten[Fault.LINE_HUGE] += bool(self._streams)
        if weather.bites(Fault.EVENTS_TWICE, 0.5):
            lines.append(line)
        if self._held is not None:
            lines.append(self._held)
            self._held = None
        elif weather.bites(Fault.EVENTS_SWAPPED, 0.5):
            self._held = b"".join(lines)
            timeline.after(0.9, self._let_go)
            return
        delay = self._chance.uniform(0.0, 0.3)
        if weather.bites(Fault.EVENTS_LATE, 0.5) or weather.mischief(Fault.EVENTS_LATE):
            delay = self._chance.uniform(1.0, 600.0)
        self._latest = max(self._latest, timeline.now + delay)
        timeline.at(self._latest, lambda: self._send(b"".join(lines)))

    def _let_go(self) -> None:
        if self._held is not None:
            line, self._held = self._held, None
            self._send(line)

    def _send(self, data: bytes) -> None:
        if self._weather.on(Fault.GERRIT_HUNG) or self._weather.on(Fault.STREAM_DEAF):
            fault = Fault.GERRIT_HUNG if self._weather.on(Fault.GERRIT_HUNG) else Fault.STREAM_DEAF
            self._weather.bitten[fault] += bool(self._streams)
            self._stuck.append(data)
            return
        for stream in self._streams:
            stream.push(data)

    def _unstick(self) -> None:
        """A connection that has survived loses nothing: it brings all of it late.  Some have not."""
        stuck, self._stuck = self._stuck, []
        if self._chance.random() < 0.5:
            self._break(Fault.STREAM_LOST)
        for data in stuck:
            self._send(data)

    def _break(self, fault: Fault) -> None:
        self._weather.bitten[fault] += bool(self._streams)
        for stream in list(self._streams):
            stream.end()
        self._streams.clear()

    def _pad_next(self) -> None:
        self._huge = True

    def _drop(self) -> None:
        """It is said at once; a few events still come, those of the next seconds do not."""
        self._drop_after = self._chance.randint(0, 3)
        self._drops_until = self._timeline.now + self._chance.uniform(1.0, 50.0)
        self._send(b'{"type":"dropped-output","eventCreatedOn":%d}\n' % self._gerrit.second())


class SimulatedStream(Stream):
    """An open stream of events."""

    def __init__(self, timeline: Timeline, chance: Random, line: Line) -> None:
        self._timeline = timeline
        self._chance = chance
        self._line = line
        self._buffer = b""
        self._ended = False
        line.subscribe(self)

    def push(self, data: bytes) -> None:
        self._buffer += data

    def end(self) -> None:
        self._ended = True

    def recv(self, timeout: float) -> bytes | None:
        if not self._buffer and not self._ended:
            self._timeline.run_until(self._timeline.now + timeout, lambda: bool(self._buffer) or self._ended)
        if self._buffer:
            cut = len(self._buffer) if self._chance.random() < 0.7 else self._chance.randint(1, len(self._buffer))
            data, self._buffer = self._buffer[:cut], self._buffer[cut:]
            return data
        return b"" if self._ended else None

    def ending(self) -> Answer:
        return Answer(None, b"", b"")

    def close(self) -> None:
        self._line.unsubscribe(self)


class SimulatedConnection(Connection):
    """One process's connection; ``posting`` is told of each comment as Gerrit gets it, with the second of the look."""

    def __init__(
        self,
        timeline: Timeline,
        chance: Random,
        weather: Weather,
        gerrit: Gerrit,
        *,
        line: Line,
        posting: Callable[[Change, int, str, float], None],
    ) -> None:
        super().__init__(GerritSettings(host="review.example.org", username=BOT, key=Path("k"), known_hosts=Path("h")))
        self._timeline = timeline
        self._chance = chance
        self._weather = weather
        self._server = gerrit
        self._line = line
        self._posting = posting
        self._closed_at: float | None = None
        self._stream: SimulatedStream | None = None

    def open_stream(self, command: str) -> Stream:
        del command
        self._reach(Fault.GERRIT_DOWN, Fault.GERRIT_HUNG)
        self._stream = SimulatedStream(self._timeline, self._chance, self._line)
        return self._stream

    def interrupt(self) -> None:
        """Whoever reads the stream is freed."""
        if self._stream:
            self._stream.end()

    def probe(self, timeout: float) -> bool:
        if self._weather.on(Fault.GERRIT_HUNG):
            self._timeline.run_until(self._timeline.now + timeout)
            return False
        return not self._weather.on(Fault.GERRIT_DOWN)

    def drop(self) -> None:
        """The stream that is read closes itself."""

    def close(self) -> None:
        self._closed_at = self._timeline.now

    def run(self, command: str, stdin: bytes = b"", *, timeout: float) -> Answer:
        self._timeline.spend(self._chance.choice((0.0, 0.0, 0.05, 0.5)))
        if self._weather.on(Fault.GERRIT_DOWN):
            self._timeline.spend(self._chance.uniform(0.0, 10.0))
        self._reach(Fault.GERRIT_DOWN)
        if self._weather.bites(Fault.GERRIT_HUNG):
            self._timeline.spend(timeout)
            raise Transient(f"{command} has not ended within {timeout} seconds")
        if command.startswith("gerrit review"):
            return self._review(command, stdin, timeout)
        return self._query(command, timeout)

    def _reach(self, *faults: Fault) -> None:
        for fault in faults:
            if self._weather.bites(fault):
                raise Transient(f"{self}: {fault}")
        if self._weather.bites(Fault.ACCOUNT_REFUSED):
            raise Misconfigured(f"{self} refuses the key")

    # -- history

    def _query(self, command: str, timeout: float) -> Answer:
        found = _QUERY.match(command)
        assert found, command
        start, limit, number, after = found.groups()
        weather = self._weather
        if weather.bites(Fault.HISTORY_SLOW, 0.7):
            late = self._chance.uniform(1.0, timeout * 1.3)
            self._timeline.spend(min(late, timeout))
            if late > timeout:
                raise Transient(f"{command} has not ended within {timeout} seconds")
        if weather.bites(Fault.HISTORY_REFUSED, 0.8):
            error = b'{"type":"error","message":"the index is away"}\n'
            return self._chance.choice(
                (Answer(0, error, b""), Answer(1, b"", b"internal error"), Answer(None, b"", b""))
            )
        if number:
            data = self._server.one(int(number))
        else:
            second = datetime.fromisoformat(f"{after}+00:00").timestamp()
            data = self._server.changed_since(int(second), int(start or 0), int(limit))
        if weather.bites(Fault.HISTORY_CUT, 0.8):
            data = data[: self._chance.randint(0, len(data) - 2)]
        if weather.bites(Fault.HISTORY_GARBAGE, 0.8):
            data = self._chance.choice((b"<html>", b"\xff" * 20, b'{"number":"x"}\n' + data, b"[]\n" + data))
        return Answer(0, data, b"")

    # -- reviews

    def _review(self, command: str, stdin: bytes, timeout: float) -> Answer:
        number, patchset = (int(part) for part in command.rsplit(" ", 1)[1].split(","))
        message = str(json.loads(stdin)["message"])
        change = self._server.changes.get(number)
        if change is None or not 1 <= patchset <= change.patchset:
            return Answer(1, b"", b"no such change")
        looked, sent = self._timeline.now, self._timeline.now + self._timeline.spent
        self._server.reviews.append(sent)
        weather = self._weather

        def post(after: float) -> None:
            self._arrive(change, patchset, message, (looked, sent), sent + after)

        if weather.bites(Fault.POST_REFUSED, 0.5):
            return Answer(1, b"", b"Comment size exceeds limit (20000 > 16384)")
        if weather.bites(Fault.POST_LOST, 0.7) or weather.mischief(Fault.POST_LOST):
            self._timeline.spend(self._chance.uniform(0.0, timeout))
            raise Transient("the connection was lost")
        if weather.bites(Fault.POST_VANISHED, 0.7):
            return Answer(0, b"", b"")
        if weather.bites(Fault.POST_LATE, 0.7) or weather.mischief(Fault.POST_LATE):
            post(timeout + self._chance.uniform(0.0, _HOLD))
            self._timeline.spend(timeout)
            raise Transient(f"{command} has not ended within {timeout} seconds")
        if weather.bites(Fault.POST_UNANSWERED, 0.7) or weather.mischief(Fault.POST_UNANSWERED):
            post(0.0)
            self._timeline.spend(self._chance.uniform(0.0, timeout))
            return self._chance.choice((Answer(None, b"", b""), Answer(1, b"", b"internal server error")))
        took = self._chance.choice((0.0, 0.0, 0.04, 3.0))
        post(took)
        self._timeline.spend(took)
        return Answer(0, b"", b"")

    def _arrive(self, change: Change, patchset: int, message: str, asked: tuple[float, float], at: float) -> None:
        """Gerrit takes the comment at that second, if the process lived to send it."""
        looked, sent = asked

        def take() -> None:
            ended = self._closed_at
            if ended is not None and (ended < sent or self._timeline.now > ended + _HOLD):
                return
            self._posting(change, patchset, message, looked)
            self._server.comment(change, patchset, BOT, message)

        if at <= self._timeline.now:
            take()
        else:
            self._timeline.at(at, take)
