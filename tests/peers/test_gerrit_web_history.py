"""History over HTTP, from the REST API and from the events log, against a web server that misbehaves on cue."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gerritbot_er.ci import read_report
from gerritbot_er.cleaning import clean
from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent, Transient
from gerritbot_er.gerrit.choose_history import BestHistory
from gerritbot_er.gerrit.events import parse_event
from gerritbot_er.gerrit.events_log import EventsLog
from gerritbot_er.gerrit.history import GerritHistory
from gerritbot_er.gerrit.rest import GerritRest
from gerritbot_er.gerrit.rest_history import RestHistory
from gerritbot_er.model import Change, ChangeClosed, ChangeHistory, CommentAdded, DroppedOutput, Event
from gerritbot_er.sandbox import gson
from gerritbot_er.sandbox.ci_http import Answer, Cut, Endless, Fault, Redirect, Trickle
from gerritbot_er.sandbox.gerrit_changes import Json
from gerritbot_er.settings import CI
from gerritbot_er.standing import Condition
from gerritbot_er.triage.cases import case_key
from gerritbot_er.web_client import Limits

from .gerrit_running import US, World, connection, world
from .gerrit_web import CHANGES, EVENTS, PASSWORD, GerritWeb
from .gerrit_web import rest as opened_rest

ZUUL = CI(name="zuul", kind="zuul", account="zuul", log_store="logs", web="https://zuul.example.org", tenant="example")
FAILED = """\
Build failed (check pipeline).

https://zuul.example.org/t/example/buildset/{number:032x}

- unit https://zuul.example.org/t/example/build/{number:032x} : FAILURE in 1m 03s
- ünïcode 😀 \u202e\x85 https://zuul.example.org/t/example/build/9{number:031x} : NODE_FAILURE in 0s (non-voting)
"""
QUICK = Limits(connect=2, silence=1, total=2, grace=0.5, rate=1000, packed=200_000, plain=200_000)


class Site(World):
    """The Gerrit with its web side; ``now`` is the Gerrit's clock."""

    def __init__(self, gerrit_world: World, web: GerritWeb) -> None:
        self.gerrit, self.folder, self.change = gerrit_world.gerrit, gerrit_world.folder, gerrit_world.change
        self.web = web

    def fail(self, number: int, change: int | None = None, patchset: int | None = None) -> None:
        on = self.change if change is None else change
        self.gerrit.comment("zuul", on, FAILED.format(number=number), patchset=patchset, votes={"Verified": -1})

    @property
    def streamed(self) -> list[Event]:
        parsed = (parse_event(gson.line(event).rstrip(b"\n")) for event in self.gerrit.events)
        return [event for event in parsed if event]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with world(tmp_path) as opened:
        opened.gerrit.add_account("zuul", name="Zuul", votes=frozenset({"Verified"}))
        web = GerritWeb(opened.gerrit, US)
        try:
            yield Site(opened, web)
        finally:
            web.server.close()


@pytest.fixture
def rest(site: Site) -> Iterator[GerritRest]:
    with opened_rest(site.web.settings(site.settings()), time.monotonic) as opened:
        yield opened


def reports(events: Sequence[Event]) -> list[tuple[str, int, str | None, Change]]:
    """What intake makes of them: of each report its case's key, patch set and pipeline, and the change beside it."""
    said = (event for event in events if isinstance(event, CommentAdded) and event.author == "zuul")
    found = (read_report(event, ZUUL) for event in said)
    return sorted(
        {
            (case_key(one), one.patchset, one.pipeline, replace(one.change, private=False, open=True))
            for one in found
            if one
        },
        key=str,
    )


def changes_of(events: Sequence[Event]) -> list[Change]:
    return [event.change for event in events if not isinstance(event, DroppedOutput)]


def test_f04_each_way_tells_the_same_reports_as_the_stream(site: Site, rest: GerritRest) -> None:
    private = site.gerrit.create_change("openstack/nova", "hidden", owner="dev", private=True)
    closed = site.gerrit.create_change("nova", "merged soon", owner="dev", branch="stable/x")
    for number, change in enumerate((site.change, private, closed)):
        site.fail(number, change)
    site.gerrit.new_patchset(site.change)
    site.fail(11, patchset=1)
    site.fail(12)
    site.gerrit.merge(closed, "dev")
    wanted = reports(site.streamed)
    assert len(wanted) == 5
    with connection(site.settings()) as opened:
        by_ssh = list(GerritHistory(opened).since(0))
    by_rest, logged = list(RestHistory(rest).since(0)), list(EventsLog(rest, now=time.time).since(0))
    assert reports(by_ssh) == reports(by_rest) == reports(logged) == wanted
    assert by_rest == by_ssh, "to the letter, private and closed changes included"
    assert [event.change.number for event in by_rest if isinstance(event, ChangeClosed)] == [closed]
    assert {change.number for change in changes_of(by_rest) if change.private} == {private}
    assert [event for event in logged if event.at] == site.streamed


