"""Where each character of a YAML scalar stands in its file, so that an error inside a text can be pointed at; pure.

YAML changes the white space of a text (folding, indentation) and its escapes, and nothing else: the characters that
are neither stand in the file in the same order.  They are paired one by one, and what is between two of them is paired
with the white space between the same two.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import yaml

_BLANK = " \t\n\r\x85\u2028\u2029"
_BREAKS = "\n\r\x85\u2028\u2029"
_LINE_END = re.compile(f"\r\n|[{_BREAKS}]")
_ESCAPE = re.compile(
    rf"\\(?:x[0-9a-fA-F]{{2}}|u[0-9a-fA-F]{{4}}|U[0-9a-fA-F]{{8}}|(?P<joined>\r\n|[{_BREAKS}])[ \t]*|.)", re.DOTALL
)
_ESCAPED_BLANKS = frozenset("tnrNLP \t")
"""What stands behind a backslash for white space: tab, newline, carriage return, U+0085, U+2028, U+2029, a blank."""
_NOT_PLAIN = re.compile(r"""^[-?:,\[\]{}#&*!|>'"%@`]|:(?:\s|$)|\s\#""")


@dataclass(frozen=True, slots=True)
class _Unit:
    """What stands for one character of the value."""

    at: int
    blank: bool


def scalar_places(text: str, node: yaml.ScalarNode) -> list[int]:
    """For each character of the node's value, and for its end, the index in the file's text where it is written."""
    start = _content_start(text, node.start_mark.index)
    units = list(_units(text, start, node.end_mark.index, node.style))
    places: list[int] = []
    taken = 0
    value: str = node.value
    for character in value:
        if character in _BLANK:
            here = taken < len(units) and units[taken].blank
            places.append(units[taken].at if here else _after(places, start))
            taken += here
            continue
        while taken < len(units) and units[taken].blank:
            taken += 1
        places.append(units[taken].at if taken < len(units) else _after(places, start))
        taken += 1
    if node.style in ("'", '"') and taken == len(units):  # what was last may be written with two characters
        return [*places, node.end_mark.index - 1]
    return [*places, _end(places, units, taken, start)]


def _after(places: list[int], start: int) -> int:
    return places[-1] if places else start


def _end(places: list[int], units: list[_Unit], taken: int, start: int) -> int:
    """Behind the last character: where the next one would stand."""
    if 0 < taken < len(units):
        return units[taken].at
    return places[-1] + 1 if places else start


def line_and_column(text: str, index: int) -> tuple[int, int]:
    """The line and column, from 1, of a place in a file's text, counted as PyYAML does."""
    starts = _line_starts(text)
    line = bisect_right(starts, index)
    return line, index - starts[line - 1] - text.count("\ufeff", starts[line - 1], index) + 1


def as_scalar(text: str) -> str:
    """A query of one line as a whole value, in quotes where YAML would take it for something else."""
    return "'" + inside_scalar(text, "'") + "'" if _NOT_PLAIN.search(text) else text


def inside_scalar(text: str, style: str | None) -> str:
    """A text as it is written within a scalar of this style."""
    if style == '"':
        return text.replace("\\", "\\\\").replace('"', '\\"')
    return text.replace("'", "''") if style == "'" else text


@lru_cache(maxsize=4)
def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in _LINE_END.finditer(text))]


def _content_start(text: str, at: int) -> int:
    """Behind the anchor and the tag that may stand before a scalar."""
    while text[at : at + 1] in ("&", "!"):
        at = _skip(text, at, r"\S+")
        at = _skip(text, at, rf"(?:[{_BLANK}]|#[^{_BREAKS}]*)*")
    return at


def _skip(text: str, at: int, pattern: str) -> int:
    found = re.compile(pattern).match(text, at)
    return found.end() if found else at


def _units(text: str, start: int, end: int, style: str | None) -> Iterator[_Unit]:
    """The units of a scalar's content, without quotes and without the header of a block."""
    if style == '"':
        yield from _escaped(text, start + 1, end - 1)
        return
    at = start
    if style == "'":
        at, end = start + 1, end - 1
    elif style in ("|", ">"):
        at = _skip(text, start, rf"[^{_BREAKS}]*")
    while at < end:
        yield _Unit(at, text[at] in _BLANK)
        doubled = style == "'" and text.startswith("''", at)
        at += 2 if doubled or text.startswith("\r\n", at) else 1


def _escaped(text: str, at: int, end: int) -> Iterator[_Unit]:
    """As ``_units`` between double quotes; a backslash at the end of a line joins it to the next."""
    while at < end:
        found = _ESCAPE.match(text, at, end)
        if found is None:
            yield _Unit(at, text[at] in _BLANK)
            at += 2 if text.startswith("\r\n", at) else 1
            continue
        if not found["joined"]:
            yield _Unit(at, found[0][1] in _ESCAPED_BLANKS)
        at = found.end()
