"""The pages over true HTTP: what they show, what they refuse, and that nothing a visitor sends does any harm."""

import contextlib
import http.client
import json
import re
import socket
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gerritbot_er.dependencies import Condition
from gerritbot_er.model import Evidence, Signature
from gerritbot_er.settings import Rule

from .pages_running import BUILD, CHANGE, EVIDENCE, SIGNATURE, Pages, pages_at, received, talk

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    with Pages(tmp_path) as running:
        running.all_well()
        yield running


def ask(pages: Pages, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", pages.server.port, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def health(pages: Pages) -> tuple[int, Any]:
    status, _, body = ask(pages, "/readyz")
    return status, json.loads(body)


def test_readyz_is_200_while_comments_come_about_and_503_while_not(pages: Pages) -> None:
    status, body = health(pages)
    assert (status, body["status"], body["summary"], body["standing_still"]) == (200, "working", "working", [])
    pages.board.say("irc", Condition.MISCONFIGURED, "the password was refused")
    assert health(pages)[0] == 200, "comments need no IRC"
    pages.board.say("stream", Condition.CONNECTING, "open")
    assert health(pages)[0] == 200
    pages.board.say("stream", Condition.DEGRADED, "no answer to 2 probes", retry_in=12)
    status, body = health(pages)
    assert (status, body["status"]) == (503, "misconfigured")
    stream = next(one for one in body["dependencies"] if one["name"] == "stream")
    assert (stream["state"], stream["why"], stream["needed"]) == ("degraded", "no answer to 2 probes", True)
    assert 0 < stream["next_try"] - body["now"] <= 12


def test_a_case_shows_its_bug_its_line_and_what_to_do(pages: Pages) -> None:
    case = pages.keep()
    status, _, body = ask(pages, f"/case/{case.id}")
    assert status == 200
    for words in (
        '<a href="https://bugs.example.org/1234567" rel="noopener noreferrer nofollow">the image registry refused',
        "<code>toomanyrequests: You have reached your pull rate limit.</code>",
        f'<a href="{BUILD}/log/job-output.txt#812" rel="noopener noreferrer nofollow">job-output.txt line 812</a>',
        '<a href="https://review.example.org/c/example/widgets/+/4711" rel="noopener noreferrer nofollow">4711,2</a>',
        "What to do: this is known and not caused by your change. Run CI again.",
    ):
        assert words in body
    assert f'<a href="case/{case.id}">example/widgets 4711,2</a>' in ask(pages, "/")[2]


def test_a_case_shows_every_proving_line_and_what_was_captured(pages: Pages) -> None:
    further = Evidence("no valid host", "screen-n-cpu.txt", 40, BUILD + "/log/screen-n-cpu.txt#40")
    case = pages.keep(more=(further,), captured=(("request_id", "req-1"), ("image", "docker.io/library/redis")))
    body = ask(pages, f"/case/{case.id}")[2]
    lines = (
        "<code>toomanyrequests: You have reached your pull rate limit.</code>",
        "job-output.txt line 812</a>",
        "<code>no valid host</code>",
        "screen-n-cpu.txt line 40</a>",
        "<div><dt>request id</dt><dd><code>req-1</code></dd></div>",
        "<div><dt>image</dt><dd><code>docker.io/library/redis</code></dd></div>",
        "What to do: ",
    )
    places = [body.index(line) for line in lines]
    assert places == sorted(places)
    listed = ask(pages, "/")[2]
    assert "<dt>image</dt>" in listed
    assert "no valid host" not in listed, "a list of cases shows one line of each"


def test_the_status_page_tells_what_does_not_work_and_what_the_operator_stopped(pages: Pages) -> None:
    pages.board.say("log store cluster", Condition.DEGRADED, "the cluster is away", retry_in=30)
    pages.stuck = ("desk",)
    body = ask(pages, "/")[2]
    assert "</span>The daemon: standing still</h2>" in body
    assert "The worker “desk” has not moved for minutes." in body
    assert "<strong>log store cluster</strong>" in body
    assert "the cluster is away<br>" in body


def test_trouble_that_keeps_no_comment_back_is_neither_green_nor_red(pages: Pages) -> None:
    pages.board.say("irc", Condition.DEGRADED, "the server is away")
    body = ask(pages, "/")[2]
    assert '<h2><span class="mark soon" aria-hidden="true"></span>The daemon: degraded</h2>' in body


def test_the_status_page_tells_how_many_events_came_lately(pages: Pages) -> None:
    pages.board.count("events", 3000)
    page = ask(pages, "/")[2]
    assert '<dt>events</dt><dd>3000 <span class="quiet">the last 0 s ago</span></dd>' in page
    rate = r'<dt>events in the last 5 min</dt><dd>3000 <span class="quiet">\d+ a second</span></dd>'
    assert re.search(rate, page)


def test_f42_hostile_words_are_text_and_nothing_more(tmp_path: Path) -> None:
    change = replace(CHANGE, project=HOSTILE, branch=HOSTILE, url="javascript:alert(1)")
    evidence = Evidence(HOSTILE, HOSTILE, 1, 'https://zuul.example.org/"onmouseover=alert(1)')
    signature = replace(SIGNATURE, title=HOSTILE, bug="javascript:alert(1)", advice=HOSTILE)
    with pages_at(tmp_path, signature=signature) as pages:
        pages.board.say("stream", Condition.DEGRADED, HOSTILE)
        captured = ((HOSTILE, HOSTILE),)
        case = pages.keep(change=change, job=HOSTILE, evidence=evidence, more=(evidence,), captured=captured)
        for path in ("/", f"/case/{case.id}"):
            status, headers, body = ask(pages, path)
            assert status == 200
            assert headers["Content-Security-Policy"] == POLICY
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
            assert "{{7*7}}" in body, "a template's words in a log line are no template"
            for harm in ("<script>", "<img", 'href="javascript:', '"onmouseover'):
                assert harm not in body


def test_f47_where_no_line_may_be_shown_its_place_stands_alone(pages: Pages) -> None:
    case = pages.keep(evidence=replace(EVIDENCE, line=""))
    body = ask(pages, f"/case/{case.id}")[2]
    assert "job-output.txt line 812" in body
    assert "<pre>" not in body


def test_f42_links_lead_over_https_to_hosts_of_the_configuration_alone(pages: Pages) -> None:
    for number, url in enumerate(
        (
            "http://zuul.example.org/log",
            "https://evil.example.com/log",
            "https://zuul.example.org@evil.example.com/",
            "https://zuul.example.org.evil.example.com/",
            "//evil.example.com/",
            "https://[",
            "data:text/html,hello",
        )
    ):
        change = replace(CHANGE, number=number, url=url.replace("zuul", "review"))
        case = pages.keep(change=change, evidence=replace(EVIDENCE, url=url))
        body = ask(pages, f"/case/{case.id}")[2]
        assert "job-output.txt line 812</figcaption>" in body, url
        assert f"{number},2</h1>" in body, url
        assert "evil.example.com" not in body


def test_f46_what_is_not_public_is_on_no_page(tmp_path: Path) -> None:
    with pages_at(tmp_path, public_projects=("example/*",)) as pages:
        hidden = [
            pages.keep(change=replace(CHANGE, number=1, private=True)),
            pages.keep(change=replace(CHANGE, number=2, project="closed/vault")),
        ]
        shown = pages.keep()
        status = ask(pages, "/")[2]
        assert f"case/{shown.id}" in status
        unknown = ask(pages, "/case/000000000000")
        for case in hidden:
            assert case.id not in status
            answer = ask(pages, f"/case/{case.id}")
            assert (answer[0], answer[2]) == (404, unknown[2])
        assert "vault" not in status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW"])
def test_f42_nothing_but_reading(pages: Pages, method: str) -> None:
    for path in ("/", "/healthz", "/readyz", "/metrics", "/static/style.css", "/nothing"):
        status, headers, _ = ask(pages, path, method)
        assert (status, headers["Allow"]) == (405, "GET, HEAD")


def test_head_is_get_without_the_body(pages: Pages) -> None:
    status, headers, body = ask(pages, "/", "HEAD")
    assert (status, body) == (200, "")
    assert int(headers["Content-Length"]) > 1000
    assert "Server" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/case/' OR 1=1 --",
        "/case/%27%20OR%201%3D1--",
        "/case/../readyz/x",
        "/case//x",
        "//evil.example.com/case/x",
        "/static/../pages.py",
        "/static/%2e%2e/pages.py",
        "/static/..%2f..%2fdaemon.py",
        "/%00",
        "/case/" + "a" * 4000,
        "/\udcff",
    ],
)
def test_f42_strange_paths_are_not_found(pages: Pages, path: str) -> None:
    pages.keep()
    sent = f"GET {path.replace(' ', '%20')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = talk(pages, sent.encode("utf-8", "surrogateescape"))
    assert answer.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 400 ")), answer[:200]
    assert b"Location" not in answer


