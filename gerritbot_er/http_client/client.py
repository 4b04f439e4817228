"""The client: asks, follows redirects, and keeps connections for the next request."""

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

from urllib3.connection import HTTPConnection, HTTPSConnection

from gerritbot_er.errors import Misconfigured, Permanent, Transient
from gerritbot_er.secret import Secret

from .addresses import Gate, Target, target
from .answers import NOT_MODIFIED, Answer, Limits, Open, at_most, off_the_wire
from .decoding import decoded
from .errors import TooSlow, meaning_of_error, meaning_of_status
from .watch import Patience, Watch

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_OK = 200
MOST_REDIRECTS = 5
_LONGEST_TAG = 200
_HEADERS = {
    "User-Agent": "gerritbot-er",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
}


class HttpClient:
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
            chunks = decoded(off_the_wire(opened, limits), headers.get("Content-Encoding", ""))
            yield Answer(
                opened.target.url,
                headers.get("Content-Type", ""),
                at_most(chunks, limits.plain, opened),
                tag=_tag(headers.get("ETag", "")),
                unchanged=opened.response.status == NOT_MODIFIED,
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

    def _follow(self, wanted: Target, limits: Limits, deadline: float, more: Mapping[str, str]) -> Open:
        """``more`` are headers of this request."""
        for _ in range(self._redirects + 1):
            opened = self._ask(wanted, limits, deadline, more)
            status = opened.response.status
            if status == _OK or (status == NOT_MODIFIED and more):
                return opened
            headers = opened.response.headers
            self._release(opened)
            if status not in _REDIRECTS or "Location" not in headers or not self._redirects:
                raise meaning_of_status(wanted, status, headers)
            wanted = _elsewhere(wanted, headers["Location"].strip())
        raise Permanent(f"{wanted.host} redirects more than {self._redirects} times")

    def _ask(self, wanted: Target, limits: Limits, deadline: float, more: Mapping[str, str]) -> Open:
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
    ) -> Open:
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
            raise meaning_of_error(wanted, error, watch) from None
        watch.body_begins()
        return Open(wanted, connection, response, watch)

    def _credentials(self) -> dict[str, str]:
        return {} if self._authorization is None else {"Authorization": self._authorization.reveal()}

    def _release(self, opened: Open) -> None:
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


def _elsewhere(wanted: Target, location: str) -> Target:
    try:
        return target(urljoin(wanted.url, location))
    except ValueError:
        raise Permanent(f"{wanted.host} redirects to what is no URL") from None
