"""A guarded HTTP client for servers that need not be trusted: bounded in hosts, bytes, time and redirects.

A client may be used from several threads; connections are kept for the next request to the same host.  Retries are
the caller's.
"""

import logging
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import BaseHTTPResponse

from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent, Transient
from gerritbot_er.retry_after import retry_after
from gerritbot_er.secret import Secret
from gerritbot_er.web_addresses import Gate, Target, target
from gerritbot_er.web_decoding import decoded
from gerritbot_er.web_watch import Patience, Watch

log = logging.getLogger(__name__)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK, _NOT_MODIFIED, _FORBIDDEN = 200, 304, 403
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
MOST_REDIRECTS = 5
_READ = 64 * 1024
_LONGEST_NUMBER = 18
_LONGEST_TAG = 200
_HEADERS = {
    "User-Agent": "gerritbot-er",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
}


class Absent(Transient):
    """There is nothing at this URL (404, 410), or nothing yet."""


class Refused(Permanent):
    """An answer that asking again does not change; ``status`` is the server's."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class TooLarge(Permanent):
    """More bytes than the limit; those before it were given out."""


class TooSlow(Transient):
    """The host took longer than the limits allow: the rest of its files would take as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one request may cost: times in seconds, sizes in bytes.

    ``silence`` is the longest time without a byte, and for the head of the answer; ``total`` that of the whole
    request; ``rate`` the fewest bytes a second of the body that are waited for, on average and from ``grace`` on;
    ``packed`` and ``plain`` the most bytes before and after decompression.
    """

    connect: float = 10.0
    silence: float = 30.0
    total: float = 300.0
    rate: float = 16 * 1024
    grace: float = 10.0
    packed: int = 256 * 1024 * 1024
    plain: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent: ``url`` is the last one of the redirects, ``chunks`` the plain bytes as they come.

    ``tag`` names this state of it ("" where the server gives no name); ``unchanged``: it is still the one whose tag was
    asked with, and nothing is sent.  Reading ``chunks`` raises TooLarge, TooSlow, Transient (cut) or Permanent
    (damaged).
    """

    url: str
    content_type: str
    chunks: Iterator[bytes]
    tag: str = ""
    unchanged: bool = False

    def body(self) -> bytes:
        """All bytes at once."""
        return b"".join(self.chunks)


@dataclass(slots=True)
class _Open:
    """A response that is being read, and its connection."""

    target: Target
    connection: HTTPConnection
    response: BaseHTTPResponse
    watch: Watch
    whole: bool = field(default=False)


