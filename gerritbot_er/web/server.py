"""The page server: waitress in a worker of the daemon, with limits on everything that a visitor can bring.

Facts about waitress (3.0.2): its loop runs in the thread that calls it, the application in a few others; only a silent
connection times out, one that sends a byte now and then stays for as long as it likes.
"""

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from gerritbot_er.errors import Misconfigured
from gerritbot_er.ports import Clock

from .turns import AT_ONCE, WAITING

THREADS = AT_ONCE + WAITING + 2
"""Those that may count figures or wait for that, and some that are always left for everything else."""
CONNECTIONS = 100
HEADER_BYTES = 8 * 1024
BODY_BYTES = 1024
SILENCE = 10
"""Seconds without a byte after which a connection is closed."""
LONGEST_CONNECTION = 60.0
"""Seconds that a connection may stay, however busy it is."""
TICK = 1.0


class PageServer:
    """Listens from the start, answers while ``run`` runs; ``Misconfigured`` where it cannot listen."""

    def __init__(self, listen: str, port: int, app: Flask, clock: Clock) -> None:
        self._clock = clock
        self._sockets: dict[int, Any] = {}
        try:
            self._server: Any = create_server(
                app,
                map=self._sockets,
                host=listen,
                port=port,
                threads=THREADS,
                connection_limit=CONNECTIONS,
                max_request_header_size=HEADER_BYTES,
                max_request_body_size=BODY_BYTES,
                channel_timeout=SILENCE,
                cleanup_interval=SILENCE // 2,
                asyncore_use_poll=True,
                clear_untrusted_proxy_headers=True,
                ident=None,
            )
        except OSError as error:
            wasyncore.close_all(self._sockets)
            raise Misconfigured(
                f"web: {listen} port {port} cannot be listened on ({error.strerror}); name an address"
                " of this machine and a port that is free"
            ) from error

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.effective_port)

    def run(self, stop: threading.Event, moved: Callable[[], None]) -> None:
        """Answer until ``stop`` is set; a worker as the supervisor knows them."""
        while not stop.is_set():
            wasyncore.loop(timeout=TICK, use_poll=True, map=self._sockets, count=1)
            self._end_long_ones()
            moved()

    def wake(self) -> None:
        """End the wait for visitors; callable from any thread."""
        self._server.pull_trigger()

    def close(self) -> None:
        """Close every connection and end the threads."""
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._sockets)

    def _end_long_ones(self) -> None:
        """A request that trickles in would otherwise keep a place for ever, and a hundred of them all places."""
        oldest = self._clock.now() - LONGEST_CONNECTION
        for channel in list(self._server.active_channels.values()):
            if channel.creation_time < oldest and not channel.requests:
                channel.will_close = True
