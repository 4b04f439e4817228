"""A line of the stream becomes an event, nothing, or a MalformedEvent; never anything else."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.gerrit.events import TYPES, MalformedEvent, parse_event, quoted, to_change
from gerritbot_er.model import Change, ChangeClosed, CommentAdded, DroppedOutput, Event, MadePrivate, PatchsetCreated

CAPTURED = Path("../shared/data/events/captured-gerrit/3.10.2")
CHANGE = {
    "project": "openstack/nova",
    "branch": "master",
    "number": 61,
    "subject": "all events",
    "owner": {"name": "A Developer", "username": "dev"},
    "url": "https://review.example.org/c/openstack/nova/+/61",
    "status": "NEW",
}
COMMENT = {
    "author": {"name": "Zuul", "username": "zuul"},
    "comment": "Patch Set 2: Verified-1\n\nBuild failed.",
    "patchSet": {"number": 2},
    "change": CHANGE,
    "type": "comment-added",
    "eventCreatedOn": 1795252650,
}
MODEL_CHANGE = Change(
    61, "openstack/nova", "master", "https://review.example.org/c/openstack/nova/+/61", "all events", "dev"
)
MODEL_COMMENT = CommentAdded(MODEL_CHANGE, 2, "zuul", "Patch Set 2: Verified-1\n\nBuild failed.", 1795252650)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def line(event: object) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()


def test_a_comment() -> None:
    assert parse_event(line(COMMENT)) == MODEL_COMMENT


def test_a_comment_as_other_servers_write_it() -> None:
    typed_first = {"type": "comment-added", **{key: value for key, value in COMMENT.items() if key != "type"}}
    texts = {
        **COMMENT,
        "patchSet": {"number": "2"},
        "change": {**CHANGE, "number": "61"},
        "eventCreatedOn": "1795252650",
    }
    for event in (line(typed_first), line(texts), json.dumps(COMMENT).encode(), json.dumps(typed_first).encode()):
        assert parse_event(event) == MODEL_COMMENT


def test_a_new_patch_set() -> None:
    event = {"patchSet": {"number": 2}, "change": CHANGE, "type": "patchset-created", "eventCreatedOn": 7}
    assert parse_event(line(event)) == PatchsetCreated(MODEL_CHANGE, 2, 7)


@pytest.mark.parametrize(("kind", "status"), [("change-merged", "MERGED"), ("change-abandoned", "ABANDONED")])
def test_a_closed_change(kind: str, status: str) -> None:
    event = {"change": {**CHANGE, "status": status}, "type": kind, "eventCreatedOn": 7}
    parsed = parse_event(line(event))
    assert isinstance(parsed, ChangeClosed)
    assert (parsed.change.number, parsed.change.open, parsed.at) == (61, False, 7)


def test_f05_dropped_output() -> None:
    assert parse_event(b'{"type":"dropped-output","eventCreatedOn":1795251836}') == DroppedOutput(1795251836)


def test_a_change_is_told_as_each_event_shows_it() -> None:
    seen = [
        to_change({"number": 1, "subject": "a"}),
        to_change({"number": 1, "subject": "b"}),
        to_change({"number": 1, "subject": "b", "status": "MERGED"}),
        to_change({"number": 1, "subject": "b", "private": True}),
        to_change({"number": "1", "subject": "b"}),
    ]
    assert [(change.number, change.subject, change.open, change.private) for change in seen] == [
        (1, "a", True, False),
        (1, "b", True, False),
        (1, "b", False, False),
        (1, "b", True, True),
        (1, "b", True, False),
    ]


def test_f46_a_private_change_is_told_as_one() -> None:
    assert to_change({"number": 1, "private": True}).private
    assert not to_change({"number": 1, "private": "true"}).private


@pytest.mark.parametrize("private", [True, False])
def test_f46_a_change_becomes_private_without_a_word_about_its_patch_sets(*, private: bool) -> None:
    """As a real server tells it; what is public again says so with whatever happens on it next."""
    shown = {**CHANGE, "private": True} if private else CHANGE
    event = {"changer": {"username": "dev"}, "patchSet": {"number": 2}, "change": shown}
    parsed = parse_event(line({**event, "type": "private-state-changed", "eventCreatedOn": 7}))
    assert parsed == (MadePrivate(replace(MODEL_CHANGE, private=True), 7) if private else None)
    assert "private-state-changed" in TYPES


def test_any_field_may_be_missing() -> None:
    event = {"type": "comment-added", "change": {"number": 1}, "patchSet": {"number": 1}, "author": {"name": "Zuul"}}
    assert parse_event(line(event)) == CommentAdded(Change(1, "", ""), 1, "", "", 0)


def test_types_that_concern_nobody_are_nothing() -> None:
    assert parse_event(line({"refUpdate": {}, "type": "ref-updated", "eventCreatedOn": 7})) is None
    assert parse_event(line({"type": "ref-updated", "refUpdate": {}})) is None
    assert parse_event(json.dumps({"refUpdate": {}, "type": "ref-updated"}).encode()) is None


def test_comments_of_other_accounts_can_be_left_out() -> None:
    assert parse_event(line(COMMENT), quoted(["zuul", "gerritbot-er"])) == MODEL_COMMENT
    assert parse_event(line(COMMENT), quoted(["jenkins"])) is None
    quoting = {**COMMENT, "comment": 'what "jenkins" says', "author": {"name": "jenkins 2", "username": "someone"}}
    assert parse_event(line(quoting), quoted(["jenkins"])) is None
    created = {"patchSet": {"number": 2}, "change": CHANGE, "type": "patchset-created", "eventCreatedOn": 7}
    assert isinstance(parse_event(line(created), quoted(["jenkins"])), PatchsetCreated)


@given(
    name=st.text("Zuul.ci-9_+@", min_size=1, max_size=12),
    escaped=st.sets(st.integers(0, 11)),
    capitals=st.booleans(),
    order=st.permutations(sorted(COMMENT)),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " :\r ")]),
    ascii_only=st.booleans(),
)
def test_an_author_s_comment_is_never_left_out_however_json_spells_it(
    *,
    name: str,
    escaped: set[int],
    capitals: bool,
    order: list[str],
    separators: tuple[str, str],
    ascii_only: bool,
) -> None:
    form = "\\u%04X" if capitals else "\\u%04x"
    spelled = "".join(form % ord(letter) if at in escaped else letter for at, letter in enumerate(name))
    event = {key: COMMENT[key] for key in order}
    event["author"] = {"name": "<é> 'name'", "username": "HERE"}
    text = json.dumps(event, separators=separators, ensure_ascii=ascii_only).replace("HERE", spelled)
    parsed = parse_event(text.encode(), quoted(["somebody", name]))
    assert isinstance(parsed, CommentAdded)
    assert parsed.author == name


def test_an_author_s_comment_is_found_where_even_the_keys_are_spelled_otherwise() -> None:
    raw = line(COMMENT).replace(b'"username":"zuul"', rb'"user\u006eame":"\u007au\u0075l"')
    assert parse_event(raw, quoted(["zuul"])) == MODEL_COMMENT


@given(
    before=st.sampled_from(["", "Patch Set 2:\n\n", "Patch Set 2: Code-Review+1\n\n(1 comment)\n\nWell,\r\n"]),
    word=st.sampled_from(["er:", "ER:", "Er:", "eR:"]),
    escaped=st.sets(st.integers(0, 60)),
    order=st.permutations(sorted(COMMENT)),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " :\r ")]),
)
def test_an_answer_to_us_is_never_left_out_however_json_spells_it(
    *, before: str, word: str, escaped: set[int], order: list[str], separators: tuple[str, str]
) -> None:
    text = f"{before}{word} confirm"
    letters = (f"\\u{ord(one):04x}" if at in escaped else json.dumps(one)[1:-1] for at, one in enumerate(text))
    spelled = "".join(letters)
    event = {**{key: COMMENT[key] for key in order}, "comment": "HERE", "author": {"username": "dev"}}
    parsed = parse_event(json.dumps(event, separators=separators).replace("HERE", spelled).encode(), quoted(["zuul"]))
    assert isinstance(parsed, CommentAdded)
    assert parsed.text == text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    "text", ["Patch Set 2:\n\n> er: confirm", "Patch Set 2:\n\nper: se", "over:\n\n er: confirm", ""]
)
def test_comments_of_others_that_answer_nothing_stay_left_out(text: str) -> None:
    assert parse_event(line({**COMMENT, "comment": text}), quoted(["jenkins"])) is None


def test_what_a_server_escapes_in_a_text_does_not_bring_comments_of_others() -> None:
    raw = line(COMMENT).replace(b"Build failed.", rb"don\u0027t \u003cb\u003e \u0026 \u003d")
    assert parse_event(raw, quoted(["jenkins"])) is None


def test_an_account_that_a_server_might_write_otherwise_leaves_nothing_out() -> None:
    assert quoted(["zuul", "ci=1"]) == ()
    assert parse_event(line(COMMENT), quoted(["jenkins", "o'neil"])) == MODEL_COMMENT


@pytest.mark.parametrize(
    "text",
    [
        '"type":"ref-updated","eventCreatedOn":1}',
        '{"type":"ref-updated",',
        '\\"type\\":\\"ref-updated\\",\\"eventCreatedOn\\":1}',
        '\n{"type":"comment-added","eventCreatedOn":1}\n',
    ],
)
def test_f29_the_text_of_a_comment_can_not_hide_or_forge_its_type(text: str) -> None:
    hidden = {"type": "comment-added", "change": CHANGE, "patchSet": {"number": 2}, "comment": text}
    for event in (hidden, {**COMMENT, "comment": text, "approvals": [{"type": "ref-updated"}]}):
        parsed = parse_event(line(event))
        assert isinstance(parsed, CommentAdded)
        assert parsed.text == text
    assert parse_event(line({"comment": text, "type": "ref-updated", "eventCreatedOn": 1})) is None
    assert parse_event(line({"comment": text, "type": "reviewer-added"})) is None


def test_f12_text_is_cleaned_where_it_comes_in() -> None:
    raw = line({**COMMENT, "comment": "Patch Set 2:\n\na\u202eb\u0000c\r\n\ud83d", "author": {"username": "zu\x00ul"}})
    parsed = parse_event(raw)
    assert isinstance(parsed, CommentAdded)
    assert (parsed.text, parsed.author) == ("Patch Set 2:\n\nabc\n\ufffd", "zu\ufffdul")


def test_f12_bytes_that_are_no_utf8_lose_only_themselves() -> None:
    parsed = parse_event(line(COMMENT).replace(b"Build failed.", b"Build \xff\xfe failed."))
    assert isinstance(parsed, CommentAdded)
    assert parsed.text == "Patch Set 2: Verified-1\n\nBuild \ufffd\ufffd failed."


@pytest.mark.parametrize(
    "raw",
    [
        b"x",
        b"[]",
        b"7",
        b"null",
        b"{}",
        b'{"type":7}',
        b'{"type":"comment-added"',
        b'{"type":"dropped-output","eventCreatedOn":NaN}',
        b'{"type":"dropped-output","eventCreatedOn":1e400}',
        b'{"type":"dropped-output","eventCreatedOn":-1}',
        b'{"type":"dropped-output","eventCreatedOn":true}',
        b'{"type":"dropped-output","eventCreatedOn":1795252650000}',
        b'{"type":"dropped-output","eventCreatedOn":"' + b"9" * 5000 + b'"}',
        b'{"type":"dropped-output","eventCreatedOn":' + b"9" * 5000 + b"}",
        b'{"a":' + b"[" * 200_000,
        b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b',"type":"dropped-output"}',
        line({**COMMENT, "change": None}),
        line({**COMMENT, "change": {**CHANGE, "number": 0}}),
        line({**COMMENT, "change": {**CHANGE, "number": 2**63}}),
        line({**COMMENT, "change": {**CHANGE, "number": "6 1"}}),
        line({**COMMENT, "change": {**CHANGE, "number": 6.5}}),
        line({**COMMENT, "change": {**CHANGE, "number": math.nan}}),
        line({**COMMENT, "change": {**CHANGE, "project": ["x"]}}),
        line({**COMMENT, "author": "zuul"}),
        line({**COMMENT, "comment": {"a": 1}}),
    ],
)
def test_f09_a_malformed_event_is_one_kind_of_error(raw: bytes) -> None:
    with pytest.raises(MalformedEvent):
        parse_event(raw)


def an_event_none_or_malformed(raw: bytes) -> bool:
    """Whether it is one of these, and the error such that it can be shown."""
    try:
        return isinstance(parse_event(raw), Event | None)
    except MalformedEvent as error:
        return str(error).isprintable()


@given(st.binary(max_size=200))
def test_f09_no_bytes_raise_anything_else(raw: bytes) -> None:
    assert an_event_none_or_malformed(raw)


@given(st.sampled_from(sorted(COMMENT)), json_values, st.sampled_from(["number", "project", "owner", "subject"]))
def test_f09_no_value_in_any_field_raises_anything_else(key: str, value: object, of_change: str) -> None:
    for event in ({**COMMENT, key: value}, {**COMMENT, "change": {**CHANGE, of_change: value}}):
        assert an_event_none_or_malformed(line(event))


@given(st.text(max_size=100))
def test_a_comment_is_a_comment_whatever_its_text(text: str) -> None:
    for event in ({**COMMENT, "comment": text}, {"type": "comment-added", **COMMENT, "comment": text}):
        assert isinstance(parse_event(line(event)), CommentAdded)


def test_captured_lines_of_a_real_server_are_read() -> None:
    if not CAPTURED.exists():
        pytest.skip("the captured events (../shared/data) are not here")
    events = [parse_event(raw) for raw in (CAPTURED / "all_event_types.jsonl").read_bytes().split(b"\n") if raw]
    kinds = [type(event).__name__ for event in events if event]
    assert kinds == ["PatchsetCreated", "PatchsetCreated", "CommentAdded", "CommentAdded", "ChangeClosed"]