def test_f42_the_host_that_a_visitor_claims_is_in_no_answer(pages: Pages) -> None:
    case = pages.keep()
    claims = {"Host": "evil.example.com", "X-Forwarded-Host": "evil.example.com", "X-Forwarded-For": "evil.example.com"}
    for path in ("/", f"/case/{case.id}", "/readyz", "/static", "/case", f"/case/{case.id}/"):
        status, headers, body = ask(pages, path, **claims)
        assert status in (200, 404)
        assert "evil" not in body + str(headers)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 100_000 + b"\r\n\r\n", b"431"),
        (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400"),
    ],
)
def test_f42_huge_and_broken_requests_are_refused(pages: Pages, sent: bytes, status: bytes) -> None:
    answer = talk(pages, sent, patience=3)
    assert answer.split(b" ")[1:2] in ([status], []), answer[:200]
    assert health(pages)[0] == 200, "and the next one is answered"


def test_f42_a_request_that_trickles_in_loses_its_place(pages: Pages) -> None:
    """A byte now and then keeps it from being silent, so what counts is how long the connection stands."""
    with socket.create_connection(("127.0.0.1", pages.server.port), timeout=10) as peer:
        peer.sendall(b"GET / HT")
        assert health(pages)[0] == 200
        peer.sendall(b"TP/1.1\r\nX: ")
        pages.clock.by = 61.0
        assert b"".join(received(peer)) == b""
    pages.clock.by = 0.0
    assert health(pages)[0] == 200


