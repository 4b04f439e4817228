"""The irc package on top of our wire: an open connection whose events are asked for, and which survives bad lines.

Facts about the irc package (20.5.0), each the reason for something here: its DEBUG log shows what is sent, passwords
included; malformed lines and bytes that are not UTF-8 leave ``process_data`` as exceptions, and so do those of
handlers; ``is_connected()`` is true before the server has let us in.
"""

import logging
import select
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from irc.client import Event, Reactor, ServerConnection, buffer

from gerritbot_er.errors import Transient
from gerritbot_er.settings import Irc

from . import wire

_log = logging.getLogger(__name__)
_USER = "gerritbot"
_REAL_NAME = "gerritbot-er: known bugs in failed CI runs"
_LINE_MOST = 16384

for _name in ("irc", "irc.client"):
    logging.getLogger(_name).setLevel(logging.INFO)


class _Lines(buffer.LenientDecodingLineBuffer):
    """Lines of any encoding, and no end of memory for a line that never ends."""

    def feed(self, data: bytes) -> None:
        super().feed(data)
        if len(self) > _LINE_MOST and b"\n" not in data:
            self.buffer = b""


class _Connection(ServerConnection):
    """A connection that reads only what is there, and skips lines that the package can not read."""

    buffer_class = _Lines

    def process_data(self) -> None:
        if self.socket.ready():
            super().process_data()

    def _process_line(self, line: str) -> None:
        try:
            super()._process_line(line)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            _log.info("The IRC server sent a line that can not be read: %.200r", line)


class _Reactor(Reactor):
    connection_class = _Connection


class Link:
    """One open connection; ``Transient`` or ``Misconfigured`` from the constructor where there is none."""

    def __init__(self, settings: Irc, greet: Callable[["Link"], None], timeout: float) -> None:
        self._wire = wire.connect(
            settings.host, settings.port, tls=settings.tls, ca_file=settings.ca_file, timeout=timeout
        )
        self._events: deque[Event] = deque()
        # Called between connecting and NICK/USER, which is where CAP has to go.
        reactor = _Reactor(on_connect=lambda _socket: greet(self))
        reactor.add_global_handler("all_events", lambda _connection, event: self._events.append(event))
        self._connection = reactor.server()
        self._connection.connect(
            settings.host,
            settings.port,
            settings.nick,
            username=_USER,
            ircname=_REAL_NAME,
            connect_factory=lambda _address: self._wire,
        )

    def send(self, line: str) -> None:
        """Send a line (without its end) past the package, which would write it into its log."""
        self._wire.line(line)

    def events(self, timeout: float) -> list[Event]:
        """What the server says within ``timeout`` seconds; its last words come before the ``Transient`` of the end."""
        opened = self._wire
        if opened.broken is not None:
            raise Transient(f"the IRC connection broke: {opened.broken}")
        readable, writable, _ = select.select([opened], [opened] if opened.unsent else [], [], timeout)
        if writable:
            opened.flush()
        if readable:
            self._connection.process_data()
        events = [event for event in self._events if event.type not in ("all_raw_messages", "disconnect")]
        self._events.clear()
        return events

    def close(self) -> None:
        """Say goodbye, if anybody listens, and close."""
        if self._connection.is_connected():
            self._connection.disconnect("bye")
        with suppress(OSError):
            self._wire.close()
