"""The stream's bytes become lines, however they were cut."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.gerrit.events import Lines, parse_event

CAPTURED = Path("../shared/data/events/captured-gerrit")


def fed(chunks: list[bytes], limit: int = 1000) -> tuple[list[bytes], int]:
    lines = Lines(limit)
    return [line for chunk in chunks for line in lines.feed(chunk)], lines.skipped


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


def test_f11_several_lines_in_one_packet_all_come() -> None:
    assert fed([b"one\ntwo\nthree\nfo"]) == ([b"one", b"two", b"three"], 0)


def test_f11_only_the_newline_ends_a_line() -> None:
    line = "a\x85b\u2028c\rd\x0ce".encode()
    assert fed([line + b"\n"]) == ([line], 0)


def test_f01_half_a_line_at_the_end_is_lost() -> None:
    assert fed([b"one\n", b"tw"]) == ([b"one"], 0)


def test_empty_lines_are_nothing() -> None:
    assert fed([b"\n\r\n", b"\n", b"one\n"]) == ([b"one"], 0)


def test_f10_a_line_over_the_limit_is_skipped_to_the_next_newline() -> None:
    assert fed([b"one\nxxxx", b"xxxxxx", b"xxx\ntwo\n"], limit=8) == ([b"one", b"two"], 1)
    assert fed([b"one\nxxxxxxxxx\ntwo\n"], limit=8) == ([b"one", b"two"], 1)
    assert fed([b"xxxxxxxx\n"], limit=8) == ([b"xxxxxxxx"], 0)


def test_f10_five_mebibytes_without_a_newline_are_not_kept() -> None:
    lines = Lines()
    for _ in range(5 * 16):
        assert lines.feed(b"x" * 65536) == []
    assert lines.feed(b'"}\n{"type":"dropped-output"}\n') == [b'{"type":"dropped-output"}']
    assert lines.skipped == 1


@given(st.lists(st.binary(max_size=12)), st.lists(st.integers(0, 200), max_size=12))
def test_f11_every_cut_gives_equal_lines(parts: list[bytes], places: list[int]) -> None:
    stream = b"\n".join(parts)
    assert fed(cut(stream, places), limit=8) == fed([stream], limit=8)


def event(number: int, text: str) -> bytes:
    """A line as Gerrit sends it, with all that it does not escape."""
    change = f'"change":{{"number":{number},"project":"nova"}},"patchSet":{{"number":1}}'
    return f'{{"comment":"{text}",{change},"type":"comment-added","eventCreatedOn":1800000000}}\n'.encode()


def test_f11_every_cut_of_a_stream_gives_equal_events() -> None:
    texts = ["Build failed é", "😀 a\x85b\u2028c\x7f", "ends with a brace}"]
    stream = b"".join(event(number, text) for number, text in enumerate(texts, 1))
    whole = [parse_event(line) for line in fed([stream])[0]]
    assert len(whole) == 3
    for place in range(len(stream)):
        assert [parse_event(line) for line in fed(cut(stream, [place]))[0]] == whole
    assert [parse_event(line) for line in fed([bytes([byte]) for byte in stream])[0]] == whole


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_f11_every_cut_of_a_recorded_stream_gives_equal_events(first: int, second: int) -> None:
    if not CAPTURED.exists():
        pytest.skip("the captured events (../shared/data) are not here")
    stream = (CAPTURED / "3.10.2/all_event_types.jsonl").read_bytes()
    stream += (CAPTURED / "3.10.2/json_unicode.json").read_bytes() + b"\n"
    whole = [parse_event(line) for line in fed([stream], limit=10_000)[0]]
    assert [parse_event(line) for line in fed(cut(stream, [first, second]), limit=10_000)[0]] == whole
