"""An IRC server of a few lines, in this process, that misbehaves as it is told."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

Answer = Callable[[str, Sequence[str]], list[bytes]]
"""From a line, and those that its connection sent before, to what is answered."""

WELCOME = b":irc.test 001 erbot :Welcome"


def polite(line: str, before: Sequence[str]) -> list[bytes]:
    """Let everybody in: registration (after CAP END, where capabilities are asked for), joins, PING."""
    command, _, rest = line.partition(" ")
    if command == "CAP":
        return [b":irc.test CAP * ACK :sasl"] if rest.startswith("REQ") else [WELCOME]
    if line == "AUTHENTICATE PLAIN":
        return [b"AUTHENTICATE +"]
    if command == "AUTHENTICATE":
        return [b":irc.test 903 erbot :SASL authentication successful"]
    if command == "USER" and not any(one.startswith("CAP") for one in before):
        return [WELCOME]
    if command == "JOIN":
        return [f":erbot!gerritbot@host JOIN {rest}".encode()]
    if command == "PING":
        return [b":irc.test PONG irc.test " + rest.encode()]
    return []


class IrcPeer:
    """Listens on loopback; ``lines`` holds what clients sent, ``connections`` how many came."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.lines: list[str] = []
        self.connections = 0
        self.open = 0
        self.news = threading.Condition()
        self._clients: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def wait(self, seen: Callable[[], bool], seconds: float = 10.0) -> None:
        with self.news:
            assert self.news.wait_for(seen, seconds), self.lines

    def push(self, *lines: bytes) -> None:
        """Send lines to everybody who is connected."""
        for client in self._clients:
            with suppress(OSError):
                client.sendall(b"".join(line + b"\r\n" for line in lines))

    def said(self) -> list[str]:
        return [line for line in self.lines if line.startswith("NOTICE")]

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self.news:
                self.connections += 1
                self.open += 1
                self._clients.append(client)
            thread = threading.Thread(target=self._serve, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        before: list[str] = []
        with client, suppress(OSError), client.makefile("rb") as lines:
            for raw in lines:
                line = raw.decode().rstrip("\r\n")
                with self.news:
                    self.lines.append(line)
                    self.news.notify_all()
                client.sendall(b"".join(answer + b"\r\n" for answer in self.answer(line, before)))
                before.append(line)
        with self.news:
            self.open -= 1
            self.news.notify_all()

    def close(self) -> None:
        for end in [self._listener, *self._clients]:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        for thread in self._threads:
            thread.join()


@contextmanager
def irc_peer(answer: Answer = polite) -> Iterator[IrcPeer]:
    peer = IrcPeer(answer)
    try:
        yield peer
    finally:
        peer.close()
