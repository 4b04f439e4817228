"""The metrics over true HTTP: of the pages of a folder, and of the real daemon after it did its job."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gerritbot_er.dependencies import Condition
from gerritbot_er.sandbox.irc import SandboxIrc
from gerritbot_er.web.pages import HEADERS

from .daemon_running import CHANNEL, PATIENCE, eventually, free_port, irc_part, running, site
from .pages_running import Pages
from .test_health import get
from .test_pages import ask

Series = tuple[str, ...]


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    with Pages(tmp_path) as running_pages:
        running_pages.all_well()
        yield running_pages


def values(text: str) -> Mapping[Series, float]:
    """By the metric's name, and its labels' values in the order of their names."""
    return {
        (one.name.removeprefix("gerritbot_er_"), *(value for _, value in sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_the_metrics_have_the_headers_of_every_page(pages: Pages) -> None:
    status, headers, text = ask(pages, "/metrics")
    assert status == 200
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert values(text)["ready",] == 1


def test_who_asks_for_openmetrics_gets_it_whatever_else_he_writes(pages: Pages) -> None:
    accept = "application/openmetrics-text; version=9x; escaping=<script>"
    status, headers, text = ask(pages, "/metrics", Accept=accept)
    assert (status, headers["Vary"]) == (200, "Accept")
    assert headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert text.endswith("# EOF\n")


def test_healthz_is_about_the_workers_alone(pages: Pages) -> None:
    pages.board.say("stream", Condition.DEGRADED, "no answer to 2 probes")
    status, _, body = ask(pages, "/healthz")
    assert (status, json.loads(body)) == (200, {"status": "alive", "standing_still": []})
    assert ask(pages, "/readyz")[0] == 503
    pages.stuck = ("desk",)
    status, _, body = ask(pages, "/healthz")
    assert (status, json.loads(body)) == (503, {"status": "standing still", "standing_still": ["desk"]})
    told = values(ask(pages, "/metrics")[2])
    assert (told["ready",], told["workers_stuck",]) == (0, 1)
    assert told["dependency_state", "stream", "degraded"] == 1


def test_the_path_of_before_is_gone(pages: Pages) -> None:
    assert ask(pages, "/health")[0] == 404


def test_a_state_file_that_is_away_leaves_metrics(pages: Pages, tmp_path: Path) -> None:
    (tmp_path / "state.db").rename(tmp_path / "aside")
    status, _, text = ask(pages, "/metrics")
    (tmp_path / "aside").rename(tmp_path / "state.db")
    assert status == 200
    assert values(text)["state_readable",] == 0


def test_a_daemon_that_did_its_job_shows_it() -> None:
    port = free_port()
    with site() as at, SandboxIrc() as irc, running(at.settings(irc=irc_part(irc.port), web={"port": port})):
        irc.wait_for_join("erbot", CHANNEL, PATIENCE)
        change = at.fail()
        at.await_comment(change)
        irc.wait_for_notice(CHANNEL, PATIENCE)

        def read() -> Mapping[Series, float]:
            return values(get(port, "/metrics")[1])

        eventually("the comment is proved", lambda: read()["posts_total", "gerrit", "sent"])
        eventually("the notice is counted", lambda: read()["irc_sent_notices_total",])
        told = read()
    expected = {
        ("ready",): 1,
        ("verdicts_total", "zuul", "explained"): 1,
        ("judged_builds_total", "zuul", "explained", "true"): 1,
        ("posts_total", "gerrit", "sent"): 1,
        ("posts_total", "irc", "sent"): 1,
        ("wait_seconds_count", "logs"): 1,
        ("wait_seconds_count", "verdict"): 1,
        ("wait_seconds_count", "comment"): 1,
        ("cases", "done"): 1,
        ("cases", "open"): 0,
        ("request_duration_seconds_count", "log store local", "match"): 1,
        ("request_duration_seconds_count", "Gerrit's SSH", "post"): 1,
        ("signatures", "left out"): 0,
        ("paused",): 0,
        ("desk_cases",): 0,
    }
    assert {name: told.get(name) for name in expected} == expected
    assert told["events_total",] >= 1
    assert told["request_duration_seconds_count", "CI zuul", "facts"] >= 1
    assert told["state_file_size_bytes", "state.db"] > 0
    assert 0 <= told["stream_lag_seconds",] < 20
    assert not [name for name in told if str(change) in name[1:]], "no series of a change"
