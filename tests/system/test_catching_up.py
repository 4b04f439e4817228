"""What was missed is read back from a real Gerrit: over SSH, over REST and from its stream it is the same."""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import quote

import pytest

from gerritbot_er.ci import read_report
from gerritbot_er.gerrit.events import Lines, parse_event
from gerritbot_er.gerrit.history import GerritHistory
from gerritbot_er.gerrit.rest import GerritRest
from gerritbot_er.gerrit.rest_history import RestHistory
from gerritbot_er.gerrit.rights import Rights, ask_rights
from gerritbot_er.gerrit.ssh import Connection
from gerritbot_er.model import Change as KnownChange
from gerritbot_er.model import CommentAdded, DroppedOutput, Event
from gerritbot_er.ports import History
from gerritbot_er.secret import Secret
from gerritbot_er.settings import CI, Gerrit
from gerritbot_er.triage.cases import case_key

from .conftest import or_skip
from .servers.gerrit import Change, GerritServer, gerrit_server
from .servers.gerrit_site import SERVICE_USERS
from .servers.tcp_proxy import tcp_proxy
from .site import BOT, Site, eventually, local_store, site

ZUUL = CI(name="zuul", kind="zuul", account="zuul", log_store="logs", web="https://zuul.example.org", tenant="example")
HOSTILE = "é 😀 中文 \u202e \u2028 \x85 <>&'=\" \\ \t"
"""What JSON and people escape differently."""


def failed(job: str = "unit") -> str:
    """A report as a Zuul makes it, of builds that nobody else has."""
    build = f"https://zuul.example.org/t/example/build/{secrets.token_hex(16)}"
    return (
        f"Build failed (check pipeline).\n\n- {job} {build} : FAILURE in 1m 03s\n- docs {build[:-1]}0 : SUCCESS in 9s"
    )


@dataclass(frozen=True, slots=True)
class Reads:
    """All that was said on one Gerrit, by each way to read it."""

    ssh: GerritHistory
    rest: RestHistory
    streamed: list[Event]

    @property
    def histories(self) -> tuple[History, ...]:
        return (self.ssh, self.rest)


@contextmanager
def reading(gerrit: GerritServer) -> Iterator[Reads]:
    """Everything from now on; the stream is open already."""
    settings = Gerrit(
        host=gerrit.host,
        port=gerrit.ssh_port,
        username=BOT,
        key=gerrit.key(BOT),
        known_hosts=gerrit.known_hosts,
        web=gerrit.url,
    )
    connection = Connection(settings)
    rest = GerritRest(settings, Secret(gerrit.password), clock=time.monotonic)
    streamed: list[Event] = []
    stream = connection.open_stream("gerrit stream-events")
    reader = threading.Thread(target=_keep, args=(stream.recv, streamed), daemon=True)
    reader.start()
    try:
        _await_stream(gerrit, streamed)
        yield Reads(GerritHistory(connection, page=3), RestHistory(rest, authors=["zuul"], page=3), streamed)
    finally:
        connection.close()
        rest.close()
        reader.join(30)


def _keep(recv: Callable[[float], bytes | None], kept: list[Event]) -> None:
    lines = Lines()
    while (chunk := recv(60.0)) != b"":
        kept += [event for line in lines.feed(chunk or b"") if (event := parse_event(line))]


def _await_stream(gerrit: GerritServer, streamed: Sequence[Event]) -> None:
    """A stream is subscribed a moment after it is open."""
    change = gerrit.push_change(subject="Is the stream open?")

    def heard() -> bool:
        gerrit.review("dev", change.number, "hello")
        return bool(streamed)

    eventually("the stream tells of a comment", heard)


def reports(events: Sequence[Event]) -> dict[str, tuple[int, KnownChange]]:
    """What intake makes of them: each report by its case's key, with its patch set and change."""
    said = (event for event in events if isinstance(event, CommentAdded) and event.author == "zuul")
    found = (read_report(event, ZUUL) for event in said)
    return {case_key(one): (one.patchset, replace(one.change, open=True)) for one in found if one}


def post(gerrit: GerritServer, change: Change, review: object, patchset: int | None = None) -> None:
    """A review as the CI, with whatever REST takes."""
    revision = "current" if patchset is None else str(patchset)
    gerrit.rest("POST", f"/changes/{change.number}/revisions/{revision}/review", review, "zuul")


