"""One SSH connection to Gerrit, which opens when it is needed and again when it was lost; many threads may use it.

Facts about paramiko (5.1, read and measured): waiting for the reply to a command has no time limit, so a timer
closes the channel from outside; a start_client that runs out of time returns as if it had not; a refused key and a
lost connection raise the same AuthenticationException; a caller gets whatever exception paramiko's own thread died
of; keepalive never notices a dead peer, and a write to one is stopped by nothing but the kernel (TCP_USER_TIMEOUT);
AES in GCM, which needs no MAC of its own, costs two thirds of the time of AES in CTR, and yet is offered last.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import paramiko

from gerritbot_er import settings
from gerritbot_er.cleaning import clean_line
from gerritbot_er.errors import GerritbotError, Misconfigured, Transient

from .keys import KnownKey, check_host_key, known_keys, own_key, preferred_types

MAX_ANSWER = 64 * 1024 * 1024
"""Bytes that the answer to one command may have."""

_CONNECT = 10.0
_KEEPALIVE = 30
_LOOK = 0.1
_UNACKNOWLEDGED_MS = 60_000
_CHUNK = 256 * 1024
_MAX_STDERR = 64 * 1024
_BROKEN = (OSError, EOFError, paramiko.SSHException)
"""What paramiko raises where a connection breaks."""
_BEYOND = 1.0
"""Seconds that paramiko may be late; its own limits go by the wall clock, which may be set back by hours."""


class TooLong(Transient):
    """An answer of more than ``MAX_ANSWER`` bytes; asked for less at a time, the server may give it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended; ``status`` is None where the server closed the channel without telling."""

    status: int | None
    stdout: bytes
    stderr: bytes

    @property
    def complaint(self) -> str:
        """What the server said on stderr, in one clean line; else how the command ended."""
        said = clean_line(self.stderr.decode("utf-8", "replace"), 300)
        return said or (f"exit status {self.status}" if self.status is not None else "no exit status")


class Stream:
    """The output of a command that runs on; only one thread reads it, any may close it."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel

    def recv(self, timeout: float) -> bytes | None:
        """What has come, b"" when the command or the connection has ended, None after so many quiet seconds."""
        self._channel.settimeout(timeout)
        try:
            return self._channel.recv(_CHUNK)
        except TimeoutError:
            return None
        except _BROKEN:  # of a reset, too, that paramiko notices first when it tells that there is room for more
            return b""

    def ending(self) -> Answer:
        """How the command ended, as far as it is known within a second; call it after recv has given b""."""
        self._channel.settimeout(1.0)
        try:
            stderr = self._channel.recv_stderr(_MAX_STDERR)
        except _BROKEN:
            stderr = b""
        self._channel.status_event.wait(1.0)
        return Answer(_status(self._channel), b"", stderr)

    def close(self) -> None:
        _close(self._channel)