def test_f04_a_comment_on_the_patch_set_is_told_as_the_stream_tells_it(site: Site, rest: GerritRest) -> None:
    remark = FAILED.format(number=5).strip()
    site.gerrit.comment("zuul", site.change, "(1 comment)")
    site.gerrit.comment("dev", site.change, "(1 comment)")
    told: Json = {"author": {"username": "zuul"}, "change_message_id": f"{site.change}-1", "message": remark}
    site.web.remarks[site.change] = [told, {**told, "change_message_id": f"{site.change}-9"}]
    streamed = CommentAdded(
        Change(site.change, "nova", "master", f"{site.web.url}/c/nova/+/1", "a change", "dev"),
        1,
        "zuul",
        f"Patch Set 1:\n\n{clean(remark)}",
        site.streamed[-2].at,
    )
    history = RestHistory(rest, authors=["zuul"])
    assert [event for event in history.since(0) if isinstance(event, CommentAdded)].count(streamed) == 1
    assert streamed in history.change(site.change).comments
    assert len(site.web.asked("*/comments")) == 2
    assert streamed not in list(RestHistory(rest, authors=["jenkins"]).since(0))
    assert len(site.web.asked("*/comments")) == 2, "of others nobody asks"


def test_what_people_say_on_a_patch_set_is_told_where_we_have_spoken(site: Site, rest: GerritRest) -> None:
    other = site.gerrit.create_change("nova", "another change", owner="dev")
    for change in (site.change, other):
        site.gerrit.comment("dev", change, "(1 comment)")
        answer: Json = {"author": {"username": "dev"}, "change_message_id": f"{change}-1", "message": "er: confirm"}
        site.web.remarks[change] = [answer]
    site.gerrit.comment(US, site.change, "Known bug: the disk is full")
    history = RestHistory(rest, authors=["zuul"], username=US)
    said = [event for event in history.since(0) if isinstance(event, CommentAdded) and "er: confirm" in event.text]
    assert [(event.change.number, event.author, event.text) for event in said] == [
        (site.change, "dev", "Patch Set 1:\n\ner: confirm")
    ]
    assert len(site.web.asked("*/comments")) == 1


def test_f04_more_comments_on_patch_sets_than_rest_may_be_asked_for_are_read_over_ssh(
    site: Site, rest: GerritRest
) -> None:
    changes = [site.change, *(site.gerrit.create_change("nova", "more", owner="dev") for _ in range(2))]
    for change in changes:
        site.gerrit.comment("zuul", change, "(1 comment)")
    few = RestHistory(rest, authors=["zuul"], most_remarks=2)
    with pytest.raises(Transient) as caught:
        few.since(0)
    assert str(caught.value) == (
        "more than 2 changes have comments on a patch set, which REST tells one change at a time"
    )
    site.web.installed = False
    with connection(site.settings()) as opened:
        ssh = GerritHistory(opened)
        best = BestHistory(events_log=EventsLog(rest, now=time.time), rest=few, ssh=ssh, clock=time.monotonic)
        assert list(best.since(0)) == list(ssh.since(0))
    assert list(RestHistory(rest, authors=["zuul"], most_remarks=3).since(0))


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (403, "does not let gerritbot-er read changes/: see that the account is active and may read over HTTP, or "),
        (400, "answers 400 for changes/"),
        (501, "answers 501 for changes/"),
    ],
)
def test_f46_trouble_with_the_comments_of_a_change_does_not_name_it(
    site: Site, rest: GerritRest, status: int, told: str
) -> None:
    site.gerrit.comment("zuul", site.change, "(1 comment)")
    site.web.server.misbehave("*/comments", Answer(status), None)
    with pytest.raises(GerritbotError) as caught:
        RestHistory(rest, authors=["zuul"]).since(0)
    assert str(caught.value).startswith(f"Gerrit at {site.web.url} {told}")


