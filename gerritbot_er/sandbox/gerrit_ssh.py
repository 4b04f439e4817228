"""The SSH transport of the sandbox Gerrit: connections, public keys and exec channels, whatever the commands do."""

import contextlib
import functools
import logging
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_RESOURCE_SHORTAGE,
    OPEN_FAILED_UNKNOWN_CHANNEL_TYPE,
    OPEN_SUCCEEDED,
)

MAX_CONNECTIONS = 64
MAX_CHANNELS = 32
"""Open channels of one connection."""

_HANDSHAKE_SECONDS = 30.0
_MSG_CHANNEL_SUCCESS = 99
_LOG_CHANNEL = "gerritbot_er.sandbox.ssh"

# A client that vanishes is daily work here; paramiko tells each with a traceback.
logging.getLogger(_LOG_CHANNEL).setLevel(logging.CRITICAL)


def new_key(path: Path) -> str:
    """Write a new ed25519 private key (mode 0600) to ``path``; its public line, ``ssh-ed25519 AAAA…``."""
    key = Ed25519PrivateKey.generate()
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    )
    encoding, form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return key.public_key().public_bytes(encoding, form).decode()


class ExecChannel:
    """One command as its handler sees it."""

    def __init__(self, channel: paramiko.Channel, username: str, command: str) -> None:
        self.username = username
        self.command = command
        self._channel = channel

    @property
    def gone(self) -> bool:
        """Whether the client closed the channel or the connection."""
        return self._channel.closed

    def stdin(self) -> bytes:
        """All bytes until the client ends its input, or goes."""
        parts: list[bytes] = []
        while part := self._channel.recv(65_536):
            parts.append(part)
        return b"".join(parts)

    def out(self, data: bytes) -> None:
        """Bytes to the client's stdout; waits while its window is shut. OSError where the client is gone."""
        self._channel.sendall(data)

    def err(self, text: str) -> None:
        """Text to the client's stderr."""
        self._channel.sendall_stderr(text.encode())

    def exit(self, status: int) -> None:
        """Tell the client the exit status."""
        self._channel.send_exit_status(status)

    def close(self) -> None:
        """Close the channel, without an exit status if none was sent."""
        self._channel.close()


Handler = Callable[[ExecChannel], int | None]
"""Runs a command; its exit status, or None for a channel that closes without one."""


class SshServer:
    """An SSH server on 127.0.0.1, on a free port unless one is given.

    ``authorise(username, key)`` is asked with the key as ``ssh-ed25519 AAAA…``; ``handler`` runs in a thread of its own
    for each command.
    """

    def __init__(
        self,
        version: str,
        authorise: Callable[[str, str], bool],
        handler: Handler,
        *,
        host_key: paramiko.PKey,
        port: int = 0,
    ) -> None:
        self._new_connection = functools.partial(_Connection, host_key, version, authorise, handler)
        self._connections: set[_Connection] = set()
        self._lock = threading.Lock()
        self._closing = False
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, name="sandbox-gerrit-accept", daemon=True)
        self._accepting.start()

    def drop_connections(self, *, reset: bool = False) -> int:
        """Cut every connection, with a TCP reset or an orderly end; how many there were."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.cut(reset=reset)
        for connection in connections:
            connection.close()
        return len(connections)

    def close(self) -> None:
        """Stop listening, cut all connections, wait for all threads."""
        with self._lock:
            self._closing = True
        # A thread that waits in accept() is not woken by close() alone.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(10)
        self.drop_connections()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._forget_ended()
            with self._lock:
                if self._closing or len(self._connections) >= MAX_CONNECTIONS:
                    sock.close()
                    continue
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._connections.add(self._new_connection(sock))

    def _forget_ended(self) -> None:
        with self._lock:
            ended = [connection for connection in self._connections if connection.ended]
            self._connections.difference_update(ended)
        for connection in ended:
            connection.close()


class _Connection:
    """One client: paramiko's transport thread, and a thread for each command under way."""

    def __init__(
        self,
        host_key: paramiko.PKey,
        version: str,
        authorise: Callable[[str, str], bool],
        handler: Handler,
        sock: socket.socket,
    ) -> None:
        self._sock = sock
        self._handler = handler
        self._commands: set[threading.Thread] = set()
        self._pending: dict[int, ExecChannel] = {}
        self._transport = paramiko.Transport(sock, packetizer_class=_packetizer(self._replied))
        self._transport.set_log_channel(_LOG_CHANNEL)
        self._transport.local_version = f"SSH-2.0-{version}"
        self._transport.banner_timeout = self._transport.auth_timeout = _HANDSHAKE_SECONDS
        self._transport.add_server_key(host_key)
        self._transport.start_server(event=threading.Event(), server=_Login(authorise, self._schedule, self._busy))

    @property
    def ended(self) -> bool:
        return not self._transport.is_alive()

    def cut(self, *, reset: bool) -> None:
        """End the TCP connection under whatever is going on."""
        with contextlib.suppress(OSError):
            if reset:
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self._sock.close()
            else:
                self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._transport.close()
        self._transport.join(10)
        self._sock.close()
        for thread in list(self._commands):
            thread.join(10)

    def _busy(self) -> bool:
        return sum(thread.is_alive() for thread in list(self._commands)) >= MAX_CHANNELS

    def _schedule(self, channel: paramiko.Channel, command: str) -> None:
        username = self._transport.get_username() or ""
        self._pending[channel.get_id()] = ExecChannel(channel, username, command)

    def _replied(self) -> None:
        """The client has its answer to an exec request: only now may output, exit status and end follow it."""
        for number in list(self._pending):
            run = threading.Thread(
                target=self._run, args=(self._pending.pop(number),), name="sandbox-gerrit-command", daemon=True
            )
            self._commands.add(run)
            run.start()

    def _run(self, channel: ExecChannel) -> None:
        try:
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                status = self._handler(channel)
                if status is not None:
                    channel.exit(status)
        finally:
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                channel.close()
            self._commands.discard(threading.current_thread())


class _Login(paramiko.ServerInterface):
    """Public keys only, sessions only, commands only."""

    def __init__(
        self,
        authorise: Callable[[str, str], bool],
        schedule: Callable[[paramiko.Channel, str], None],
        busy: Callable[[], bool],
    ) -> None:
        self._authorise = authorise
        self._schedule = schedule
        self._busy = busy

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002 - the same for everybody
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        known = self._authorise(username, f"{key.get_name()} {key.get_base64()}")
        return AUTH_SUCCESSFUL if known else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002 - paramiko's signature
        if kind != "session":
            return OPEN_FAILED_UNKNOWN_CHANNEL_TYPE
        return OPEN_FAILED_RESOURCE_SHORTAGE if self._busy() else OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self._schedule(channel, command.decode("utf-8", "replace"))
        return True


def _packetizer(replied: Callable[[], None]) -> type[paramiko.packet.Packetizer]:
    """A packetizer that tells when the answer to a channel request has been sent.

    paramiko answers an exec request only after the server's callback has returned; a command started in the callback
    could end, and close its channel, before the client knows that it was started.
    """

    class Packetizer(paramiko.packet.Packetizer):
        def send_message(self, data: paramiko.Message) -> None:
            super().send_message(data)
            if data.asbytes()[0] == _MSG_CHANNEL_SUCCESS:
                replied()

    return Packetizer