class WebClient:
    """Asks servers that the gate lets through; to be closed."""

    def __init__(
        self,
        gate: Gate,
        *,
        limits: Limits | None = None,
        ca_file: Path | None = None,
        authorization: Secret | None = None,
        redirects: int = MOST_REDIRECTS,
        clock: Callable[[], float],
    ) -> None:
        """``clock`` counts seconds monotonically; Misconfigured where ``ca_file`` can not be read.

        ``authorization`` is the value of that header, sent with every request: whoever gives one lets no host through
        the gate but the one that it is for, and follows no ``redirects``.
        """
        self._gate = gate
        self._limits = limits or Limits()
        self._clock = clock
        self._idle: dict[tuple[str, str, int], HTTPConnection] = {}
        self._context = _tls_context(ca_file)
        self._authorization = authorization
        self._redirects = redirects
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept; one that is in use is closed after its use."""
        self._closed = True
        while self._idle:
            self._idle.popitem()[1].close()

    @contextmanager
    def get(self, url: str, *, most: int | None = None, total: float | None = None, tag: str = "") -> Iterator[Answer]:
        """Ask for a URL; its answer is read inside the ``with``.

        ``most`` and ``total`` lower the limits of plain bytes and of seconds; with the ``tag`` of an earlier answer it
        is sent only if it has changed.  Raises Absent, other Transient errors (with ``after`` where the server said
        when), Permanent, or Misconfigured where a certificate is not trusted.
        """
        limits = self._lowered(most, total)
        deadline = self._clock() + limits.total
        more = {"If-None-Match": tag} if tag else {}
        opened = self._follow(target(url), limits, deadline, more)
        try:
            headers = opened.response.headers
            chunks = decoded(_packed(opened, limits), headers.get("Content-Encoding", ""))
            yield Answer(
                opened.target.url,
                headers.get("Content-Type", ""),
                _bounded(chunks, limits.plain, opened),
                tag=_tag(headers.get("ETag", "")),
                unchanged=opened.response.status == _NOT_MODIFIED,
            )
        finally:
            self._release(opened)

    def read(self, url: str, *, most: int) -> bytes:
        """The whole body, of at most this many bytes; raises as ``get`` and its answer do."""
        with self.get(url, most=most) as answer:
            return answer.body()

    def _lowered(self, most: int | None, total: float | None) -> Limits:
        limits = self._limits
        return replace(
            limits,
            plain=limits.plain if most is None else min(most, limits.plain),
            packed=limits.packed if most is None else min(most + 64 * 1024, limits.packed),
            total=limits.total if total is None else min(total, limits.total),
        )

    def _follow(self, wanted: Target, limits: Limits, deadline: float, more: Mapping[str, str]) -> _Open:
        """``more`` are headers of this request."""
        for _ in range(self._redirects + 1):
            opened = self._ask(wanted, limits, deadline, more)
            status = opened.response.status
            if status == _OK or (status == _NOT_MODIFIED and more):
                return opened
            headers = opened.response.headers
            self._release(opened)
            if status not in _REDIRECTS or "Location" not in headers or not self._redirects:
                raise _refused(wanted, status, headers)
            wanted = _elsewhere(wanted, headers["Location"].strip())
        raise Permanent(f"{wanted.host} redirects more than {self._redirects} times: its logs can not be read")

    def _ask(self, wanted: Target, limits: Limits, deadline: float, more: Mapping[str, str]) -> _Open:
        self._gate.check(wanted)
        kept = self._idle.pop((wanted.scheme, wanted.host, wanted.port), None)
        if kept is not None:
            try:
                return self._exchange(wanted, kept, limits, deadline, more)
            except TooSlow:
                raise
            except Transient:
                pass  # a server may close a connection that rests: a fresh one tells whether it is well
        errors: list[Transient] = []
        for address in self._gate.addresses(wanted):
            try:
                return self._exchange(wanted, self._connection(wanted, address, limits), limits, deadline, more)
            except TooSlow:
                raise
            except Transient as error:
                errors.append(error)
        raise errors[0]

    def _connection(self, wanted: Target, address: str, limits: Limits) -> HTTPConnection:
        """To the address that was checked; the name is only said (SNI, certificate, Host)."""
        if wanted.scheme == "http":
            return HTTPConnection(address, wanted.port, timeout=limits.connect)
        return HTTPSConnection(
            address,
            wanted.port,
            timeout=limits.connect,
            ssl_context=self._context,
            server_hostname=wanted.host,
            assert_hostname=wanted.host,
        )

    def _exchange(
        self, wanted: Target, connection: HTTPConnection, limits: Limits, deadline: float, more: Mapping[str, str]
    ) -> _Open:
        """Send the request and read the head of the answer."""
        patience = Patience(head=limits.connect + limits.silence, grace=limits.grace, rate=limits.rate)
        watch = Watch(wanted.host, patience, deadline=deadline, clock=self._clock)
        watch.guard(lambda: connection.sock)
        try:
            with watch.waiting():
                if connection.sock is None:
                    connection.connect()
                _set_timeout(connection, limits.silence)
                connection.request(
                    "GET",
                    wanted.path,
                    headers={"Host": wanted.authority, **_HEADERS, **more, **self._credentials()},
                    preload_content=False,
                    decode_content=False,
                )
                watch.pin(connection.sock)
                response = connection.getresponse()
        except Exception as error:  # noqa: BLE001 - a hostile answer can bring any error out of the libraries
            watch.stop()
            connection.close()
            raise _lost(wanted, error, watch) from None
        watch.body_begins()
        return _Open(wanted, connection, response, watch)

    def _credentials(self) -> dict[str, str]:
        return {} if self._authorization is None else {"Authorization": self._authorization.reveal()}

    def _release(self, opened: _Open) -> None:
        """Keep the connection only after a whole answer, so that nothing left over is read as the next one."""
        opened.watch.stop()
        key = (opened.target.scheme, opened.target.host, opened.target.port)
        good = opened.whole and opened.connection.sock is not None
        if good and self._idle.setdefault(key, opened.connection) is opened.connection:
            if self._closed:
                self.close()
            return
        opened.response.close()
        opened.connection.close()


def _tag(text: str) -> str:
    """An ETag that may be sent back."""
    return text if len(text) <= _LONGEST_TAG and text.isascii() and text.isprintable() else ""


def _set_timeout(connection: HTTPConnection, seconds: float) -> None:
    if isinstance(connection.sock, socket.socket):
        connection.sock.settimeout(seconds)


def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """The system's authorities, and those of the file."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise Misconfigured(
                f"ca_file {ca_file} can not be used ({error}); give a PEM file that we may read"
            ) from None
    return context


