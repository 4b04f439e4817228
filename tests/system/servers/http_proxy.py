"""A proxy before a real HTTP server: counts requests, and on cue delays, answers itself or cuts the connection."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .processes import HOST

_UPSTREAM_SECONDS = 60.0
# Of one connection alone (RFC 9110, 7.6.1), or set anew for the text that we pass on.
_NOT_PASSED_ON = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host", "te", "upgrade"})


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived. ``path`` is without the query string, ``target`` with it; ``at`` in UTC seconds."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    at: float = field(default_factory=time.time)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(slots=True)
class Cue:
    """What to do with the next ``times`` requests that ``concerns`` picks: wait, then answer, cut off, or pass on."""

    concerns: Callable[[Request], bool]
    times: int | None
    delay: float = 0.0
    cut: bool = False
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class HttpProxy:
    """Listens on ``url`` and passes requests on to the server at ``upstream_port`` of loopback."""

    def __init__(self, upstream_port: int) -> None:
        self._upstream_port = upstream_port
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._cues: list[Cue] = []
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    # -- what was asked

    @property
    def requests(self) -> list[Request]:
        """All requests since the start or the last ``forget``, in the order of their arrival."""
        with self._lock:
            return list(self._requests)

    def count(self) -> Counter[tuple[str, str]]:
        """How often each ``(method, path)`` was asked for."""
        return Counter((request.method, request.path) for request in self.requests)

    def forget(self) -> None:
        """Count from nought again."""
        with self._lock:
            self._requests.clear()

    # -- cues; each holds for the next `times` requests (None: all), the earliest cue first

    def delay(self, seconds: float, *, times: int | None = None, path: str = "") -> None:
        """Pass requests whose path contains ``path`` on after ``seconds``."""
        self._cue(Cue(lambda request: path in request.path, times, delay=seconds))

    def answer(
        self,
        status: int,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"{}",
        times: int | None = None,
        path: str = "",
    ) -> None:
        """Answer in the server's place, such as 429 with ``{"Retry-After": "3"}``."""
        self._cue(Cue(lambda request: path in request.path, times, status=status, headers=headers or {}, body=body))

    def cut(self, *, times: int | None = None, path: str = "") -> None:
        """Close the connection without an answer."""
        self._cue(Cue(lambda request: path in request.path, times, cut=True))

    def honest(self) -> None:
        """Drop all cues: pass everything on."""
        with self._lock:
            self._cues.clear()

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # -- inside

    def _cue(self, cue: Cue) -> None:
        with self._lock:
            self._cues.append(cue)

    def _take(self, request: Request) -> Cue | None:
        """Note the request and use up one time of the cue that concerns it."""
        with self._lock:
            self._requests.append(request)
            for cue in self._cues:
                if cue.times != 0 and cue.concerns(request):
                    if cue.times is not None:
                        cue.times -= 1
                    return cue
        return None

    def _pass_on(self, request: Request) -> tuple[int, Mapping[str, str], bytes]:
        connection = http.client.HTTPConnection(HOST, self._upstream_port, timeout=_UPSTREAM_SECONDS)
        try:
            kept = {key: value for key, value in request.headers.items() if key.lower() not in _NOT_PASSED_ON}
            connection.request(request.method, request.target, request.body or None, kept)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def _serve(self, request: Request) -> tuple[int, Mapping[str, str], bytes] | None:
        """The answer, or None to cut the connection off."""
        cue = self._take(request)
        if cue is not None:
            self._closing.wait(cue.delay)
            if cue.cut:
                return None
            if cue.status:
                return cue.status, cue.headers, cue.body
        try:
            return self._pass_on(request)
        except (OSError, http.client.HTTPException):
            return None  # the server is down or froze: its client is to see a broken connection, not an invented answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        serve = self._serve

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # connections stay open, as the servers' do

            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                answer = serve(Request(self.command, self.path, dict(self.headers.items()), body))
                if answer is None:
                    self.close_connection = True
                    return
                status, headers, text = answer
                self.send_response_only(status)
                for key, value in headers.items():
                    if key.lower() not in _NOT_PASSED_ON:
                        self.send_header(key, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(text)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - so http.server calls them

            def log_message(self, *_words: object) -> None:
                """Say nothing: ``requests`` tells it all."""

        return Handler


@contextmanager
def http_proxy(upstream_port: int) -> Iterator[HttpProxy]:
    """A proxy for the time of a ``with`` block."""
    proxy = HttpProxy(upstream_port)
    try:
        yield proxy
    finally:
        proxy.close()
