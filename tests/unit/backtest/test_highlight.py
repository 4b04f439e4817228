"""The places of a line that a query's words were found at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.backtest.highlight import spans


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ('message:"no space left"', ["No space left"]),
        ('message:"space on"', []),
        ('message:"space on"~1', ["space", "on"]),
        ("message:space OR filename:device", ["space"]),
        ("message:dev* AND message:/c[po]/", ["cp", "device"]),
        ("message:left AND NOT message:device", ["left"]),
        ("(message:left OR message:on) AND tags:console", ["left on"]),
        ("message:devize~1", ["device"]),
        ("message:(", []),
        ("", []),
    ],
)
def test_the_words_of_a_query(query: str, marked: list[str]) -> None:
    line = "cp: No space left on device (é)"
    assert [line[start:end] for start, end in spans([query], line)] == marked


def test_the_words_of_several_queries() -> None:
    line = "İSTANBUL ___ a_b: Straße"
    assert [line[start:end] for start, end in spans(["message:a_b", "message:straße"], line)] == ["a_b: Straße"]


@given(st.text(max_size=200), st.text(max_size=50))
def test_places_are_in_order_and_within_the_line(line: str, query: str) -> None:
    found = spans([query, f"message:{line.split(maxsplit=1)[0]}" if line.split() else query], line)
    ends = [place for span in found for place in span]
    assert ends == sorted(ends)
    assert all(0 <= start < end <= len(line) for start, end in found)
