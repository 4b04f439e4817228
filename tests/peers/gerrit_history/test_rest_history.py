"""History from the REST API of a web server that misbehaves on cue."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from gerritbot_er.cleaning import clean
from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent, Transient
from gerritbot_er.gerrit.choose_history import BestHistory
from gerritbot_er.gerrit.events_log import EventsLog
from gerritbot_er.gerrit.history import GerritHistory
from gerritbot_er.gerrit.rest import GerritRest
from gerritbot_er.gerrit.rest_history import RestHistory
from gerritbot_er.model import Change, ChangeClosed, CommentAdded
from gerritbot_er.sandbox.ci_http import Answer, Cut, Endless, Fault, Redirect, Trickle
from gerritbot_er.sandbox.gerrit_changes import Json
from tests.peers.gerrit_running import US, connection
from tests.peers.gerrit_web import CHANGES, PASSWORD, GerritWeb
from tests.peers.gerrit_web import rest as opened_rest

from .site import FAILED, QUICK, Site, changes_of, reports


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


def test_the_date_of_a_query_is_utc(site: Site, rest: GerritRest) -> None:
    at = int(datetime(2026, 11, 21, 4, 5, 6, tzinfo=UTC).timestamp())
    RestHistory(rest).since(at)
    assert site.web.asked(CHANGES) == [
        (
            "q=after%3A%222026-11-21%2004%3A05%3A06%20%2B0000%22&n=100&S=0"
            "&o=MESSAGES&o=DETAILED_ACCOUNTS&o=CURRENT_REVISION"
        )
    ]