def test_f04_pages_are_put_together_while_changes_move(site: Site, rest: GerritRest) -> None:
    changes = [site.change, *(site.gerrit.create_change("nova", "more", owner="dev") for _ in range(20))]
    for number, change in enumerate(changes):
        site.fail(number, change)
    stop = threading.Event()

    def disturb() -> None:
        for change in changes[:10]:
            if not stop.wait(0.01):
                site.gerrit.comment("dev", change, "moved")

    mover = threading.Thread(target=disturb)
    mover.start()
    found = list(RestHistory(rest, page=2).since(0))
    stop.set()
    mover.join()
    said = [event.change.number for event in found if isinstance(event, CommentAdded) and event.author == "zuul"]
    assert sorted(said) == sorted(changes), "each once"


def test_f04_a_page_that_is_too_long_is_asked_for_in_parts(site: Site) -> None:
    changes = [site.change, *(site.gerrit.create_change("nova", "more", owner="dev") for _ in range(7))]
    for change in changes:
        site.gerrit.comment("zuul", change, "x" * 10_000)
    with opened_rest(site.web.settings(site.settings()), time.monotonic, most=40_000) as rest:
        found = list(RestHistory(rest, page=8).since(0))
    assert sorted(e.change.number for e in found if isinstance(e, CommentAdded) and e.author == "zuul") == changes
    assert [query.partition("&n=")[2].partition("&")[0] for query in site.web.asked(CHANGES)][:3] == ["8", "4", "2"]


def test_one_change_by_rest(site: Site, rest: GerritRest) -> None:
    site.fail(1)
    history = RestHistory(rest)
    with connection(site.settings()) as opened:
        assert history.change(site.change) == GerritHistory(opened).change(site.change)
    with pytest.raises(Permanent) as caught:
        history.change(4711)
    assert str(caught.value) == "change 4711: there is no such change, or our account can not see it"


BAD: list[tuple[Fault, type[GerritbotError], str]] = [
    (Answer(401), Misconfigured, "Gerrit at URL refuses the HTTP password of gerritbot-er: make a new one"),
    (Answer(403), Misconfigured, "Gerrit at URL does not let gerritbot-er read "),
    (Answer(404), GerritbotError, ""),
    (Answer(503, "17"), Transient, "127.0.0.1 answers 503"),
    (Answer(429, "17"), Transient, "127.0.0.1 answers 429"),
    (Answer(501), Transient, "Gerrit at URL answers 501 for "),
    (Redirect("http://127.0.0.2:1/login"), Misconfigured, "Gerrit at URL sends us elsewhere (HTTP 302 for "),
    (Cut(40), Transient, "127.0.0.1 can not be reached or does not answer: ProtocolError: ('Connection broken: "),
    (Endless(), Transient, "an answer of "),
    (Trickle(10), Transient, "127.0.0.1 was given up: "),
]


@pytest.mark.parametrize(("fault", "kind", "told"), BAD, ids=lambda value: str(value)[:12])
def test_f04_a_bad_answer_is_said_and_never_taken_for_history(
    site: Site, fault: Fault, kind: type[GerritbotError], told: str
) -> None:
    site.fail(1)
    site.web.server.misbehave("/a/*", fault, None)
    with opened_rest(site.web.settings(site.settings()), time.monotonic, limits=QUICK) as rest:
        asks: list[Callable[[], object]] = [
            lambda: RestHistory(rest).since(0),
            lambda: RestHistory(rest).change(1),
            lambda: EventsLog(rest, now=time.time).since(0),
        ]
        for ask in asks:
            with pytest.raises(kind) as caught:
                ask()
            assert str(caught.value).replace(site.web.url, "URL").startswith(told)
            assert PASSWORD not in str(caught.value)
            if isinstance(fault, Answer) and fault.retry_after:
                assert isinstance(caught.value, Transient)
                assert caught.value.after == 17.0


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>sign in</html>", "Gerrit's answer to the query can not be read: a line is no JSON: "),
        (b")]}'\n", "Gerrit's answer to the query can not be read: changes is no list of objects"),
        (b")]}'\n{}", "Gerrit's answer to the query can not be read: changes is no list of objects"),
        (b")]}'\n[{}]", "Gerrit's answer to the query can not be read: _number is no number"),
        (b")]}'\n" + b"[" * 100_000, "Gerrit's answer to the query can not be read: "),
    ],
)
def test_f04_garbage_is_no_history(site: Site, rest: GerritRest, body: bytes, told: str) -> None:
    site.web.raw[CHANGES] = body
    for ask in (lambda: RestHistory(rest).since(0), lambda: RestHistory(rest).change(1)):
        with pytest.raises(Transient) as caught:
            ask()
        assert str(caught.value).startswith(told)


