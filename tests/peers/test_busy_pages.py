"""Pages of a long time keep nobody from monitoring: few are counted at once, and none for long."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from gerritbot_er.insight.figures import BugFigures, Where
from gerritbot_er.state import StoredStatistics
from gerritbot_er.web.turns import AGAIN, AT_ONCE, PATIENCE, WAITING
from tests.peers.pages_running import Pages


class Held(StoredStatistics):
    """Bugs are counted until ``go_on`` is set."""

    def __init__(self, folder: Path, begun: threading.Semaphore, go_on: threading.Event) -> None:
        super().__init__(folder)
        self._begun = begun
        self._go_on = go_on

    @contextmanager
    def within(self, over: Callable[[], bool]) -> Iterator["Held"]:
        del over
        yield self

    def costliest(self, where: Where, most: int | None) -> tuple[Sequence[BugFigures], int]:
        self._begun.release()
        assert self._go_on.wait(30)
        return super().costliest(where, most)


class TooSlow(StoredStatistics):
    """Whoever asks has waited long enough."""

    @contextmanager
    def within(self, over: Callable[[], bool]) -> Iterator[StoredStatistics]:
        del over
        with super().within(lambda: True) as statistics:
            yield statistics


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    after: str | None
    took: float


def ask(pages: Pages, path: str) -> Answer:
    began = monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", pages.server.port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode()
        return Answer(answer.status, body, answer.getheader("Retry-After"), monotonic() - began)
    finally:
        connection.close()


def test_monitoring_waits_for_no_page_and_too_many_of_them_are_sent_away(tmp_path: Path) -> None:
    begun, go_on, many = threading.Semaphore(0), threading.Event(), AT_ONCE + WAITING + 10
    with Pages(tmp_path, statistics=Held(tmp_path, begun, go_on)) as pages:
        pages.all_well()
        answers: list[Answer] = []

        def visit(day: int) -> None:
            answers.append(ask(pages, f"/bugs.json?since=2026-{1 + day // 28:02}-{1 + day % 28:02}"))

        visitors = [threading.Thread(target=visit, args=(day,)) for day in range(many)]
        for one in visitors:
            one.start()
        try:
            for _ in range(AT_ONCE):
                assert begun.acquire(timeout=10)
            for path in ("/healthz", "/readyz", "/metrics", "/static/style.css", "/healthz"):
                found = ask(pages, path)
                assert found.status == 200, path  # who needs a turn is sent away: none comes
        finally:
            go_on.set()
            for one in visitors:
                one.join(30)
    served = [one for one in answers if one.status == 200]
    sent_away = [one for one in answers if one.status == 503]
    assert len(served) + len(sent_away) == many
    assert AT_ONCE <= len(served) <= AT_ONCE + WAITING
    assert {one.after for one in sent_away} == {f"{AGAIN}"}
    assert json.loads(sent_away[0].body) == {
        "status": 503,
        "error": "Too many pages are being made just now",
        "says": ["Others have asked for figures that take a while to count. Try again in a few seconds."],
    }


def test_whoever_waits_for_a_turn_is_told_soon_that_it_does_not_come(tmp_path: Path) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()
    with Pages(tmp_path, statistics=Held(tmp_path, begun, go_on)) as pages:
        pages.all_well()
        held = [threading.Thread(target=ask, args=(pages, f"/bugs?since=2026-01-0{day}")) for day in (1, 2)]
        for one in held:
            one.start()
        try:
            for _ in held:
                assert begun.acquire(timeout=10)
            found = ask(pages, "/bugs")
        finally:
            go_on.set()
            for one in held:
                one.join(30)
        assert (found.status, found.after) == (503, f"{AGAIN}")
        assert found.took >= PATIENCE
        assert "<h1>Too many pages are being made just now</h1>" in found.body
        assert ask(pages, "/bugs").status == 200


def test_a_page_that_takes_too_long_says_what_to_ask_for_instead(tmp_path: Path) -> None:
    with Pages(tmp_path, statistics=TooSlow(tmp_path)) as pages:
        pages.fail(1, "1234567")
        for path, narrower in (
            ("?last=365d&branch=master", "Ask for a shorter time, or for one project or job."),
            ("?last=365d&project=example%2Fwidgets", "Ask for a shorter time."),
        ):
            found = ask(pages, f"/rates.json{path}")
            assert found.status == 503
            assert json.loads(found.body) == {
                "status": 503,
                "error": "This takes too long to count",
                "says": ["It was given up after 5 seconds, so that others get their pages.", narrower],
            }
        page = ask(pages, "/rates?since=2026-01-01&branch=master")
        assert page.status == 503
        assert "<h1>This takes too long to count</h1>" in page.body
        assert '<a href="?last=7d&amp;branch=master">The same of the last 7 days</a>' in page.body
        assert ask(pages, "/healthz").status == 200
