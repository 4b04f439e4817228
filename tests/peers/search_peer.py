"""A search server that answers as it was told, and keeps what it was asked."""

import gzip
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: after ``delay`` seconds, a status, headers and a body (bytes as they are, else as JSON)."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came: its target as on the request line, its headers in lower case, its body unpacked."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def lines(self) -> list[object]:
        """The JSON values of the body's lines."""
        return [json.loads(line) for line in self.body.splitlines()]


Answering = Callable[[Asked], Answer]
"""An answer that depends on the question."""


class SearchPeer:
    """Gives its answers one after another, the last one for ever; ``most_at_once`` counts those under way."""

    def __init__(self, answers: list[Answer | Answering]) -> None:
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._under_way = 0
        self._answers = answers
        self._released = threading.Event()
        self._lock = threading.Lock()

    def next_answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            given = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        answer = given if isinstance(given, Answer) else given(asked)
        self._released.wait(answer.delay)
        with self._lock:
            self._under_way -= 1
        return answer

    def release(self) -> None:
        """End all waiting."""
        self._released.set()


@contextmanager
def search_peer(*answers: Answer | Answering, tls: ssl.SSLContext | None = None) -> Iterator[tuple[SearchPeer, int]]:
    """A peer and its port on loopback."""
    peer = SearchPeer(list(answers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = gzip.decompress(raw) if headers.get("content-encoding") == "gzip" else raw
            answer = peer.next_answer(Asked(self.command, self.path, headers, body))
            text = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            kind = "text/html" if isinstance(answer.body, bytes) else "application/json"
            self.send_response_only(answer.status)
            said = {"Content-Type": kind, "X-Elastic-Product": "Elasticsearch", "Content-Length": str(len(text))}
            for name, value in (said | dict(answer.headers)).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_HEAD = _any  # noqa: N815 - so http.server calls them

        def log_message(self, *_words: object) -> None:
            """Say nothing: ``asked`` tells it all."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_words: object) -> None:
            """A client that goes away in the middle is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield peer, int(server.server_address[1])
    finally:
        peer.release()
        server.shutdown()
        server.server_close()
        thread.join()
