"""The guarded HTTP client against a server that misbehaves."""

import gc
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent, Transient
from gerritbot_er.http_client import Absent, HttpClient, Limits, Refused, TooLarge, TooSlow
from gerritbot_er.http_client.addresses import Gate, NotLetThrough
from gerritbot_er.sandbox.ci_http import (
    Answer,
    Cut,
    Endless,
    GzipBomb,
    HttpServer,
    Redirect,
    Request,
    Response,
    Trickle,
)

LOOPBACK = ("127.0.0.0/8", "::1/128")
MEBI = 1024 * 1024
TEXT = b"a line of a log\n" * 20_000


def _route(request: Request) -> Response:
    if request.path == "/host":
        return Response(request.headers["host"].encode())
    if request.path == "/missing":
        return Response(b"<h1>nothing</h1>", status=404)
    return Response(TEXT, "text/plain")


@pytest.fixture
def server() -> Iterator[HttpServer]:
    served = HttpServer(_route)
    yield served
    served.close()


def _client(gate: Gate | None = None, **limits: float) -> HttpClient:
    bounds = Limits(**{"grace": 0.5, "packed": MEBI, "plain": MEBI, **limits})  # type: ignore[arg-type]
    return HttpClient(gate or Gate(["127.0.0.1"], private=LOOPBACK), limits=bounds, clock=time.monotonic)


def _error(client: HttpClient, url: str) -> GerritbotError:
    began = time.monotonic()
    with client, pytest.raises(GerritbotError) as caught:
        client.read(url, most=MEBI)
    assert time.monotonic() - began < 10
    return caught.value


def test_reads_and_keeps_its_connection(server: HttpServer) -> None:
    with _client() as http:
        bodies = {http.read(f"http://127.0.0.1:{server.port}/{number}", most=MEBI) for number in range(3)}
    assert bodies == {TEXT}
    assert len(server.requests("/*")) == 3


def test_a_connection_in_use_is_closed_after_its_use(server: HttpServer) -> None:
    http = _client()
    with http.get(f"http://127.0.0.1:{server.port}/1") as answer:
        http.close()
        assert answer.body() == TEXT
    del http, answer
    gc.collect()  # a socket that was left open is told here, as a warning, which is an error


def test_what_is_unchanged_is_told_by_its_tag_and_keeps_the_connection() -> None:
    def route(request: Request) -> Response:
        unchanged = request.headers.get("if-none-match") == 'W/"1"'
        return Response(b"" if unchanged else TEXT, "text/plain", 304 if unchanged else 200, {"ETag": 'W/"1"'})

    served = HttpServer(route)
    url = f"http://127.0.0.1:{served.port}/1"
    try:
        with _client() as http:
            with http.get(url) as answer:
                assert (answer.body(), answer.tag, answer.unchanged) == (TEXT, 'W/"1"', False)
            with http.get(url, tag='W/"1"') as answer:
                assert (answer.body(), answer.tag, answer.unchanged) == (b"", 'W/"1"', True)
            with http.get(url, tag='"2"') as answer:
                assert (answer.body(), answer.unchanged) == (TEXT, False)
    finally:
        served.close()


def test_an_answer_that_is_unchanged_without_being_asked_so_is_refused() -> None:
    served = HttpServer(lambda _: Response(b"", status=304))
    try:
        error = _error(_client(), f"http://127.0.0.1:{served.port}/")
    finally:
        served.close()
    assert isinstance(error, Refused)
    assert error.status == 304


def test_follows_a_redirect_and_tells_where_it_ended(server: HttpServer) -> None:
    server.misbehave("/old", Redirect("/new"), None)
    with _client() as http, http.get(f"http://127.0.0.1:{server.port}/old") as answer:
        assert answer.url == f"http://127.0.0.1:{server.port}/new"
        assert answer.content_type == "text/plain"
        assert answer.body() == TEXT


def test_says_the_name_to_the_address_that_was_checked(server: HttpServer) -> None:
    asked: list[str] = []

    def resolver(host: str, port: int) -> Sequence[str]:
        asked.append(f"{host}:{port}")
        return ("127.0.0.1",) if len(asked) == 1 else ("192.0.2.1",)

    gate = Gate(["logs.example.org"], private=LOOPBACK, resolver=resolver)
    with _client(gate) as http:
        assert http.read(f"http://logs.example.org:{server.port}/host", most=99) == (
            f"logs.example.org:{server.port}".encode()
        )
    assert asked == [f"logs.example.org:{server.port}"]


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:127.0.0.1"])
def test_refuses_a_private_address(address: str) -> None:
    error = _error(_client(Gate(["*.example.org"], resolver=lambda *_: (address,))), "http://logs.example.org/")
    assert type(error) is NotLetThrough
    assert str(error) == (
        f"the host logs.example.org is not asked: its address {address} is not public; "
        "list its network in allow_private of the log store if that is meant"
    )


