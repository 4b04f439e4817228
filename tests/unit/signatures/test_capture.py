"""What a signature's ``capture`` shows of a line."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.signatures.capture import LONGEST_VALUE, captured, capturing

PULL = r"pulling (?P<image>\S+)(?: from (?P<mirror>\S+))?"


def test_names_stand_in_the_order_of_the_expression() -> None:
    assert captured(PULL, ["node | pulling redis:7 from quay.example.org"]) == (
        ("image", "redis:7"),
        ("mirror", "quay.example.org"),
    )


def test_the_first_value_counts_and_later_lines_fill_gaps() -> None:
    lines = ["pulling redis:7", "pulling mysql from quay.example.org", "pulling other from third.example.org"]
    assert captured(PULL, lines) == (("image", "redis:7"), ("mirror", "quay.example.org"))


def test_alternatives_are_all_looked_for_in_a_line() -> None:
    pattern = r"volume (?P<volume>\w+)|(?P<request>req-\w+)"
    assert captured(pattern, ["[req-1 x] volume 7 and volume 8"]) == (("volume", "7"), ("request", "req-1"))


def test_nothing_found_shows_nothing() -> None:
    assert captured(PULL, ["fine", ""]) == ()
    assert captured(PULL, []) == ()
    assert captured(r"a(?P<blank>\s*)b", ["a  b"]) == ()


def test_values_are_short_and_in_one_line() -> None:
    [(_, value)] = captured(r"(?P<rest>(?s:.*))", ["a\u202eb\x1b[31m\tc " + "x" * 500])
    assert value.startswith("ab c xxx")
    assert len(value) == LONGEST_VALUE


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(", "this is no regular expression: missing ): ("),
        (r"(?P<a>x)\1", r"this is no regular expression: invalid escape sequence: \1"),
        ("(?:x{1000}){1000}", "this is no regular expression: invalid repetition size: {1000}"),
        ("image (.*)", r"name what is to be shown, as in image (?P<image>\S+)"),
        (
            "".join(f"(?P<n{number}>x)" for number in range(6)),
            "6 names are too many for a comment; keep the 5 that help most",
        ),
    ],
)
def test_what_is_refused(pattern: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said) + "$"):
        capturing(pattern)


@given(st.text(max_size=200))
def test_any_line_has_an_answer(line: str) -> None:
    for _, value in captured(r"(?P<word>\w+).*?(?P<other>\S*)$", [line]):
        assert value
        assert "\n" not in value


def test_an_expression_that_would_never_end_elsewhere_ends() -> None:
    assert captured(r"(?P<a>(?:a|a)*(?:a*)*)b", ["a" * 1000]) == ()