def test_f04_a_refused_password_goes_to_no_other_host(site: Site) -> None:
    elsewhere = GerritWeb(site.gerrit, US)
    try:
        site.web.server.misbehave("/a/*", Redirect(f"{elsewhere.url}/a/changes/"), None)
        with opened_rest(site.web.settings(site.settings()), time.monotonic) as rest, pytest.raises(Misconfigured):
            RestHistory(rest).since(0)
        assert elsewhere.server.requests("*") == []
    finally:
        elsewhere.server.close()


# -- the events log


@pytest.mark.parametrize("hours", [-12, -3.5, 0, 5.75, 14])
def test_f04_the_events_log_is_read_in_any_time_zone(site: Site, rest: GerritRest, hours: float) -> None:
    site.web.zone = int(hours * 3600)
    for day in range(3):
        emit(site, at=1_800_000_000 + day * 86_400)
    for second in range(30):
        emit(site, at=1_800_300_000 + second // 3)
    site.web.return_limit = 4
    read = EventsLog(rest, now=lambda: 1_800_300_020.0)
    for _ in range(2):
        found = list(read.since(1_800_300_002))
        assert found == [event for event in site.streamed if event.at >= 1_800_300_002]
        assert len(found) == 24


def test_f04_an_hour_that_comes_twice_is_read_twice(site: Site, rest: GerritRest) -> None:
    site.web.zone = 7200
    for second in range(3):
        emit(site, at=1_800_000_000 + second)
    read = EventsLog(rest, now=lambda: 1_800_000_010.0)
    assert len(list(read.since(1_800_000_000))) == 3
    site.web.zone = 3600  # the end of summer
    for second in range(3):
        emit(site, at=1_800_000_100 + second)
    assert len(list(read.since(1_800_000_050))) == 3


def test_f04_a_quiet_time_is_known_to_be_one(site: Site, rest: GerritRest) -> None:
    emit(site, at=1_800_000_000)
    read = EventsLog(rest, now=lambda: 1_800_100_000.0)
    for _ in range(2):
        assert list(read.since(1_800_090_000)) == []


@pytest.mark.parametrize("seconds", [10, 10_000])
def test_f04_what_the_events_log_cuts_away_without_a_word_is_noticed(
    site: Site, rest: GerritRest, seconds: int
) -> None:
    site.web.return_limit = 5
    for _ in range(8):
        emit(site, at=1_800_000_000)
    emit(site, at=1_800_000_003)
    with pytest.raises(Transient) as caught:
        EventsLog(rest, now=lambda: 1_800_000_000.0 + seconds).since(1_799_999_990)
    assert str(caught.value) == "the events log holds more of one second, or of hidden projects, than it gives"


def test_f04_a_page_full_of_hidden_projects_is_not_taken_for_the_end(site: Site, rest: GerritRest) -> None:
    site.web.return_limit, site.web.hidden = 5, frozenset({"secret"})
    emit(site, at=1_800_000_000)
    for second in range(20):
        emit(site, at=1_800_010_000 + second, project="secret")
    emit(site, at=1_800_010_100)
    with pytest.raises(Transient) as caught:
        EventsLog(rest, now=lambda: 1_800_010_200.0).since(1_799_999_990)
    assert str(caught.value) == "the events log holds more of one second, or of hidden projects, than it gives"


def test_f04_an_empty_events_log_proves_nothing(site: Site, rest: GerritRest) -> None:
    site.gerrit._events.clear()
    with pytest.raises(Transient) as caught:
        EventsLog(rest, now=time.time).since(1_800_000_000)
    assert str(caught.value) == "the events log says nothing of this time"


def emit(site: Site, *, at: int, project: str = "nova") -> None:
    """An event of this second, otherwise as the first one of this Gerrit was."""
    made = site.gerrit.events[0]
    change = made["change"]
    assert isinstance(change, dict)
    if len(site.gerrit.events) == 1:
        site.gerrit._events.clear()
        site.gerrit.emit({**made, "eventCreatedOn": 1})
    told = {**change, "project": project, "subject": f"event {len(site.gerrit.events)}"}
    site.gerrit.emit({**made, "change": told, "project": project, "eventCreatedOn": at})


# -- which way


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


def test_the_date_of_a_query_is_utc(site: Site, rest: GerritRest) -> None:
    at = int(datetime(2026, 11, 21, 4, 5, 6, tzinfo=UTC).timestamp())
    RestHistory(rest).since(at)
    assert site.web.asked(CHANGES) == [
        (
            "q=after%3A%222026-11-21%2004%3A05%3A06%20%2B0000%22&n=100&S=0"
            "&o=MESSAGES&o=DETAILED_ACCOUNTS&o=CURRENT_REVISION"
        )
    ]