def test_f42_a_visitor_who_finds_all_places_taken_is_answered_when_one_is_free(pages: Pages) -> None:
    with contextlib.ExitStack() as idle:
        for _ in range(120):
            idle.enter_context(socket.create_connection(("127.0.0.1", pages.server.port), timeout=10))
        late = socket.create_connection(("127.0.0.1", pages.server.port), timeout=0.5)
        with late:
            late.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert b"".join(received(late)) == b""
            idle.close()
            late.settimeout(10)
            assert b"".join(received(late)).startswith(b"HTTP/1.1 200 ")


def test_f42_a_page_is_made_of_what_is_stored_whatever_the_writer_does(tmp_path: Path) -> None:
    """No store, no CI and no Gerrit is there to be asked; a writer that holds the file holds up no reader."""
    with pages_at(tmp_path) as pages:
        case = pages.keep()
        with sqlite3.connect(tmp_path / "state.db", isolation_level=None) as writer:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("DELETE FROM outbox")
            assert ask(pages, "/")[0] == 200
            assert ask(pages, f"/case/{case.id}")[0] == 200
            writer.execute("ROLLBACK")
        writer.close()


def test_a_state_file_that_cannot_be_read_is_said_without_its_path(tmp_path: Path) -> None:
    with pages_at(tmp_path) as pages:
        (tmp_path / "state.db").rename(tmp_path / "aside")
        status, _, body = ask(pages, "/")
        told = ask(pages, "/now.json")
        (tmp_path / "aside").rename(tmp_path / "state.db")
        assert status == 503
        assert "<h1>This page cannot be made just now</h1>" in body
        assert str(tmp_path) not in body
        assert (told[0], json.loads(told[2])["error"]) == (503, "This page cannot be made just now")


def test_a_signature_and_a_ci_that_are_gone_leave_the_case_readable(tmp_path: Path) -> None:
    other = Signature("other", query="x")
    with pages_at(tmp_path, signature=other, rules=(Rule(mode="off"),)) as pages:
        case = pages.keep(evidence=None)
        assert "bug 1234567" in ask(pages, f"/case/{case.id}")[2]
