"""The bytes to and from an IRC server: a socket, plain or TLS, that never blocks the loop that owns it.

The irc package takes any object with a socket's methods.  What it would do with a real one: lose the rest of a partial
``send``, and take a TLS record without application data (a session ticket) for the end of the connection.
"""

import socket
import ssl
from pathlib import Path

from gerritbot_er.errors import Misconfigured, Transient

_CHUNK = 16384
_UNSENT_MOST = 65536


def connect(host: str, port: int, *, tls: bool, ca_file: Path | None, timeout: float) -> "Wire":
    """A new connection, within ``timeout`` seconds for TCP and again for TLS; the certificate is verified.

    ``Transient`` where nobody answers, ``Misconfigured`` where the certificate is not to be trusted.
    """
    plain = None
    try:
        plain = socket.create_connection((host, port), timeout)
        wire = Wire(_wrap(plain, host, ca_file) if tls else plain)
    except ssl.SSLCertVerificationError as error:
        raise Misconfigured(
            f"the certificate of {host}:{port} is not to be trusted ({error.verify_message}): "
            "set irc.ca_file to the authority that signed it, or irc.host to the name in it"
        ) from error
    except OSError as error:
        raise Transient(f"no connection to the IRC server {host}:{port}: {error}") from error
    else:
        plain = None
        return wire
    finally:
        if plain is not None:
            plain.close()


def _wrap(plain: socket.socket, host: str, ca_file: Path | None) -> ssl.SSLSocket:
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured(f"irc.ca_file {ca_file} holds no certificates: {error}") from error
    return context.wrap_socket(plain, server_hostname=host)


class Wire:
    """What the irc package uses of a socket; ``broken`` says why it is of no use any more."""

    def __init__(self, connected: socket.socket) -> None:
        connected.settimeout(0)
        self._socket = connected
        self._read = b""
        self._unsent = b""
        self.broken: str | None = None

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def unsent(self) -> bool:
        """Whether something waits for the socket to take it."""
        return bool(self._unsent)

    def ready(self) -> bool:
        """Whether ``recv`` has something to tell: bytes, or the end."""
        if not self._read and self.broken is None:
            try:
                self._read = self._socket.recv(_CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return False
            except OSError as error:
                self.broken = str(error)
            else:
                if not self._read:
                    self.broken = "the IRC server hung up"
        return True

    def recv(self, _size: int) -> bytes:
        data, self._read = self._read, b""
        return data

    def line(self, text: str) -> None:
        """Send a line; one with an end of line or NUL inside is a mistake of ours, and refused."""
        if any(end in text for end in "\r\n\0"):
            raise ValueError("an IRC line holds no CR, LF or NUL")
        self.send(text.encode() + b"\r\n")

    def send(self, data: bytes) -> int:
        self._unsent += data
        if len(self._unsent) > _UNSENT_MOST:
            self.broken = "the IRC server takes nothing"
        self.flush()
        return len(data)

    def flush(self) -> None:
        """Hand the socket what it takes."""
        while self._unsent and self.broken is None:
            try:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError as error:
                self.broken = str(error)

    def shutdown(self, how: int) -> None:
        self._socket.shutdown(how)

    def close(self) -> None:
        self._socket.close()
