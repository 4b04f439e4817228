"""History and comments against a sandbox Gerrit."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gerritbot_er.errors import Permanent, Transient
from gerritbot_er.gerrit.events import parse_event
from gerritbot_er.gerrit.history import GerritHistory
from gerritbot_er.gerrit.reviews import GerritReviews
from gerritbot_er.model import ChangeClosed, CommentAdded, Review

from .gerrit_running import US, World, connection, world

HOSTILE = 'x" --submit --code-review "+2\n; $(id) `id` \' \\ --abandon é 😀 \u202e\x1b[31m'


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as opened:
        yield opened


def test_f20_history_gives_the_comments_of_the_stream(peer: World) -> None:
    for number in range(5):
        peer.gerrit.comment("zuul", peer.change, f"Build failed {number} {HOSTILE}")
        peer.gerrit.new_patchset(peer.change)
    peer.gerrit.merge(peer.change, "dev")
    streamed = [parse_event(json.dumps(event).encode()) for event in peer.gerrit.events]
    wanted = [(event.patchset, event.author, event.text) for event in streamed if isinstance(event, CommentAdded)]
    with connection(peer.settings()) as opened:
        events = list(GerritHistory(opened).since(0))
    comments = [event for event in events if isinstance(event, CommentAdded) and event.author == "zuul"]
    assert [(event.patchset, event.author, event.text) for event in comments] == wanted
    assert len(wanted) == 5
    assert [event.change.number for event in events if isinstance(event, ChangeClosed)] == [peer.change]
    assert [event.at for event in events] == sorted(event.at for event in events)


def test_f04_only_what_came_since_is_told(peer: World) -> None:
    peer.gerrit.comment("zuul", peer.change, "old")
    last = peer.gerrit.events[-1]["eventCreatedOn"]
    assert isinstance(last, int)
    with connection(peer.settings()) as opened:
        history = GerritHistory(opened)
        assert [event for event in history.since(last + 1)] == []  # noqa: C416 - read as it is
        assert "old" in [event.text.split()[-1] for event in history.since(last) if isinstance(event, CommentAdded)]


def test_f04_pages_are_put_together(peer: World) -> None:
    changes = [peer.change, *(peer.gerrit.create_change("nova", "more", owner="dev") for _ in range(10))]
    for change in changes:
        peer.gerrit.comment("zuul", change, f"on {change}")
    with connection(peer.settings()) as opened:
        found = GerritHistory(opened, page=3).since(0)
        said = [event.text for event in found if isinstance(event, CommentAdded) and event.author == "zuul"]
    assert sorted(said) == sorted(f"Patch Set 1:\n\non {change}" for change in changes)


def test_f04_changes_that_move_while_pages_are_read_are_not_missed(peer: World) -> None:
    changes = [peer.change, *(peer.gerrit.create_change("nova", "more", owner="dev") for _ in range(20))]
    for change in changes:
        peer.gerrit.comment("zuul", change, "before")
    stop = threading.Event()

    def disturb() -> None:
        for change in changes[:10]:
            if not stop.wait(0.03):
                peer.gerrit.comment("dev", change, "moved")

    mover = threading.Thread(target=disturb)
    mover.start()
    with connection(peer.settings()) as opened:
        found = list(GerritHistory(opened, page=2).since(0))
    stop.set()
    mover.join()
    said = [event.change.number for event in found if isinstance(event, CommentAdded) and event.author == "zuul"]
    assert sorted(said) == sorted(changes)


def test_one_change(peer: World) -> None:
    peer.gerrit.comment("zuul", peer.change, "one")
    peer.gerrit.new_patchset(peer.change)
    with connection(peer.settings()) as opened:
        found = GerritHistory(opened).change(peer.change)
        assert (found.change.number, found.patchset, found.change.open) == (peer.change, 2, True)
        assert "Patch Set 1:\n\none" in [comment.text for comment in found.comments]
        with pytest.raises(Permanent) as caught:
            GerritHistory(opened).change(4711)
    assert str(caught.value) == "change 4711: there is no such change, or our account can not see it"


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [
        (b"", 0, "Gerrit's answer to the query was cut"),
        (b"<html>", 0, "Gerrit's answer to the query can not be read: a line is no JSON: "),
        (b'{"number":1}\n', 0, "Gerrit's answer to the query was cut"),
        (b'{"type":"error","message":"index\\u001b broken"}\n', 0, "Gerrit refuses the query: index broken"),
        (b'{"number":"x"}\n{"type":"stats","rowCount":1}\n', 0, "Gerrit's answer to the query can not be read: number"),
        (b'{"type":"stats","rowCount":0}\n', 1, "Gerrit's query failed: exit status 1"),
    ],
)
def test_f04_a_bad_answer_keeps_the_gap_open(peer: World, answer: bytes, status: int, told: str) -> None:
    peer.gerrit.troubles.query_answer, peer.gerrit.troubles.query_exit = answer, status
    with connection(peer.settings()) as opened:
        for ask in (lambda: GerritHistory(opened).since(0), lambda: GerritHistory(opened).change(1)):
            with pytest.raises(Transient) as caught:
                ask()
            assert str(caught.value).startswith(told)


@pytest.mark.parametrize("message", ["plain", HOSTILE, "é" * 10_000, '{"labels":{"Verified":1}}'])
def test_f26_a_comment_arrives_as_it_was_written_and_does_nothing_else(peer: World, message: str) -> None:
    with connection(peer.settings()) as opened:
        GerritReviews(opened, "OWNER").post(Review(peer.change, 1, message, "token"))
    (posted,) = peer.gerrit.messages(peer.change, US)
    assert (posted.text, posted.tag) == (f"Patch Set 1:\n\n{message}", "autogenerated:gerritbot-er")
    assert [command for _, command in peer.gerrit.commands] == [f"gerrit review --json {peer.change},1"]


@pytest.mark.parametrize(
    ("change", "patchset", "message", "told"),
    [
        (4711, 1, "x", 'change 4711, patch set 1: Gerrit did not take the comment: fatal: "4711" no such change'),
        (1, 9, "x", 'change 1, patch set 9: Gerrit did not take the comment: fatal: "1,9" no such patch set'),
        (1, 1, " \n", "change 1: a blank comment is not posted"),
        (
            1,
            1,
            "x" * 17_000,
            (
                "change 1, patch set 1: Gerrit did not take the comment: error: One or more comments were rejected in "
                "validation: Comment size exceeds limit (17000 > 16384) fatal: one or more reviews failed; review "
                "output above"
            ),
        ),
    ],
)
def test_f22_what_gerrit_will_never_take_is_final(
    peer: World, change: int, patchset: int, message: str, told: str
) -> None:
    assert peer.change == 1
    with connection(peer.settings()) as opened, pytest.raises(Permanent) as caught:
        GerritReviews(opened, "NONE").post(Review(change, patchset, message, "token"))
    assert str(caught.value) == told
    assert peer.gerrit.messages(peer.change, US) == []


def test_f21_an_end_without_a_status_proves_nothing(peer: World, caplog: pytest.LogCaptureFixture) -> None:
    peer.gerrit.troubles.no_exit_status = True
    with connection(peer.settings()) as opened, pytest.raises(Transient) as caught:
        GerritReviews(opened, "NONE").post(Review(peer.change, 1, "x", "token"))
    assert str(caught.value) == (
        f"Gerrit at 127.0.0.1 port {peer.gerrit.port} did not take a comment: see its answer in the log"
    )
    assert f"change {peer.change}, patch set 1: Gerrit did not take the comment: no exit status" in caplog.messages


def test_f21_a_slow_gerrit_is_tried_again_later(peer: World) -> None:
    peer.gerrit.troubles.review_delay_after = 5.0
    with connection(peer.settings()) as opened, pytest.raises(Transient, match=r"has not ended within 0.3 seconds$"):
        GerritReviews(opened, "NONE", timeout=0.3).post(Review(peer.change, 1, "x", "token"))
