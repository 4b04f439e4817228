"""The event streams of the sandbox Gerrit: one bounded queue per ``stream-events``, dropped output included."""

import threading
from collections import deque
from collections.abc import Callable

from gerritbot_er.sandbox import gson

_BATCH = 128 * 1024


class EventStream:
    """The lines that one client has still to get.

    Beyond ``limit`` lines events are dropped, and a ``dropped-output`` line comes *before* the lines still queued: the
    gap lies after those (measured on Gerrit, whose limit is 128).
    """

    def __init__(self, types: frozenset[str], limit: int | None, now: Callable[[], float]) -> None:
        self.types = types
        self._limit = limit
        self._now = now
        self._lines: deque[bytes] = deque()
        self._dropped = False
        self._closed = False
        self._changed = threading.Condition()

    def offer(self, line: bytes) -> None:
        """Queue a line, or drop it where the queue is full."""
        with self._changed:
            if self._limit is not None and len(self._lines) >= self._limit:
                self._dropped = True
                return
            self._lines.append(line)
            self._changed.notify()

    def take(self, timeout: float) -> bytes | None:
        """The next bytes to send, ``b""`` after ``timeout`` seconds without any, None at the end of the stream."""
        with self._changed:
            if not self._lines and not self._closed:
                self._changed.wait(timeout)
            if self._closed:
                return None
            batch: list[bytes] = []
            if self._dropped:
                self._dropped = False
                batch.append(gson.line({"type": "dropped-output", "eventCreatedOn": int(self._now())}))
            size = 0
            # A stream with a limit hands out one line at a time: what waits for a slow reader stays in the queue.
            most = _BATCH if self._limit is None else 1
            while self._lines and size < most:
                batch.append(self._lines.popleft())
                size += len(batch[-1])
            return b"".join(batch)

    def close(self) -> None:
        """End the stream; what is still queued is lost, as with a server that stops."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Streams:
    """All open streams; every method may be called from any thread."""

    def __init__(self, limit: int | None, now: Callable[[], float]) -> None:
        self.limit = limit
        self.silent = False
        self._now = now
        self._open: dict[EventStream, str] = {}
        self._changed = threading.Condition()

    def open(self, username: str, types: frozenset[str]) -> EventStream:
        """A new stream for this user; no types means all events."""
        stream = EventStream(types, self.limit, self._now)
        with self._changed:
            self._open[stream] = username
            self._changed.notify_all()
        return stream

    def forget(self, stream: EventStream) -> None:
        """The client of this stream is gone."""
        stream.close()
        with self._changed:
            self._open.pop(stream, None)
            self._changed.notify_all()

    def publish(self, event_type: str, line: bytes) -> None:
        """An event line (with its newline) for every stream that asked for its type."""
        with self._changed:
            if not self.silent:
                for stream in self._open:
                    if not stream.types or event_type in stream.types:
                        stream.offer(line)

    def send_raw(self, data: bytes) -> None:
        """Bytes as they are, to every stream: malformed lines, half lines, forged markers."""
        with self._changed:
            for stream in self._open:
                stream.offer(data)

    def wait_for(self, username: str, timeout: float) -> bool:
        """Whether this user has a stream open, waited for at most ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: username in self._open.values(), timeout)

    def close(self) -> None:
        """End all streams."""
        with self._changed:
            for stream in self._open:
                stream.close()
