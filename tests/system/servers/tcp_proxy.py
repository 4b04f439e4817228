"""A TCP proxy that stalls: connections stay open and nothing passes, as over a line that is dead without saying so.

Or the server's answers come late, as from one that is slow.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .processes import HOST

_CHUNK = 65536
_CONNECT_SECONDS = 10.0


class TcpProxy:
    """Listens on ``port`` of loopback and passes bytes both ways to ``upstream_port``, until told otherwise."""

    def __init__(self, upstream_port: int) -> None:
        self._upstream_port = upstream_port
        self._flowing = threading.Event()
        self._flowing.set()
        self._lock = threading.Lock()
        self._closed = False
        self._closing = threading.Event()
        self._late = 0.0
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.connections = 0  # how many were accepted so far
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._start(self._accept)

    def stall(self) -> None:
        """From now on nothing passes, on open connections and on new ones; nothing is closed either."""
        self._flowing.clear()

    def flow(self) -> None:
        """Let bytes pass again, those first that waited."""
        self._flowing.set()

    def answer_late(self, seconds: float) -> None:
        """From now on whatever the server says passes this much later."""
        self._late = seconds

    def cut(self) -> None:
        """Close all open connections now; new ones are taken."""
        with self._lock:
            for one in self._sockets:
                _shut(one)

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self._closing.set()
        _shut(self._listener)
        self._listener.close()
        self.cut()
        self._flowing.set()
        for thread in self._threads:
            thread.join()

    def _start(self, work: Callable[..., None], *words: object) -> None:
        thread = threading.Thread(target=work, args=words, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((HOST, self._upstream_port), _CONNECT_SECONDS)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            with self._lock:
                self.connections += 1
                self._sockets |= {client, server}
                if self._closed:
                    _shut(client)
            self._start(self._connection, client, server)

    def _connection(self, client: socket.socket, server: socket.socket) -> None:
        """Both ways of one connection; it is closed when both have ended."""
        back = threading.Thread(target=self._pass, args=(server, client), kwargs={"answers": True}, daemon=True)
        back.start()
        self._pass(client, server, answers=False)
        back.join()
        with self._lock:
            self._sockets -= {client, server}
        client.close()
        server.close()

    def _pass(self, source: socket.socket, target: socket.socket, *, answers: bool) -> None:
        try:
            while chunk := source.recv(_CHUNK):
                if answers:
                    self._closing.wait(self._late)
                self._flowing.wait()
                target.sendall(chunk)
        except OSError:
            pass
        self._flowing.wait()  # the end of a stalled connection is not heard of either
        _shut(source)
        _shut(target)


def _shut(one: socket.socket) -> None:
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


@contextmanager
def tcp_proxy(upstream_port: int) -> Iterator[TcpProxy]:
    """A proxy for the time of a ``with`` block."""
    proxy = TcpProxy(upstream_port)
    try:
        yield proxy
    finally:
        proxy.close()