class Connection:
    """The connection; each command has a channel of its own on it.

    Every method raises ``Transient`` for trouble on the way and ``Misconfigured`` for keys and accounts.
    """

    def __init__(self, gerrit: settings.Gerrit, *, handshake: float = 15.0) -> None:
        """``handshake``: the limit in seconds on each of banner, key exchange, login, and the opening of a channel."""
        self._gerrit = gerrit
        self._handshake = handshake
        self._lock = threading.Lock()
        self._transport: paramiko.Transport | None = None
        self._closed = False

    def __str__(self) -> str:
        return f"Gerrit at {self._gerrit.host} port {self._gerrit.port}"

    def run(self, command: str, stdin: bytes = b"", *, timeout: float) -> Answer:
        """Run a command, give it ``stdin`` and its end, and wait for its own end, ``timeout`` seconds at most.

        Connecting, where it is needed, has limits of its own.  The command holds no text of others.
        """
        with self._command(command, timeout) as channel:
            # A command that ends before it has read its input closes the channel; its status tells why.
            with contextlib.suppress(OSError):
                channel.sendall(stdin)
                channel.shutdown_write()
            stdout = _read(channel.recv, MAX_ANSWER)
            stderr = _read(channel.recv_stderr, _MAX_STDERR)
            channel.status_event.wait()
            return Answer(_status(channel), stdout, stderr)

    def open_stream(self, command: str) -> Stream:
        """Start a command that runs on until it is closed."""
        with self._command(command, self._handshake, keep=True) as channel:
            channel.shutdown_write()
            return Stream(channel)

    def probe(self, timeout: float) -> bool:
        """Whether the server still answers, seen by opening a second channel; it never connects anew."""
        transport = self._transport
        if transport is None or not transport.is_active():
            return False
        try:
            _close(_open_channel(transport, timeout))
        except paramiko.ChannelException:
            return True  # a refusal is an answer
        except Exception:  # noqa: BLE001 - whatever paramiko's thread died of
            return False
        return True

    def drop(self) -> None:
        """Close what is open, from any thread: whoever reads is freed.  The next command connects anew."""
        if self._transport is not None:
            _shut(self._transport)

    def close(self) -> None:
        """Close for good, from any thread."""
        self._closed = True
        self.drop()

    @contextlib.contextmanager
    def _command(self, command: str, timeout: float, *, keep: bool = False) -> Iterator[paramiko.Channel]:
        """A channel on which the command runs, cut off after ``timeout`` seconds; ``keep`` leaves it open."""
        late = threading.Event()
        name = " ".join(command.split()[:2])
        try:
            channel = self._channel(timeout)
            kept = False
            try:
                with _limited(timeout, _cut_off, channel, late):
                    channel.exec_command(command)
                    yield channel
                kept = keep
            finally:
                if not kept:
                    _close(channel)
        except GerritbotError:
            raise
        except Exception as error:  # whatever paramiko's thread died of
            if not late.is_set():
                raise Transient(f"{self}: {name}: {_told(error)}") from error
        if late.is_set():
            raise Transient(f"{self}: {name} has not ended within {timeout:g} seconds")

    def _channel(self, timeout: float) -> paramiko.Channel:
        transport = self._connected()
        try:
            return _open_channel(transport, min(timeout, self._handshake))
        except paramiko.ChannelException:
            raise  # a refusal is an answer
        except paramiko.SSHException:
            # Nothing else would find out that a connection is dead whose other end still acknowledges what we send;
            # less time than is usual proves nothing.
            if timeout >= self._handshake:
                _shut(transport)
            raise

    def _connected(self) -> paramiko.Transport:
        with self._lock:
            self._check_open()
            if self._transport is not None:
                if self._transport.is_active() and self._transport.is_authenticated():
                    return self._transport
                _shut(self._transport)
            self._transport = None
            return self._connect()

    def _connect(self) -> paramiko.Transport:
        key = own_key(self._gerrit.key)
        known = known_keys(self._gerrit.known_hosts, self._gerrit.host, self._gerrit.port)
        peer = socket.create_connection((self._gerrit.host, self._gerrit.port), _CONNECT)
        try:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)
            transport = paramiko.Transport(peer)
        except Exception:
            peer.close()
            raise
        # Known from here on, so that close() ends a handshake as well.
        self._transport = transport
        try:
            self._check_open()
            with _limited(3 * self._handshake + _BEYOND, _shut, transport):
                shown = self._exchange_keys(transport, known)
                check_host_key(self._gerrit.known_hosts, self._gerrit.host, self._gerrit.port, known, shown)
                self._log_in(transport, key)
            transport.set_keepalive(_KEEPALIVE)
            self._check_open()
        except Exception:
            _shut(transport)
            raise
        return transport

    def _check_open(self) -> None:
        if self._closed:
            raise Transient(f"{self}: the connection was closed by us")

    def _exchange_keys(self, transport: paramiko.Transport, known: Sequence[KnownKey]) -> paramiko.PKey:
        """The key that the server shows."""
        transport.banner_timeout = transport.handshake_timeout = self._handshake
        options = transport.get_security_options()
        options.key_types = preferred_types(known, options.key_types)
        options.ciphers = sorted(options.ciphers, key=lambda cipher: "-gcm@" not in cipher)
        transport.start_client(timeout=2 * self._handshake)
        if not transport.initial_kex_done:
            raise Transient(f"{self}: the key exchange has not ended within {2 * self._handshake:g} seconds")
        return transport.get_remote_server_key()

    def _log_in(self, transport: paramiko.Transport, key: paramiko.PKey) -> None:
        ended = threading.Event()
        transport.auth_publickey(self._gerrit.username, key, ended)
        looks = range(round(self._handshake / _LOOK))
        # Closed just before the login, paramiko's thread is gone and sets no event any more.
        if not any(ended.wait(_LOOK) or not transport.is_active() for _ in looks):
            raise Transient(f"{self}: no answer to the login within {self._handshake:g} seconds")
        if transport.is_authenticated():
            return
        error = transport.get_exception()
        if not transport.is_active() or not isinstance(error, paramiko.AuthenticationException | None):
            raise Transient(f"{self}: the connection was lost during the login: {_told(error)}")
        raise Misconfigured(
            f"{self} refuses the key {self._gerrit.key} ({key.fingerprint}) for the user {self._gerrit.username}: "
            f"add {self._gerrit.key}.pub to that account's SSH keys, and see that the account is active"
        )


def _open_channel(transport: paramiko.Transport, timeout: float) -> paramiko.Channel:
    try:
        with _limited(timeout + _BEYOND, _shut, transport):
            return transport.open_session(timeout=timeout)
    except (EOFError, OSError):
        # The write has failed, but paramiko's reader may not know yet and go on calling the connection active.
        _shut(transport)
        raise


def _read(recv: Callable[[int], bytes], limit: int) -> bytes:
    parts, size = [], 0
    while part := recv(_CHUNK):
        size += len(part)
        if size > limit:
            raise TooLong(f"an answer of Gerrit has more than {limit} bytes")
        parts.append(part)
    return b"".join(parts)


def _status(channel: paramiko.Channel) -> int | None:
    return channel.exit_status if channel.exit_status >= 0 else None


def _cut_off(channel: paramiko.Channel, late: threading.Event) -> None:
    late.set()
    _close(channel)
    channel.event.set()  # of a channel that was lost just when its command began, close() frees nobody who waits


@contextlib.contextmanager
def _limited(seconds: float, act: Callable[..., None], *args: object) -> Iterator[None]:
    """Call ``act`` after so many seconds, by the monotonic clock, unless the block has ended by then."""
    timer = threading.Timer(seconds, act, args)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _close(channel: paramiko.Channel) -> None:
    with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
        channel.close()


def _shut(transport: paramiko.Transport) -> None:
    with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
        transport.close()
    # close() leaves the socket of a transport that has ended by itself open.
    transport.sock.close()


def _told(error: BaseException | None) -> str:
    return clean_line(str(error), 300) or type(error).__name__
