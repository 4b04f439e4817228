"""The watch over one HTTP request: it ends a connection that trickles or takes too long, whatever it waits for.

A time limit on a socket only bounds the silence between two bytes: a server that sends one byte every few seconds
holds a reader for ever, in the headers as well as in the body.  So a thread looks on and shuts the socket down.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_LOOK = 0.25


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer may take.

    ``head``: seconds until the head of the answer is here; ``rate``: bytes a second of its body after ``grace``.
    """

    head: float
    grace: float
    rate: float


class Watch:
    """Counts the bytes and the seconds waited for them; ``verdict`` tells why the connection was ended, else ""."""

    def __init__(self, host: str, patience: Patience, *, deadline: float, clock: Callable[[], float]) -> None:
        """``deadline`` is on the clock's scale."""
        self.verdict = ""
        self._host = host
        self._patience = patience
        self._in_body = False
        self._deadline = deadline
        self._clock = clock
        self._bytes = 0
        self._waited = 0.0
        self._since: float | None = None
        self._over = threading.Event()
        self._socket: Callable[[], object] = lambda: None

    def guard(self, find_socket: Callable[[], object]) -> None:
        """Begin to look on; the socket may not exist yet."""
        self._socket = find_socket
        threading.Thread(target=self._look_on, name=f"watch {self._host}", daemon=True).start()

    def pin(self, sock: object) -> None:
        """The socket itself: its connection forgets it when the head of an answer says that it closes."""
        self._socket = lambda: sock

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """The time inside counts as waited for the host; the time between is our own work."""
        self._since = self._clock()
        try:
            yield
        finally:
            self._waited += self._clock() - self._since
            self._since = None

    def body_begins(self) -> None:
        """The head of the answer is here: from now on the rate counts."""
        self._in_body = True
        self._waited = 0.0

    def received(self, size: int) -> None:
        """Bytes have come."""
        self._bytes += size

    def stop(self) -> None:
        """The request is over."""
        self._over.set()

    def judge(self) -> str:
        """Why the connection is to be ended now, else ""."""
        now = self._clock()
        if now > self._deadline:
            return f"{self._host} was given up: the time for this request is over"
        since = self._since
        waited = self._waited + (now - since if since is not None else 0.0)
        if not self._in_body:
            late = waited > self._patience.head
            return f"{self._host} was given up: no answer in {waited:.0f} seconds" if late else ""
        if waited > self._patience.grace and self._bytes < self._patience.rate * waited:
            return f"{self._host} was given up: it sent {self._bytes} bytes in {waited:.0f} seconds"
        return ""

    def _look_on(self) -> None:
        while not self._over.wait(_LOOK):
            verdict = self.judge()
            if verdict:
                self.verdict = verdict
                self._shut()
                return

    def _shut(self) -> None:
        sock = self._socket()
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):
                # A TLS socket's own shutdown would take its state from under the reader.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
