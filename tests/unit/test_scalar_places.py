"""Where the characters of a YAML text stand in the file, however it is written."""

import re
from typing import NamedTuple

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from gerritbot_er.scalar_places import line_and_column, scalar_places

BLANK = " \t\n\r\x85\u2028\u2029"
ESCAPED = re.compile(r"\\(x..|u....|U........|.)", re.DOTALL)
SHORT = {"0": 0, "a": 7, "b": 8, "v": 11, "f": 12, "e": 27, '"': 34, "/": 47, "\\": 92, "_": 160}


class Written(NamedTuple):
    text: str
    value: str
    places: list[int]

    def shown(self, index: int) -> str:
        """The character that stands in the file where this one of the value is said to be."""
        at = self.places[index]
        found = ESCAPED.match(self.text, at)
        if found is None or found[0] == "\\ " or (self.value[index] == "\\" == self.text[at] and self.plain):
            return self.text[at]
        digits = found[1][1:]
        return chr(int(digits, 16)) if digits else chr(SHORT.get(found[1], 0))

    @property
    def plain(self) -> bool:
        """Whether a backslash is only itself."""
        return not re.match(r"[^\n]*?: *(?:[&!]\S+\s+)*\"", self.text)


def read(text: str) -> Written:
    node = yaml.compose(text, yaml.SafeLoader)
    assert node is not None
    value = node.value[0][1]
    return Written(text, value.value, scalar_places(text, value))


def place_of(text: str, needle: str) -> tuple[int, int]:
    written = read(text)
    return line_and_column(text, written.places[written.value.index(needle)])


@pytest.mark.parametrize(
    ("text", "needle", "place"),
    [
        ("query: a AND b\n", "b", (1, 14)),
        ("query: a\n  AND\n\n  b\n", "b", (4, 3)),
        ("query: 'it''s a b'\n", "a b", (1, 15)),
        ("query: 'a\n\n   b'\n", "b", (3, 4)),
        ('query: "x \\"a\\" \\u0062"\n', '"a', (1, 11)),
        ('query: "x \\"a\\" \\u0062"\n', "b", (1, 17)),
        ('query: "a \\\n   b"\n', "b", (2, 4)),
        ('query: "a\\n\n  b"\n', "b", (2, 3)),
        ("query: >-\n  a\n  b\n", "b", (3, 3)),
        ("query: >- # a comment\n\n   a\n    b\n", "b", (4, 5)),
        ("query: |2\n    a\n  b\n", "b", (3, 3)),
        ("query: |\r\n  a\r\n  b\r\n", "b", (3, 3)),
        ("query: &q !!str >-\n  a\n  b\n", "b", (3, 3)),
        ("query: !!str # c\n  'a b'\n", "b", (2, 6)),
        ("{query: [1], x: 3}\n", "", (1, 9)),
    ],
)
def test_the_place_of_a_word(text: str, needle: str, place: tuple[int, int]) -> None:
    if needle:
        assert place_of(text, needle) == place


def test_the_end_of_a_text_has_a_place() -> None:
    for text in ("query: ab\n", "query: 'ab'\n", 'query: "ab"\n', "query: >-\n  ab\n"):
        written = read(text)
        assert written.text[written.places[-1] - 1] == "b"


VALUES = st.text(
    st.one_of(st.sampled_from(" \n'\"\\:#ab()*é\u2028"), st.characters(exclude_categories=["Cs"])), min_size=1
)
STYLES = st.sampled_from([None, "'", '"', "|", ">"])


@given(VALUES, STYLES, st.integers(10, 60), st.integers(1, 9))
def test_each_character_is_found_where_it_is_written(value: str, style: str | None, width: int, indent: int) -> None:
    text = yaml.dump({"query": value}, default_style=style, width=width, indent=indent, allow_unicode=width % 2 == 0)
    try:
        written = read(text)
    except yaml.YAMLError:
        assume(condition=False)
    assert len(written.places) == len(written.value) + 1
    assert written.places == sorted(written.places)
    for index, character in enumerate(written.value):
        if character not in BLANK:
            assert written.shown(index) == character