def _packed(opened: _Open, limits: Limits) -> Iterator[bytes]:
    """The bytes off the wire."""
    received = 0
    while True:
        try:
            with opened.watch.waiting():
                chunk = opened.response.read1(_READ, decode_content=False)
        except Exception as error:  # noqa: BLE001 - a hostile answer can bring any error out of the libraries
            raise _lost(opened.target, error, opened.watch) from None
        if not chunk:
            opened.watch.stop()
            _check_whole(opened, received)
            opened.whole = True
            return
        received += len(chunk)
        opened.watch.received(len(chunk))
        if received > limits.packed:
            raise TooLarge(f"more than {limits.packed} bytes before decompression")
        yield chunk


def _check_whole(opened: _Open, received: int) -> None:
    """A cut answer and one that our own watch ended both look like its end."""
    if opened.watch.verdict:
        raise TooSlow(opened.watch.verdict)
    if opened.response.status == _NOT_MODIFIED:
        return  # what it announces is the length of what it does not send
    announced = opened.response.headers.get("Content-Length", "")
    if announced.isdecimal() and len(announced) <= _LONGEST_NUMBER and received < int(announced):
        raise Transient(f"{opened.target.host} closed the connection after {received} of {announced} bytes")


def _bounded(chunks: Iterator[bytes], most: int, opened: _Open) -> Iterator[bytes]:
    given = 0
    for chunk in chunks:
        room = most - given
        given += len(chunk)
        if given > most:
            opened.watch.stop()
            if room:
                yield chunk[:room]
            raise TooLarge(f"more than {most} bytes")
        yield chunk


def _elsewhere(wanted: Target, location: str) -> Target:
    try:
        return target(urljoin(wanted.url, location))
    except ValueError:
        raise Permanent(f"{wanted.host} redirects to what is no URL: its logs can not be read") from None


def _lost(wanted: Target, error: Exception, watch: Watch) -> GerritbotError:
    """What a library's error means for our caller."""
    if isinstance(error, GerritbotError):
        return error
    if watch.verdict:
        return TooSlow(watch.verdict)
    refused = isinstance(error, urllib3.exceptions.NewConnectionError)  # which the library derives from a timeout
    if isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError) and not refused:
        return TooSlow(f"{wanted.host} says nothing for too long")
    reason: object = error
    while isinstance(reason, Exception):
        if isinstance(reason, ssl.SSLCertVerificationError):
            return Misconfigured(
                f"the certificate of {wanted.host} is not trusted ({reason.verify_message}); "
                "set ca_file to the authority that signed it"
            )
        reason = reason.__cause__ or reason.__context__ or next(iter(reason.args), None)
    if isinstance(error, urllib3.exceptions.HTTPError | OSError | ValueError):
        return Transient(f"{wanted.host} can not be reached or does not answer: {_short(error)}")
    return Transient(f"{wanted.host} does not speak HTTP as we do: {_short(error)}")


def _short(error: Exception) -> str:
    """An error's own words in one line; some are as long as the answer they complain of."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"


def _refused(wanted: Target, status: int, headers: Mapping[str, str]) -> GerritbotError:
    """What a status means; that of a server in trouble is shown on our board, where no path may be named."""
    said = f"{wanted.host} answers {status}"
    shown = f"{said} for {wanted.path.partition('?')[0][:200]}"
    log.debug("%s", shown)
    if status in (404, 410):
        return Absent(said, after=retry_after(headers))
    after = retry_after(headers)
    if status in _LATER or (status == _FORBIDDEN and after is not None):  # GitHub's way to say "too many"
        return Transient(said, after=after)
    return Refused(f"{shown}: see whether it may be read without a password", status=status)
