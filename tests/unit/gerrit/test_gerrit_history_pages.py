"""The answer to a query becomes events that agree with the stream's."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gerritbot_er.errors import Transient
from gerritbot_er.gerrit.events import MalformedEvent, parse_event
from gerritbot_er.gerrit.history import has_answers_before, read_page, to_events, to_history
from gerritbot_er.model import Change, ChangeClosed, CommentAdded, MadePrivate, PatchsetCreated

CAPTURED = Path("../shared/data/events/captured-gerrit")
ZUUL = {"name": "Zuul", "username": "zuul"}
ROW = {
    "project": "nova",
    "branch": "master",
    "number": 7,
    "status": "MERGED",
    "lastUpdated": 40,
    "comments": [
        {"timestamp": 10, "reviewer": ZUUL, "message": "Uploaded patch set 1."},
        {"timestamp": 20, "reviewer": ZUUL, "message": "Patch Set 1: Verified-1\n\nBuild failed."},
        {"timestamp": 30, "reviewer": ZUUL, "message": "Uploaded patch set 2."},
        {"timestamp": 35, "reviewer": {"name": "nobody"}, "message": "No first line of Gerrit's"},
        {"timestamp": 36, "reviewer": ZUUL, "message": "Patch Set 99:\n\nThere is no such patch set."},
    ],
    "currentPatchSet": {"number": 3, "createdOn": 38},
}
CHANGE = Change(7, "nova", "master", open=False)
STATS = b'{"type":"stats","rowCount":1,"moreChanges":true}\n'


def test_a_page() -> None:
    row = json.dumps(ROW).encode() + b"\n"
    assert read_page(row + STATS) == ([ROW], True)
    assert read_page(b'{"type":"stats","rowCount":0,"moreChanges":false}\n') == ([], False)


@pytest.mark.parametrize(
    "answer",
    [b"", b'{"number":7}\n', b'{"number":7}\n{"number":8}\n' + STATS, STATS, STATS + b'{"number":7}\n'],
)
def test_f04_a_cut_answer_is_asked_for_again(answer: bytes) -> None:
    with pytest.raises(Transient, match=r"^Gerrit's answer to the query was cut$"):
        read_page(answer)


def test_f04_an_error_comes_with_exit_0() -> None:
    with pytest.raises(Transient, match=r"^Gerrit refuses the query: Unsupported operator foo:99$"):
        read_page(b'{"type":"error","message":"Unsupported operator foo:99"}\n')


def test_f04_garbage_is_malformed() -> None:
    with pytest.raises(MalformedEvent):
        read_page(b"<html>503</html>\n")
    wrongs: list[dict[str, object]] = [{"comments": {}}, {"comments": [7]}, {"currentPatchSet": None}, {"number": "x"}]
    for wrong in wrongs:
        with pytest.raises(MalformedEvent):
            to_history({**ROW, **wrong})


def test_events_come_oldest_first_each_on_its_own_patch_set() -> None:
    said = [(20, 1, "zuul", "Patch Set 1: Verified-1\n\nBuild failed."), (35, 2, "", "No first line of Gerrit's")]
    uploads = [(10, 1, "zuul", "Uploaded patch set 1."), (30, 2, "zuul", "Uploaded patch set 2.")]
    odd = [(36, 2, "zuul", "Patch Set 99:\n\nThere is no such patch set.")]
    comments = [CommentAdded(CHANGE, ps, by, text, at) for at, ps, by, text in sorted(said + uploads + odd)]
    assert to_events([ROW]) == [*comments, PatchsetCreated(CHANGE, 3, 38), ChangeClosed(CHANGE, 40)]


def test_f46_a_change_that_is_private_now_was_so_at_its_last_update_at_the_latest() -> None:
    row = {**ROW, "status": "NEW", "private": True, "comments": []}
    change = replace(CHANGE, private=True, open=True)
    assert to_events([row]) == [PatchsetCreated(change, 3, 38), MadePrivate(change, 40)]


def _replied(**more: object) -> dict[str, object]:
    """A change on whose first patch set we spoke and the owner answered on it, both before the second one came."""
    dev = {"username": "dev"}
    return {
        **ROW,
        "comments": [
            {"timestamp": 10, "reviewer": dev, "message": "Uploaded patch set 1."},
            {"timestamp": 20, "reviewer": {"username": "bot"}, "message": "Patch Set 1:\n\nKnown bug: x"},
            {"timestamp": 30, "reviewer": dev, "message": "Patch Set 1:\n\n(1 comment)"},
            {"timestamp": 40, "reviewer": dev, "message": "Uploaded patch set 2."},
        ],
        "currentPatchSet": {"number": 2, "createdOn": 40},
        **more,
    }


def test_an_answer_on_a_replaced_patch_set_is_told_with_the_date_of_its_message() -> None:
    remark = {"file": "/PATCHSET_LEVEL", "line": 0, "reviewer": {"username": "dev"}, "message": "er: wrong bug"}
    in_file = {**remark, "file": "setup.py", "message": "er: confirm"}
    patchsets = [{"number": 1, "createdOn": 10, "comments": [remark, in_file]}, {"number": 2, "createdOn": 40}]
    said = [one for one in to_history(_replied(patchSets=patchsets)).comments if one.author == "dev"]
    assert [(one.at, one.patchset, one.text) for one in said] == [
        (10, 1, "Uploaded patch set 1."),
        (30, 1, "Patch Set 1:\n\n(1 comment)"),
        (30, 1, "Patch Set 1:\n\ner: wrong bug"),
        (40, 2, "Uploaded patch set 2."),
    ]


@pytest.mark.parametrize(
    ("username", "at", "current", "asked"),
    [("bot", 30, 2, True), ("bot", 31, 2, False), ("bot", 30, 1, False), ("other", 0, 2, False), (None, 0, 2, False)],
)
def test_replaced_patch_sets_are_asked_for_where_somebody_may_have_answered_us(
    username: str | None, at: int, current: int, *, asked: bool
) -> None:
    row = _replied(currentPatchSet={"number": current, "createdOn": 40})
    assert has_answers_before(row, username, at) is asked


def test_changes_are_merged_by_time() -> None:
    first = {**ROW, "number": 1, "status": "NEW", "comments": [], "currentPatchSet": {"number": 1, "createdOn": 50}}
    second = {**ROW, "number": 2, "status": "NEW", "comments": [], "currentPatchSet": {"number": 1, "createdOn": 5}}
    assert [event.at for event in to_events([first, second])] == [5, 50]


@pytest.mark.parametrize("version", ["3.10.2", "3.13.5"])
def test_f20_history_tells_a_comment_as_the_stream_did(version: str) -> None:
    if not CAPTURED.exists():
        pytest.skip("the captured events (../shared/data) are not here")
    rows, more = read_page((CAPTURED / version / "ssh_query_comments.jsonl").read_bytes())
    assert not more
    history = {(event.patchset, event.author, event.text) for event in to_history(rows[0]).comments}
    streamed = []
    for path in sorted((CAPTURED / version).glob("json_*.json")):
        event = parse_event(path.read_bytes().rstrip(b"\n"))
        if isinstance(event, CommentAdded) and event.change.number == to_history(rows[0]).change.number:
            streamed.append((path.name, (event.patchset, event.author, event.text)))
    missing = [name for name, said in streamed if said not in history]
    assert len(streamed) > 5
    # The stream shows a comment on the patch set in the place of the message; history has the message.
    assert missing == ["json_patchset_comment.json"]