def test_f04_each_way_tells_the_same_reports_as_the_stream(gerrit: GerritServer) -> None:
    with reading(gerrit) as reads:
        begin = int(time.time()) - 1
        plain, private, merged, dropped, moved = (
            gerrit.push_change(subject=f"{what} {HOSTILE}", private=what == "private")
            for what in ("plain", "private", "merged", "dropped", "moved")
        )
        gerrit.push_change(amends=moved)
        for change in (plain, private, merged, dropped):
            gerrit.review("zuul", change.number, failed(HOSTILE.replace("\t", "")), labels={"Verified": -1})
        gerrit.review("zuul", moved.number, failed(), patchset=1)
        gerrit.review("zuul", moved.number, failed())
        gerrit.review("zuul", plain.number, failed(), tag="autogenerated:zuul:check")
        gerrit.submit(merged.number)
        gerrit.abandon(dropped.number)
        post(gerrit, plain, {"message": failed(), "comments": {"/COMMIT_MSG": [{"line": 1, "message": "inline"}]}})
        eventually("the stream has told of all", lambda: len(reports(reads.streamed)) == 8)
        wanted = reports(reads.streamed)
        for history in reads.histories:
            assert reports(list(history.since(begin))) == wanted
        ours = {change.number for change in (plain, private, merged, dropped, moved)}
        both = [[e for e in h.since(begin) if not isinstance(e, DroppedOutput)] for h in reads.histories]
        assert [e for e in both[0] if e.change.number in ours] == [e for e in both[1] if e.change.number in ours]
        for change in (plain, private, merged, dropped, moved):
            by_ssh, by_rest = (history.change(change.number) for history in reads.histories)
            assert by_ssh == by_rest
            assert by_rest.change.open is (change not in (merged, dropped))
            assert by_rest.change.private is (change is private)


def test_f04_a_report_that_is_a_comment_on_the_patch_set_is_found_again(gerrit: GerritServer) -> None:
    with reading(gerrit) as reads:
        begin = int(time.time()) - 1
        change = gerrit.push_change()
        remark, both = failed(), failed()
        post(gerrit, change, {"comments": {"/PATCHSET_LEVEL": [{"message": remark, "unresolved": False}]}})
        hidden = {"message": both, "comments": {"/PATCHSET_LEVEL": [{"message": "see there", "unresolved": False}]}}
        post(gerrit, change, hidden)
        post(gerrit, change, {"message": "Starting check jobs."})
        starts = [lambda text=text: any(said(e, text) for e in reads.streamed) for text in ("see there", "Starting")]
        for start in starts:
            eventually("the stream has told of all", start)
        streamed = reports(reads.streamed)
        assert len(streamed) == 1, "in the stream the comment on the patch set hides the message"
        told = [reports(list(history.since(begin))) for history in reads.histories]
        # An earlier test's change may have been told of in the same second.
        found = [{key: one for key, one in way.items() if one[1].number == change.number} for way in told]
        assert found[0] == found[1]
        assert len(found[0]) == 2
        assert streamed.items() <= found[0].items()


def said(event: Event, text: str) -> bool:
    return isinstance(event, CommentAdded) and text in event.text


# -- the account that needs least


def rights(gerrit: GerritServer, user: str) -> Rights:
    settings = Gerrit(host=gerrit.host, username=user, key=gerrit.key(user), known_hosts=gerrit.known_hosts)
    rest = GerritRest(replace(settings, web=gerrit.url), Secret(gerrit.password), clock=time.monotonic)
    try:
        return ask_rights(rest)
    finally:
        rest.close()


def test_f26_what_an_account_may_do_is_seen_and_can_be_taken_away_as_the_docs_say(gerrit: GerritServer) -> None:
    ready = gerrit.push_change()
    gerrit.review("admin", ready.number, "fine", labels={"Code-Review": 2})
    bot, admin = rights(gerrit, BOT), rights(gerrit, "admin")
    assert (bot.capabilities, bot.submits) == ((), ())
    assert [vote.partition(" in ")[0] for vote in bot.votes] == ["Code-Review -1 to +1"]
    assert bot.ready > 0
    assert "administrateServer" in admin.capabilities
    assert ready.project in " ".join(admin.submits)
    assert [vote.partition(" in ")[0] for vote in admin.votes] == ["Code-Review -2 to +2", "Verified -2 to +2"]
    group = gerrit.rest("GET", f"/groups/{quote(SERVICE_USERS)}")["id"]
    block = {"label": "Code-Review", "rules": {group: {"action": "BLOCK", "min": -1, "max": 1}}}
    # Where the same section allows the vote, a block yields to that.
    access = {"refs/*": {"permissions": {"label-Code-Review": block}}}
    gerrit.rest("POST", "/projects/All-Projects/access", {"add": access})
    try:
        assert rights(gerrit, BOT).excess == ()
    finally:
        gerrit.rest("POST", "/projects/All-Projects/access", {"remove": access})


