"""A sandbox Gerrit with our account, a TCP proxy that can freeze, and a listener to wait on."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gerritbot_er.gerrit.events import MalformedEvent
from gerritbot_er.gerrit.ssh import Connection
from gerritbot_er.gerrit.stream import EventStream, Listener, Lost, Timing
from gerritbot_er.model import Event
from gerritbot_er.sandbox.gerrit import SandboxGerrit, new_key
from gerritbot_er.settings import Gerrit

US = "gerritbot-er"
PATIENCE = 20.0
QUICK = Timing(probe_after=0.4, probe_timeout=0.2, tick=0.05)


class World:
    """The Gerrit, one change of ``dev`` on it, and our settings for it."""

    def __init__(self, gerrit: SandboxGerrit, folder: Path) -> None:
        self.gerrit = gerrit
        self.folder = folder
        gerrit.add_account("dev")
        gerrit.add_account("zuul", name="Zuul")
        gerrit.add_account(US, public_key=new_key(folder / "key"), stream_events=True)
        (folder / "known_hosts").write_text(gerrit.known_hosts)
        self.change = gerrit.create_change("nova", "a change", owner="dev")

    def settings(self, port: int | None = None, *, host: str = "127.0.0.1", user: str = US) -> Gerrit:
        """Our settings, for another port where the Gerrit is reached through a proxy."""
        known_hosts = self.folder / "known_hosts"
        if port is not None:
            trusted = self.gerrit.known_hosts.split(" ", 1)[1]
            known_hosts = self.folder / f"known_hosts-{port}"
            known_hosts.write_text(f"[{host}]:{port} {trusted}")
        return Gerrit(
            host=host, username=user, key=self.folder / "key", known_hosts=known_hosts, port=port or self.gerrit.port
        )


@contextmanager
def world(folder: Path) -> Iterator[World]:
    with SandboxGerrit() as gerrit:
        yield World(gerrit, folder)


@contextmanager
def connection(settings: Gerrit, *, handshake: float = PATIENCE) -> Iterator[Connection]:
    opened = Connection(settings, handshake=handshake)
    try:
        yield opened
    finally:
        opened.close()


class Clock:
    """The real clock, which ``wait`` moves without waiting; ``waited`` are the seconds of it."""

    def __init__(self) -> None:
        self.waited = 0.0

    def now(self) -> float:
        return self.monotonic()

    def monotonic(self) -> float:
        return time.monotonic() + self.waited

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        self.waited += seconds
        return stop.is_set()


class Heard:
    """A listener that keeps everything, and lets a test wait for it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.states: list[str | Lost] = []
        self.gaps: list[str] = []
        self.malformed_lines: list[bytes] = []
        self._news = threading.Condition()

    def connected(self) -> None:
        with self._told():
            self.states.append("connected")

    def received(self, events: Sequence[Event]) -> None:
        with self._told():
            self.events.extend(events)

    def gap(self, why: str) -> None:
        with self._told():
            self.gaps.append(why)

    def malformed(self, error: MalformedEvent, line: bytes) -> None:  # noqa: ARG002 - the port's
        with self._told():
            self.malformed_lines.append(line)

    def lost(self, state: Lost) -> None:
        with self._told():
            self.states.append(state)

    @property
    def losses(self) -> list[Lost]:
        return [state for state in self.states if isinstance(state, Lost)]

    def wait_for(self, wanted: Callable[[], bool]) -> None:
        with self._news:
            if not self._news.wait_for(wanted, PATIENCE):
                raise TimeoutError(f"not heard; heard was {self.states}, {self.events}")

    @contextmanager
    def _told(self) -> Iterator[None]:
        with self._news:
            yield
            self._news.notify_all()


@contextmanager
def streaming(opened: Connection, clock: Clock, heard: Listener) -> Iterator[None]:
    """An EventStream in a thread of its own; every wait is as long as it can be, on the clock."""
    stop = threading.Event()
    stream = EventStream(opened, heard, clock, wait=clock.wait, roll=lambda: 1.0, timing=QUICK)
    thread = threading.Thread(target=stream.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        opened.close()
        thread.join(PATIENCE)
        if thread.is_alive():
            raise TimeoutError("the stream's thread does not end")


class Proxy:
    """A TCP proxy in front of the Gerrit; ``freeze`` holds all bytes, ``allow`` cuts after so many of the server's."""

    def __init__(self, target: int, allow: int | None = None) -> None:
        self._target = target
        self._allow = allow
        self._flowing: list[threading.Event] = []
        self._flow()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    def freeze(self) -> None:
        self._flowing[-1].clear()

    def stall(self) -> None:
        """Freeze the connections that there are; new ones are well."""
        self.freeze()
        self._flow()

    def thaw(self) -> None:
        for flowing in self._flowing:
            flowing.set()

    def _flow(self) -> None:
        self._flowing.append(threading.Event())
        self._flowing[-1].set()

    def close(self) -> None:
        self.thaw()
        for held in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)
            held.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _start(self, run: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += [client, server]
                flowing = self._flowing[-1]
                self._start(self._pump, client, server, None, flowing)
                self._start(self._pump, server, client, self._allow, flowing)

    def _pump(self, source: socket.socket, sink: socket.socket, allow: int | None, flowing: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536 if allow is None else min(allow, 65536) or 1):
                flowing.wait()
                if allow is not None:
                    data, allow = data[:allow], allow - len(data)
                sink.sendall(data)
                if allow is not None and allow <= 0:
                    break
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(target: int, allow: int | None = None) -> Iterator[Proxy]:
    opened = Proxy(target, allow)
    try:
        yield opened
    finally:
        opened.close()
