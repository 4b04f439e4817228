"""Answers that no server should give: whatever stands in their headers, the client has one of our errors for it."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gerritbot_er.errors import GerritbotError, Permanent, Transient
from gerritbot_er.http_client import Absent, HttpClient, Limits
from gerritbot_er.http_client.addresses import Gate

NOW = b"Date: Wed, 21 Oct 2026 07:28:00 GMT\r\n"
EMPTY = b"Content-Length: 0\r\n\r\n"


@contextmanager
def answering(*answers: bytes) -> Iterator[int]:
    """The port of a server that gives one of these answers to each connection."""
    left = iter(answers)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(next(left))

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def read(port: int) -> bytes:
    limits = Limits(silence=5, total=10)
    with HttpClient(Gate((), own_hosts=("127.0.0.1",)), limits=limits, clock=time.monotonic) as http:
        return http.read(f"http://127.0.0.1:{port}/x", most=1000)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"HTTP/1.1 302 F\r\nLocation: http://[x\r\n" + EMPTY, Permanent),
        (b"HTTP/1.1 302 F\r\nLocation: //[::1\r\n" + EMPTY, Permanent),
        (b"HTTP/1.1 302 F\r\nLocation: http://a\xbd.b/\r\n" + EMPTY, Permanent),
        (b"HTTP/1.1 302 F\r\nLocation: http://h:99999999/\r\n" + EMPTY, Permanent),
        (b"HTTP/1.1 404 N\r\nRetry-After: Wed, 21 Oct 2026 07:28:00\r\n" + NOW + EMPTY, Absent),
        (b"HTTP/1.1 503 N\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 -0000\r\n" + NOW + EMPTY, Transient),
        (b"HTTP/1.1 503 N\r\nRetry-After: Wed, 21 Oct 99999999999999999999 07:28:00 GMT\r\n" + NOW + EMPTY, Transient),
        (b"HTTP/1.1 503 N\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 +9999999999\r\n" + NOW + EMPTY, Transient),
    ],
)
def test_f38_an_odd_header_is_trouble_with_one_file_and_not_the_end(answer: bytes, kind: type[GerritbotError]) -> None:
    with answering(answer) as port, pytest.raises(GerritbotError) as caught:
        read(port)
    assert type(caught.value) is kind


def test_a_length_of_thousands_of_digits_is_no_length() -> None:
    with answering(*[b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nabc"] * 2) as port:
        assert read(port) == b"abc"


def test_the_case_of_a_header_s_name_does_not_matter() -> None:
    moved = b"HTTP/1.1 301 Moved\r\nlocation: /y\r\nconnection: close\r\n" + EMPTY
    with answering(moved, b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc") as port:
        assert read(port) == b"abc"
    later = b"HTTP/1.1 503 Later\r\nretry-after: 7\r\n" + EMPTY
    with answering(later) as port, pytest.raises(Transient) as caught:
        read(port)
    assert caught.value.after == 7