# -- the whole daemon


def with_rest(made: Site, gerrit: GerritServer, password: str) -> None:
    """Put REST into the configuration."""
    (made.folder / "gerrit.password").write_text(password)
    (made.folder / "gerrit.password").chmod(0o600)
    config = json.loads(made.config.read_text())
    config["gerrit"] |= {"web": gerrit.url, "http_password_file": "gerrit.password"}
    made.config.write_text(json.dumps(config))


@pytest.mark.parametrize("password", ["secret", "wrong"])
def test_f04_what_was_missed_while_the_daemon_was_away_is_taken_in_once(gerrit: GerritServer, password: str) -> None:
    """With a wrong HTTP password all goes over SSH."""
    with site(gerrit, store=local_store(), rules=[{"mode": "off"}]) as made:
        with_rest(made, gerrit, password)
        heard, missed, later = (gerrit.push_change(made.project) for _ in range(3))
        made.start()
        gerrit.review("zuul", heard.number, failed())
        made.await_done(heard)
        made.kill()
        gerrit.review("zuul", missed.number, failed())
        gerrit.review("zuul", missed.number, failed())
        made.start()
        gerrit.review("zuul", later.number, failed())
        made.await_done(missed, cases=2)
        made.await_done(later)
        rest = f"Gerrit's REST API: {'working' if password == gerrit.password else 'misconfigured'} for "
        eventually("the board tells how history was read", lambda: rest in made.run("status"))
        assert made.stop() == 0
        assert [len(made.cases(change)) for change in (heard, missed, later)] == [1, 2, 1]
        assert "secret" not in made.log()


DROPPED = "Gerrit dropped events: history is read instead"
WIDE_COMMENTS = {"change.commentSizeLimit": "500k", "change.cumulativeCommentSizeLimit": "100m"}


def test_f05_all_of_a_burst_that_the_server_dropped_is_taken_in() -> None:
    """The daemon's line stands still: SSH's window of 2 MiB fills, then Gerrit's queue of 128 events, then it drops."""
    with (
        or_skip(lambda: gerrit_server(WIDE_COMMENTS)) as gerrit,
        tcp_proxy(gerrit.ssh_port) as proxy,
        site(gerrit, store=local_store(), ssh_port=proxy.port, rules=[{"mode": "off"}]) as made,
        as_zuul(gerrit) as post,
    ):
        wide, change = (gerrit.push_change(made.project) for _ in range(2))
        made.start()
        posted = 0
        for _ in range(3):  # on a busy machine it may last so long that the daemon leaves the line instead
            proxy.stall()
            post([(wide, "x" * 400_000)] * 6)
            post([(change, failed()) for _ in range(150)])
            posted += 150
            proxy.flow()
            made.await_done(change, cases=posted, seconds=120.0)
            if DROPPED in made.process.log.read_text():
                break
        assert DROPPED in made.process.log.read_text()
        assert made.stop() == 0
        assert len(made.cases(change)) == posted


@contextmanager
def as_zuul(gerrit: GerritServer) -> Iterator[Callable[[Sequence[tuple[Change, str]]], None]]:
    """Posts reviews as quickly as a Gerrit takes them: over SSH, where no password is hashed for each."""
    settings = Gerrit(
        host=gerrit.host,
        port=gerrit.ssh_port,
        username="zuul",
        key=gerrit.key("zuul"),
        known_hosts=gerrit.known_hosts,
    )
    connection = Connection(settings)

    def say(one: tuple[Change, str]) -> None:
        command = f"gerrit review --json {one[0].number},{one[0].patchset}"
        assert connection.run(command, json.dumps({"message": one[1]}).encode(), timeout=60.0).status == 0

    def post(reviews: Sequence[tuple[Change, str]]) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(say, reviews))

    try:
        yield post
    finally:
        connection.close()
