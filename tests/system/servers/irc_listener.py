"""A bare IRC client that keeps the exact bytes of every line it is sent, to tell what was said in a channel."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

_CONNECT_SECONDS = 10.0
_CHUNK = 65536


class NotHeard(Exception):
    """No line as awaited came in time; the text holds the last lines that did."""


class IrcListener:
    """A registered client. A thread reads and answers PING; ``lines`` holds all lines so far, without their end."""

    def __init__(self, host: str, port: int, nick: str) -> None:
        self.nick = nick
        self._socket = socket.create_connection((host, port), _CONNECT_SECONDS)
        self._socket.settimeout(None)
        self._heard: list[bytes] = []
        self._closed = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._read, name=f"irc listener {nick}", daemon=True)
        self._thread.start()
        self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        self.wait(lambda line: b" 001 " in line, _CONNECT_SECONDS)

    @staticmethod
    def capabilities(host: str, port: int) -> bytes:
        """The server's answer to ``CAP LS``, from a connection of its own."""
        with socket.create_connection((host, port), _CONNECT_SECONDS) as connection:
            connection.sendall(b"CAP LS 302\r\n")
            heard = b""
            while not (b" LS " in heard and heard.endswith(b"\n")):
                chunk = connection.recv(_CHUNK)
                if not chunk:
                    break
                heard += chunk
            return heard

    @property
    def lines(self) -> list[bytes]:
        with self._news:
            return list(self._heard)

    def send(self, *lines: str | bytes) -> None:
        """Send lines as they stand, each ended by CR LF."""
        for line in lines:
            self._socket.sendall((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def join(self, channel: str) -> None:
        self.send(f"JOIN {channel}")
        end_of_names = f" 366 {self.nick} {channel} ".encode()
        self.wait(lambda line: end_of_names in line, _CONNECT_SECONDS)

    def said(self, channel: str) -> list[bytes]:
        """All PRIVMSG and NOTICE lines to a channel so far."""
        kinds = tuple(f" {kind} {channel} ".encode() for kind in ("PRIVMSG", "NOTICE"))
        return [line for line in self.lines if line.startswith(b":") and any(kind in line for kind in kinds)]

    def wait(self, heard: Callable[[bytes], bool], seconds: float) -> bytes:
        """The first line, of those before as well, for which ``heard`` is true; NotHeard after ``seconds``."""
        deadline = time.monotonic() + seconds
        seen = 0
        with self._news:
            while True:
                for line in self._heard[seen:]:
                    if heard(line):
                        return line
                seen = len(self._heard)
                left = deadline - time.monotonic()
                if left <= 0 or self._closed:
                    tail = b"\n".join(self._heard[-10:]).decode(errors="replace")
                    raise NotHeard(
                        f"{'connection closed' if self._closed else f'{seconds:.0f} s are over'}; last:\n{tail}"
                    )
                self._news.wait(left)

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> None:
        rest = b""
        while chunk := self._receive():
            *lines, rest = (rest + chunk).split(b"\n")
            for line in (one.removesuffix(b"\r") for one in lines):
                if line.startswith(b"PING"):
                    self._answer(line)
                with self._news:
                    self._heard.append(line)
                    self._news.notify_all()
        with self._news:
            self._closed = True
            self._news.notify_all()

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(_CHUNK)
        except OSError:
            return b""

    def _answer(self, ping: bytes) -> None:
        try:
            self.send(b"PONG" + ping.removeprefix(b"PING"))
        except OSError:
            return
