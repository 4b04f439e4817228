"""The sandbox IRC server: enough of the protocol to log in, join and speak, and a record of what was said."""

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from gerritbot_er.sandbox.irc_session import NAME, Host, Session

_POLL_SECONDS = 0.2
_UNREAD_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a client to a channel or a nick; ``text`` is decoded with U+FFFD for what is not UTF-8."""

    nick: str
    kind: str
    target: str
    text: str


class SandboxIrc:
    """An IRC server on 127.0.0.1, in one thread. Use it as a context manager; methods may be called from any thread.

    ``accounts`` are SASL accounts and their passwords; without any the server does not offer SASL at all.
    """

    host = "127.0.0.1"

    def __init__(self, *, accounts: Mapping[str, str] | None = None, now: Callable[[], float] = time.time) -> None:
        self._sessions: dict[socket.socket, Session] = {}
        self._said: list[Said] = []
        self._changed = threading.Condition(threading.RLock())
        self._silent = False
        self._closing = threading.Event()
        self._state = Host(dict(accounts or {}), now, self._record)
        self._listener = socket.create_server((self.host, 0), backlog=64)
        self._listener.settimeout(0)
        self.port: int = self._listener.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._loop, name="sandbox-irc", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all connections and the thread."""
        self._closing.set()
        self._thread.join(10)
        with self._changed:
            for sock in list(self._sessions):
                self._drop(sock, "Server shutting down")
        self._selector.close()
        self._listener.close()

    def said(self, target: str) -> list[Said]:
        """All PRIVMSG and NOTICE lines to this channel or nick so far."""
        with self._changed:
            return [line for line in self._said if line.target.lower() == target.lower()]

    def wait_for_notice(self, target: str, timeout: float, wanted: Callable[[Said], bool] = lambda _: True) -> Said:
        """The first wanted NOTICE to this target; TimeoutError, with what was said instead, after ``timeout`` s."""

        def notices() -> Said | None:
            return next((line for line in self.said(target) if line.kind == "NOTICE" and wanted(line)), None)

        with self._changed:
            found = self._changed.wait_for(notices, timeout)
            if found is None:
                said = "\n".join(f"<{line.nick}> {line.kind} {line.text}" for line in self.said(target))
                raise TimeoutError(f"no such notice to {target} within {timeout:g} s; there was said:\n{said}")
            return found

    def wait_for_join(self, nick: str, channel: str, timeout: float) -> None:
        """Wait until this nick is in the channel; TimeoutError otherwise."""
        with self._changed:
            if not self._changed.wait_for(lambda: nick in self.members(channel), timeout):
                raise TimeoutError(f"{nick} did not join {channel} within {timeout:g} s")

    def members(self, channel: str) -> list[str]:
        """The nicks in a channel."""
        with self._changed:
            return [session.nick for session in self._state.members(channel)]

    def kick(self, channel: str, nick: str, reason: str = "kicked") -> None:
        """Throw a nick out of a channel."""
        with self._changed:
            for session in self._state.members(channel):
                session.send(f":{NAME} KICK {channel} {nick} :{reason}")
            self._state.leave(nick, channel)
            self._flush_all()
            self._changed.notify_all()

    def ban(self, channel: str, nick: str) -> None:
        """Let a nick join a channel no more (numeric 474)."""
        with self._changed:
            self._state.banned.add((channel.lower(), nick.lower()))

    def reserve(self, nick: str) -> None:
        """Treat a nick as in use (numeric 433) until ``release``."""
        with self._changed:
            self._state.reserved.add(nick.lower())

    def release(self, nick: str) -> None:
        """Free a reserved nick."""
        with self._changed:
            self._state.reserved.discard(nick.lower())

    def go_silent(self, *, silent: bool = True) -> None:
        """Read and answer nothing any more, with all connections open, as behind a netsplit."""
        with self._changed:
            self._silent = silent

    def drop_connections(self) -> int:
        """Cut all connections; how many there were."""
        with self._changed:
            dropped = list(self._sessions)
            for sock in dropped:
                self._drop(sock, "Connection reset by peer")
            return len(dropped)

    def send_raw(self, data: bytes) -> None:
        """Bytes as they are to every client (latin-1, half lines, forged numerics)."""
        with self._changed:
            for session in self._sessions.values():
                session.outgoing += data
            self._flush_all()

    def say(self, nick: str, channel: str, text: bytes) -> None:
        """A PRIVMSG from somebody else in the channel; any bytes but line ends."""
        with self._changed:
            for session in self._state.members(channel):
                session.send_bytes(f":{nick}!{nick}@sandbox PRIVMSG {channel} :".encode() + text)
            self._flush_all()

    def _loop(self) -> None:
        while not self._closing.is_set():
            if self._silent:
                self._closing.wait(_POLL_SECONDS / 10)
                continue
            ready = self._selector.select(_POLL_SECONDS)
            with self._changed:
                for key, events in ready:
                    if key.fileobj is self._listener:
                        self._accept()
                    elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._sessions:
                        self._read(key.fileobj, events)
                self._flush_all()
                self._changed.notify_all()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            sock, _ = self._listener.accept()
            sock.settimeout(0)
            self._sessions[sock] = Session(self._state)
            self._selector.register(sock, selectors.EVENT_READ)

    def _read(self, sock: socket.socket, events: int) -> None:
        if not events & selectors.EVENT_READ:
            return
        try:
            data = sock.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._sessions[sock].receive(data)
        else:
            self._drop(sock, "Connection closed")

    def _flush_all(self) -> None:
        for sock in list(self._sessions):
            self._flush(sock)

    def _flush(self, sock: socket.socket) -> None:
        session = self._sessions[sock]
        try:
            if session.outgoing and not self._silent:
                del session.outgoing[: sock.send(session.outgoing)]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(sock, "Connection reset by peer")
            return
        if session.ended or len(session.outgoing) > _UNREAD_LIMIT:
            self._drop(sock, session.ended or "SendQ exceeded")
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if session.outgoing else 0)
        self._selector.modify(sock, wanted)

    def _drop(self, sock: socket.socket, reason: str) -> None:
        session = self._sessions.pop(sock)
        self._selector.unregister(sock)
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        sock.close()
        session.quit(reason)
        self._changed.notify_all()

    def _record(self, nick: str, kind: str, target: str, text: bytes) -> None:
        self._said.append(Said(nick, kind, target, text.decode("utf-8", "replace")))
