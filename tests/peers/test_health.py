"""The real daemon says how it stands: over HTTP, to systemd, and to ``status``."""

import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from gerritbot_er.daemon.supervisor import Watch
from gerritbot_er.dependencies import Condition
from gerritbot_er.errors import Misconfigured
from gerritbot_er.sandbox.ci_http import Trickle
from gerritbot_er.settings import Settings
from gerritbot_er.state import open_state, stored_dependencies

from .daemon_running import NO_WAITING, Site, eventually, running, site

SILENCE = 3.0


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture
def at() -> Iterator[Site]:
    with site() as peers:
        yield peers


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def health(port: int) -> tuple[int, Any]:
    status, body = get(port, "/readyz")
    return status, json.loads(body)


def failing(port: int) -> Any:  # noqa: ANN401 - any JSON
    status, body = health(port)
    return body if status == 503 else None


def with_pages(at: Site, port: int) -> Settings:
    speaking = {**NO_WAITING, "page": f"http://127.0.0.1:{port}"}
    return at.settings(web={"port": port}, speaking=speaking)


def test_a_comment_leads_to_the_page_of_its_case(at: Site, port: int) -> None:
    with running(with_pages(at, port)):
        comment = at.await_comment(at.fail())
        link = comment.rstrip().rpartition(" ")[2]
        assert link.startswith(f"http://127.0.0.1:{port}/case/")
        status, page = get(port, link.removeprefix(f"http://127.0.0.1:{port}"))
        assert status == 200
        assert "explained</span>" in page
        assert link.rpartition("/")[2] in get(port, "/")[1]


def test_f03_health_follows_gerrit_away_and_back(at: Site, port: int) -> None:
    settings = with_pages(at, port)
    with running(settings):
        eventually("all works", lambda: health(port)[1]["summary"] == "working")
        at.gerrit.stop()
        stream = eventually("the stream is missed", lambda: dependency(port, "stream", "degraded"))
        assert health(port)[0] == 503
        assert stream["next_try"] > stream["since"]
        assert stream["why"]
        eventually("status shows it as well", lambda: "stream" in degraded(settings))
        at.gerrit.start()
        eventually("it is open, and not proved yet", lambda: dependency(port, "stream", "connecting"))
        eventually("it is proved", lambda: health(port)[1]["summary"] == "working")
        eventually("status shows it as well", lambda: not degraded(settings))


def degraded(settings: Settings) -> list[str]:
    with open_state(settings.state, create=False) as state:
        return [one.name for one in stored_dependencies(state) if one.state is Condition.DEGRADED]


def dependency(port: int, name: str, state: str) -> Any:  # noqa: ANN401 - any JSON
    found = next(one for one in health(port)[1]["dependencies"] if one["name"] == name)
    return found if found["state"] == state else None


def test_f38_a_worker_that_hangs_makes_health_503(at: Site, port: int) -> None:
    released = threading.Event()
    hanging = threading.Event()

    def moving() -> None:
        if threading.current_thread().name == "desk" and hanging.is_set():
            released.wait(60)

    with running(with_pages(at, port), watch=Watch(SILENCE, moving)):
        eventually("all works", lambda: health(port)[0] == 200)
        hanging.set()
        body = eventually("it is noticed", lambda: failing(port))
        assert body["standing_still"] == ["desk"]
        assert body["summary"].startswith("standing still: worker desk")
        assert "The worker “desk” has not moved for minutes." in get(port, "/")[1]
        released.set()
        eventually("it moves again", lambda: health(port)[0] == 200)


def test_f38_a_worker_that_waits_for_a_call_that_hangs_is_not_stuck(at: Site, port: int) -> None:
    """The desk goes on while the CI's server keeps its question without an answer."""
    with running(with_pages(at, port), watch=Watch(SILENCE)):
        eventually("all works", lambda: health(port)[0] == 200)
        at.ci.misbehave("/api/*", Trickle(0.5))
        at.fail()
        eventually("the CI is asked", lambda: at.ci.requests("/api/*"))
        pause, worst = threading.Event(), 200
        for _ in range(int(2 * SILENCE / 0.2)):
            pause.wait(0.2)
            worst = max(worst, health(port)[0])
        assert worst == 200


def test_a_port_that_is_taken_is_said_at_the_start(at: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        with pytest.raises(Misconfigured) as refused, running(with_pages(at, port)):
            pass
    assert str(refused.value) == (
        f"web: 127.0.0.1 port {port} cannot be listened on (Address already in use);"
        " name an address of this machine and a port that is free"
    )
