"""A plain paramiko client of the sandbox Gerrit, with nothing of ours between it and the wire."""

import contextlib
import json
import socket
from pathlib import Path

import paramiko

from gerritbot_er.sandbox.gerrit import SandboxGerrit

WAIT = 10.0
"""Seconds that any single answer may take."""


class Client:
    """A plain paramiko client of the sandbox."""

    def __init__(self, gerrit: SandboxGerrit, username: str, key: Path) -> None:
        self.ssh = paramiko.SSHClient()
        known = key.parent / "known_hosts"
        known.write_text(gerrit.known_hosts)
        self.ssh.load_host_keys(str(known))
        self.ssh.connect(
            gerrit.host,
            gerrit.port,
            username,
            key_filename=str(key),
            allow_agent=False,
            look_for_keys=False,
            timeout=WAIT,
        )
        transport = self.ssh.get_transport()
        assert transport is not None
        self.transport = transport
        sock = transport.sock
        assert isinstance(sock, socket.socket)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def open(self, command: str, window: int = 2**21) -> paramiko.Channel:
        channel = self.transport.open_session(window_size=window, timeout=WAIT)
        channel.settimeout(WAIT)
        channel.exec_command(command)
        return channel

    def run(self, command: str, stdin: bytes = b"") -> tuple[int, str, str]:
        channel = self.open(command)
        # A command that ends before it has read its input closes the channel; its status tells why.
        with contextlib.suppress(OSError):
            channel.sendall(stdin)
            channel.shutdown_write()
        out, err = channel.makefile("rb").read(), channel.makefile_stderr("rb").read()
        return channel.recv_exit_status(), out.decode(), err.decode()

    def review(self, target: str, **fields: object) -> tuple[int, str, str]:
        return self.run(f"gerrit review --json {target}", json.dumps(fields).encode())

    def query(self, text: str, options: str = "") -> list[dict[str, object]]:
        status, out, err = self.run(f"gerrit query --format=JSON {options} {text}")
        assert (status, err) == (0, "")
        return [json.loads(line) for line in out.split("\n") if line]


class Events:
    """The events of a stream, one after the other."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel
        self._data = b""

    def next(self) -> dict[str, object]:
        while b"\n" not in self._data:
            part = self._channel.recv(65_536)
            assert part, f"the stream ended after {self._data!r}"
            self._data += part
        line, _, self._data = self._data.partition(b"\n")
        event = json.loads(line)
        assert isinstance(event, dict)
        return event

    def take(self, count: int) -> list[dict[str, object]]:
        return [self.next() for _ in range(count)]
