"""Real IRC servers: InspIRCd with Atheme (accounts, SASL), and ngIRCd, which has neither; both with TLS."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from . import certificates, fetch
from .irc_listener import IrcListener
from .processes import HOST, Process, ServerFailed, accepts, free_port, new_folder, remove_folder, spawn

SERVER_NAME = "irc.example.test"
READY_SECONDS = 30.0
_CONFIGURATIONS = Path(__file__).with_name("irc_config")


class _IrcServer:
    """What both servers share: a folder with configuration and certificate, a plain and a TLS port on loopback."""

    host = HOST
    name: str

    def __init__(self) -> None:
        self.folder = new_folder(self.name)
        self.folder.chmod(0o755)
        self.port = free_port()
        self.tls_port = free_port()
        self.certificate = certificates.self_signed(self.folder, SERVER_NAME)
        self._processes: list[Process] = []

    def configuration(self, name: str, values: Mapping[str, object]) -> Path:
        """Fill in one of the templates; returns the written file."""
        text = (_CONFIGURATIONS / name).read_text()
        for key, value in values.items():
            text = text.replace(f"@{key}@", str(value))
        file = self.folder / name
        file.write_text(text)
        return file

    def start(self) -> None:
        """Start it, always on the same ports; returns when clients can register."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop it; every client is cut off."""
        while self._processes:
            self._processes.pop().stop(grace=3.0)

    def restart(self) -> None:
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze it: connections stay open, nothing is answered."""
        for process in self._processes:
            process.pause()

    def resume(self) -> None:
        for process in self._processes:
            process.resume()

    def close(self) -> None:
        """Stop it and remove its files."""
        self.stop()
        remove_folder(self.folder)

    @property
    def processes(self) -> list[Process]:
        return list(self._processes)

    def listen(self, nick: str, *channels: str) -> IrcListener:
        """Another client, already in these channels, which hears what is said there."""
        listener = IrcListener(self.host, self.port, nick)
        for channel in channels:
            listener.join(channel)
        return listener

    def _spawn(self, name: str, command: list[str | Path], *, as_nobody: bool = False) -> Process:
        process = spawn(name, command, self.folder, as_nobody=as_nobody)
        self._processes.append(process)
        return process

    def _await_port(self, process: Process, port: int) -> None:
        try:
            process.await_ready(lambda: accepts(port), READY_SECONDS)
        except ServerFailed:
            self.stop()
            raise


class InspIrcd(_IrcServer):
    """InspIRCd 3 with Atheme. ``register`` makes an account, with which SASL PLAIN works over TCP and TLS."""

    name = "inspircd"

    def __init__(self) -> None:
        self._program = fetch.program("inspircd", "inspircd")
        self._services = fetch.program("atheme-services", "atheme-services")
        super().__init__()
        values = {
            "PORT": self.port,
            "TLS_PORT": self.tls_port,
            "LINK_PORT": free_port(),
            "SERVICES_PORT": free_port(),  # the link is opened by the services; nobody listens here
            "FOLDER": self.folder,
        }
        self._configuration = self.configuration("inspircd.conf", values)
        self._services_configuration = self.configuration("atheme.conf", values)
        (self.folder / "services").mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")
            shutil.chown(self.folder / "services", "nobody", "nogroup")
        # InspIRCd 3.15 ends with a segmentation fault when it is stopped: let it leave no core file.
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))

    def start(self) -> None:
        words: list[str | Path] = [self._program, "--config", self._configuration, "--nofork"]
        server = self._spawn("inspircd", [*words, "--runasroot"] if os.geteuid() == 0 else words)
        self._await_port(server, self.port)
        self._start_services()

    def _start_services(self) -> None:
        """Returns when SASL is on offer, which InspIRCd 3.15 at times leaves so when they are gone."""
        home = self.folder / "services"
        files: list[str | Path] = [
            "-c",
            self._services_configuration,
            "-D",
            home,
            "-p",
            home / "pid",
            "-l",
            home / "start.log",
        ]
        services = self._spawn("atheme", [self._services, "-n", *files], as_nobody=True)
        try:
            services.await_ready(self._offers_sasl, READY_SECONDS)
        except ServerFailed:
            self.stop()
            raise

    def pause_services(self) -> None:
        """Freeze Atheme: SASL is offered and never answered. ``resume`` ends it."""
        self._processes[-1].pause()

    def register(self, account: str, password: str) -> None:
        """Make an account with its nick."""
        with IrcListener(self.host, self.port, account) as client:
            client.send(f"PRIVMSG NickServ :REGISTER {password} {account}@example.org")
            client.wait(lambda line: b" 900 " in line, 10.0)

    def _offers_sasl(self) -> bool:
        try:
            return b"sasl" in IrcListener.capabilities(self.host, self.port)
        except OSError:
            return False


class NgIrcd(_IrcServer):
    """ngIRCd."""

    name = "ngircd"

    def __init__(self) -> None:
        self._program = fetch.program("ngircd", "ngircd")
        super().__init__()
        values = {"PORT": self.port, "TLS_PORT": self.tls_port, "FOLDER": self.folder}
        self._configuration = self.configuration("ngircd.conf", values)

    def start(self) -> None:
        server = self._spawn("ngircd", [self._program, "-n", "-f", self._configuration])
        self._await_port(server, self.port)


Server = TypeVar("Server", bound=_IrcServer)


@contextmanager
def irc_server(kind: type[Server]) -> Iterator[Server]:
    """A running IRC server for the time of a ``with`` block."""
    server = kind()
    try:
        server.start()
        yield server
    finally:
        server.close()
