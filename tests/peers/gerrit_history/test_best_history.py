"""History by the best way that works: the events log, then REST, then SSH."""

import time
from collections.abc import Iterator

import pytest

from gerritbot_er.dependencies import Condition
from gerritbot_er.errors import Permanent, Transient
from gerritbot_er.gerrit.choose_history import BestHistory
from gerritbot_er.gerrit.events_log import EventsLog
from gerritbot_er.gerrit.history import GerritHistory
from gerritbot_er.gerrit.rest import GerritRest
from gerritbot_er.gerrit.rest_history import RestHistory
from gerritbot_er.model import ChangeHistory
from gerritbot_er.sandbox.ci_http import Answer
from tests.peers.gerrit_running import US, connection
from tests.peers.gerrit_web import CHANGES, EVENTS

from .site import Site, changes_of, reports


class Ways:
    """A best history on a site, the clock that it looks at, and the board that it puts its troubles on."""

    def __init__(self, site: Site, rest: GerritRest, ssh: GerritHistory) -> None:
        self.seconds = 0.0
        self.board: dict[str, str] = {}
        self.web = site.web
        self.history = BestHistory(
            events_log=EventsLog(rest, now=time.time),
            rest=RestHistory(rest),
            ssh=ssh,
            clock=lambda: self.seconds,
            board=self,
        )

    def say(self, name: str, state: Condition, why: str = "", *, retry_in: float | None = None) -> None:
        self.board[name] = f"{state}: {why}; {retry_in}" if why else state.value

    def count(self, what: str, by: int = 1) -> None:
        raise NotImplementedError

    def asked(self) -> tuple[int, int]:
        """The requests so far to the events log and to REST."""
        return len(self.web.server.requests(EVENTS)), len(self.web.server.requests(CHANGES))


@pytest.fixture
def ways(site: Site, rest: GerritRest) -> Iterator[Ways]:
    with connection(site.settings()) as opened:
        yield Ways(site, rest, GerritHistory(opened))


def test_f04_the_events_log_first_then_rest_then_ssh(site: Site, ways: Ways) -> None:
    site.fail(1)
    at = site.streamed[-1].at - 60
    wanted = reports(site.streamed)
    assert reports(list(ways.history.since(at))) == wanted
    assert ways.asked()[0] > 0
    assert ways.asked()[1] == 0
    site.web.server.misbehave(EVENTS, Answer(503), None)
    logged = ways.asked()[0]
    assert reports(list(ways.history.since(at))) == wanted
    assert ways.asked() == (logged + 1, 1)
    site.web.server.misbehave("/a/*", Answer(503), None)
    assert reports(list(ways.history.since(at))) == wanted
    assert ways.asked() == (logged + 1, 2), "what failed a moment ago is left alone"
    assert ways.board == {
        "events log": "degraded: 127.0.0.1 answers 503; 300.0",
        "REST": "degraded: 127.0.0.1 answers 503; 300.0",
    }
    site.web.server.behave()
    ways.seconds = 301.0
    assert reports(list(ways.history.since(at))) == wanted
    assert ways.asked()[0] > logged + 1
    assert ways.board["events log"] == "working"
    assert ways.history.change(site.change).change.number == site.change
    assert ways.board == {"events log": "working", "REST": "working"}


def test_f04_a_plugin_that_is_not_installed_is_asked_for_once_an_hour(site: Site, ways: Ways) -> None:
    site.web.installed = False
    for _ in range(3):
        ways.history.since(0)
    assert ways.asked() == (1, 3)
    assert ways.board == {"REST": "working"}
    ways.seconds = 3601.0
    ways.history.since(0)
    assert ways.asked() == (2, 4)


def test_f04_a_refused_password_is_not_tried_again_for_minutes(site: Site, ways: Ways) -> None:
    site.fail(1)
    site.web.server.misbehave("/a/*", Answer(401), None)
    for seconds in (0.0, 100.0, 899.0):
        ways.seconds = seconds
        assert reports(list(ways.history.since(0))) == reports(site.streamed)
        assert ways.history.change(site.change).change.number == site.change
    assert ways.asked() == (1, 1)
    assert ways.board["REST"] == (
        f"misconfigured: Gerrit at {site.web.url} refuses the HTTP password of {US}: make a new one at its "
        "Settings, HTTP Credentials, and write it where http_password_file (or http_password_env) says; 900.0"
    )


@pytest.mark.parametrize("status", [400, 406, 414])
def test_f22_what_a_proxy_refuses_is_asked_over_ssh(site: Site, rest: GerritRest, ways: Ways, status: int) -> None:
    site.web.server.misbehave("/a/*", Answer(status), None)
    with pytest.raises(Transient):
        RestHistory(rest).change(site.change)
    assert ways.history.change(site.change).change.number == site.change
    assert ways.board["REST"].startswith("degraded: Gerrit at ")


def test_f22_a_deleted_change_is_gone_by_any_way(site: Site, ways: Ways) -> None:
    site.fail(1)
    site.gerrit.delete(site.change)
    for fault in (None, Answer(503)):
        if fault:
            site.web.server.misbehave("/a/*", fault, None)
        with pytest.raises(Permanent) as caught:
            ways.history.change(site.change)
        assert str(caught.value) == f"change {site.change}: there is no such change, or our account can not see it"
    assert ways.asked() == (0, 2)


def test_f22_a_closed_change_is_closed_by_any_way(site: Site, ways: Ways) -> None:
    site.fail(1)
    site.gerrit.abandon(site.change, "dev")
    site.web.installed = False
    found: list[ChangeHistory] = []
    for fault in (None, Answer(503)):
        if fault:
            site.web.server.misbehave("/a/*", fault, None)
        found.append(ways.history.change(site.change))
        assert [change.open for change in changes_of(list(ways.history.since(0)))] == [False] * 5
    assert found[0] == found[1]
    assert not found[0].change.open
