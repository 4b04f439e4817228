"""The HTTP side of the sandbox CI: a small server that counts its requests and misbehaves on cue."""

import contextlib
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

MAX_CONNECTIONS = 128

_IDLE_SECONDS = 60.0
_BLOCK = 256 * 1024
_FILLER = b"2026-01-01 00:00:00.000000 | ubuntu-noble | this line is like the one before it and the one after\n"


@dataclass(frozen=True, slots=True)
class Response:
    """What a request is answered with, as long as no fault stands before it."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: the decoded path, the query as written, headers with lower-case names."""

    method: str
    path: str
    query: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """Fault: this status; ``retry_after`` is the text of that header."""

    status: int
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Trickle:
    """Fault: the body comes at this many bytes a second."""

    bytes_per_second: float


@dataclass(frozen=True, slots=True)
class Endless:
    """Fault: a plain body of log lines, this many bytes long, made while it is sent."""

    size: int = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class GzipBomb:
    """Fault: a gzip body of one member that unpacks to this many bytes of log lines (about 0.3 % of that on the wire).

    Sent with ``Content-Encoding: gzip``, or as it is for a file that is called ``.gz``.
    """

    size: int = 2 * 1024**3
    as_encoding: bool = True


@dataclass(frozen=True, slots=True)
class Redirect:
    """Fault: 302 to this URL."""

    to: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Fault: the connection ends after this many bytes of the body, fewer than were announced."""

    after: int


Fault = Answer | Trickle | Endless | GzipBomb | Redirect | Cut


@dataclass(slots=True)
class _Cue:
    pattern: str
    fault: Fault
    times: int | None


class HttpServer:
    """An HTTP/1.1 server on a free port of 127.0.0.1; ``route`` answers GET requests, from many threads."""

    def __init__(self, route: Callable[[Request], Response]) -> None:
        self._route = route
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._cues: list[_Cue] = []
        self.closing = threading.Event()
        self._server = _Server(self)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="sandbox-ci", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening, end what is being sent, wait for all threads."""
        self.closing.set()
        self._server.shutdown()
        self._thread.join(10)
        self._server.cut_connections()
        self._server.server_close()

    def misbehave(self, pattern: str, fault: Fault, times: int | None) -> None:
        """Answer paths that match the glob with this fault, so many times or until ``behave``."""
        with self._lock:
            self._cues.append(_Cue(pattern, fault, times))

    def behave(self) -> None:
        """No faults any more."""
        with self._lock:
            self._cues.clear()

    def requests(self, pattern: str) -> list[Request]:
        """The requests so far whose path matches the glob."""
        with self._lock:
            return [request for request in self._requests if fnmatchcase(request.path, pattern)]

    def take(self, request: Request) -> tuple[Response, Fault | None]:
        """Count a request; its answer, and what is wrong with it."""
        fault = None
        with self._lock:
            self._requests.append(request)
            for cue in self._cues:
                if fnmatchcase(request.path, cue.pattern) and cue.times != 0:
                    cue.times = None if cue.times is None else cue.times - 1
                    fault = cue.fault
                    break
        return self._route(request), fault


class _Server(ThreadingHTTPServer):
    def __init__(self, owner: HttpServer) -> None:
        self.owner = owner
        self._open: dict[socket.socket, threading.Thread] = {}
        self._slots = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        if not self._slots.acquire(blocking=False):
            request.close()
            return
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), name="sandbox-ci-request", daemon=True
        )
        self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        super().shutdown_request(request)
        self._open.pop(request, None)
        self._slots.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes in the middle of an answer is no news."""

    def cut_connections(self) -> None:
        """End all connections and wait for their threads (the base class does not wait for daemons)."""
        for connection, thread in list(self._open.items()):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(10)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Apache"
    sys_version = ""
    timeout = _IDLE_SECONDS
    server: _Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        response, fault = self.server.owner.take(Request("GET", unquote(url.path), url.query, headers))
        match fault:
            case Answer(status, retry_after):
                more = {} if retry_after is None else {"Retry-After": retry_after}
                self._send(Response(_page(status), status=status, headers=more))
            case Redirect(to):
                self._send(Response(b"", status=302, headers={"Location": to}))
            case Endless(size):
                self._head(Response(b"", "text/plain"), size)
                self._stream(_filler(size))
            case GzipBomb(size, as_encoding):
                encoding = {"Content-Encoding": "gzip"} if as_encoding else {}
                self._head(Response(b"", "text/plain" if as_encoding else "application/gzip", headers=encoding), None)
                self._stream(_bomb(size))
            case Trickle(rate):
                self._head(response, len(response.body))
                self._trickle(response.body, rate)
            case Cut(after):
                self._head(response, len(response.body))
                self.wfile.write(response.body[:after])
                self.close_connection = True
            case None:
                self._send(response)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Requests are counted, not printed."""

    def _send(self, response: Response) -> None:
        self._head(response, len(response.body))
        self.wfile.write(response.body)

    def _head(self, response: Response, length: int | None) -> None:
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if length is None:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _stream(self, blocks: Iterator[bytes]) -> None:
        for block in blocks:
            if self.server.owner.closing.is_set():
                break
            self.wfile.write(block)
        self.close_connection = True

    def _trickle(self, body: bytes, rate: float) -> None:
        step = max(1, int(rate / 10))
        for at in range(0, len(body), step):
            self.wfile.write(body[at : at + step])
            if self.server.owner.closing.wait(step / rate):
                break


def not_found(path: str) -> Response:
    """A 404 as Zuul and log servers give it: a page, not JSON."""
    return Response(_page(404, path), status=404)


def _page(status: int, path: str = "") -> bytes:
    reason = HTTPStatus(status).phrase
    return f"<!DOCTYPE html>\n<title>{status} {reason}</title>\n<h1>{reason}</h1>\n<p>{path}</p>\n".encode()


def _filler(size: int) -> Iterator[bytes]:
    block = _FILLER * (_BLOCK // len(_FILLER))
    for sent in range(0, size, len(block)):
        yield block[: size - sent]


def _bomb(size: int) -> Iterator[bytes]:
    """One gzip member: after a full flush equal input gives equal output, so that one packed block serves for all."""
    block = _FILLER * (8 * _BLOCK // len(_FILLER))
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    whole, rest = divmod(size, len(block))
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    check = 0
    for _ in range(whole):
        yield packed
        check = zlib.crc32(block, check)
    last = block[:rest]
    yield packer.compress(last) + packer.flush(zlib.Z_FINISH)
    yield zlib.crc32(last, check).to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