def test_checks_a_redirect_as_any_url(server: HttpServer) -> None:
    server.misbehave("/out", Redirect("http://169.254.169.254/latest/meta-data/"), None)
    error = _error(_client(), f"http://127.0.0.1:{server.port}/out")
    assert str(error) == "the host 169.254.169.254 is not asked: add it to log_hosts of the CI if its logs lie there"
    error = _error(_client(Gate(["*"], private=["127.0.0.1"])), f"http://127.0.0.1:{server.port}/out")
    assert str(error) == (
        "the host 169.254.169.254 is not asked: its address 169.254.169.254 is not public; "
        "list its network in allow_private of the log store if that is meant"
    )


def test_ends_a_circle_of_redirects(server: HttpServer) -> None:
    server.misbehave("/round", Redirect("/round"), None)
    error = _error(_client(), f"http://127.0.0.1:{server.port}/round")
    assert str(error) == "127.0.0.1 redirects more than 5 times"
    assert len(server.requests("/round")) == 6


def test_gives_up_a_host_that_trickles(server: HttpServer) -> None:
    server.misbehave("/slow", Trickle(100), None)
    error = _error(_client(), f"http://127.0.0.1:{server.port}/slow")
    assert isinstance(error, TooSlow)
    assert str(error).startswith("127.0.0.1 was given up: it sent ")


def test_gives_up_a_request_whose_time_is_over(server: HttpServer) -> None:
    server.misbehave("/slow", Trickle(100), None)
    error = _error(_client(grace=60, total=0.3), f"http://127.0.0.1:{server.port}/slow")
    assert isinstance(error, TooSlow)
    assert str(error) == "127.0.0.1 was given up: the time for this request is over"


def test_gives_out_what_fits_of_an_endless_file(server: HttpServer) -> None:
    server.misbehave("/huge", Endless(), None)
    with _client(packed=2 * MEBI) as http, http.get(f"http://127.0.0.1:{server.port}/huge") as answer:
        got: list[bytes] = []
        with pytest.raises(TooLarge, match="more than 1048576 bytes"):
            got.extend(answer.chunks)
    assert len(b"".join(got)) == MEBI


@pytest.mark.parametrize("as_encoding", [True, False])
def test_stops_unpacking_a_gzip_bomb(server: HttpServer, *, as_encoding: bool) -> None:
    server.misbehave("/bomb.gz", GzipBomb(as_encoding=as_encoding), None)
    error = _error(_client(), f"http://127.0.0.1:{server.port}/bomb.gz")
    assert (type(error), str(error)) == (TooLarge, "more than 1048576 bytes")


def test_a_cut_answer_is_no_whole_one(server: HttpServer) -> None:
    server.misbehave("/cut", Cut(1000), None)
    assert isinstance(_error(_client(), f"http://127.0.0.1:{server.port}/cut"), Transient)


def test_tells_apart_what_to_do_about_a_status(server: HttpServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "gerritbot_er")
    server.misbehave("/busy", Answer(503, "17"), None)
    server.misbehave("/secret", Answer(403), None)
    absent = _error(_client(), f"http://127.0.0.1:{server.port}/missing")
    assert (type(absent), str(absent)) == (Absent, "127.0.0.1 answers 404")
    busy = _error(_client(), f"http://127.0.0.1:{server.port}/busy")
    assert isinstance(busy, Transient)
    assert (busy.after, str(busy)) == (17.0, "127.0.0.1 answers 503")
    assert caplog.messages == ["127.0.0.1 answers 404 for /missing", "127.0.0.1 answers 503 for /busy"]
    secret = _error(_client(), f"http://127.0.0.1:{server.port}/secret?token=1")
    assert (type(secret), str(secret)) == (
        Refused,
        "127.0.0.1 answers 403 for /secret: see whether it may be read without a password",
    )


def test_an_unreachable_host_is_transient(server: HttpServer) -> None:
    server.close()
    error = _error(_client(), f"http://127.0.0.1:{server.port}/")
    assert type(error) is Transient


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://127.0.0.1/x", "'ftp://127.0.0.1/x' is not asked: only http and https URLs with a host are"),
        ("file:///etc/passwd", "'file:///etc/passwd' is not asked: only http and https URLs with a host are"),
        (
            "http://a:b@127.0.0.1/",
            "the URL at 127.0.0.1 is not asked: it holds a user name or a password",
        ),
        ("http://127.0.0.1:99999/", "'http://127.0.0.1:99999/' is no URL: Port out of range 0-65535"),
    ],
)
def test_refuses_what_is_no_plain_web_address(url: str, message: str) -> None:
    error = _error(_client(), url)
    assert (type(error), str(error)) == (Permanent, message)


def test_a_ca_file_that_is_none_is_said(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("no certificate")
    with pytest.raises(Misconfigured) as caught:
        HttpClient(Gate(()), ca_file=path, clock=time.monotonic)
    assert str(caught.value).startswith(f"ca_file {path} can not be used (")
