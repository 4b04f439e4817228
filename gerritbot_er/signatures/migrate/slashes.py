"""Unquoted values with a slash in them, which Lucene takes for the beginning of a regular expression, quoted; pure."""

import re
from bisect import bisect_right
from dataclasses import dataclass

from .notes import Note, Rule

_PIECE = re.compile(
    r"""
    "(?:[^"\\]|\\.)*"           # a phrase
    | /(?:\\/|[^/])*/           # an expression that stands for itself
    | (?P<sign>[-+!]?)(?P<bare>(?:[^\s"():\\]|\\.)+)
    """,
    re.VERBOSE | re.DOTALL,
)
_SLASH = re.compile(r"(?<!\\)/")


@dataclass(frozen=True, slots=True)
class Mended:
    """A query whose slashes stand for themselves; ``added`` are the places in ``text`` of characters put in."""

    text: str
    notes: tuple[Note, ...] = ()
    added: tuple[int, ...] = ()

    def original(self, offset: int) -> int:
        """The offset in the query as it was."""
        return offset - bisect_right(self.added, offset - 1)


def slashes_quoted(query: str) -> Mended:
    """The query with each bare word that has a slash inside quoted; with wildcards in it, the slash is escaped."""
    text, notes, added, copied = "", [], [], 0
    for found in _PIECE.finditer(query):
        value = found["bare"] or ""
        if value.startswith("/") or not _SLASH.search(value):
            continue
        text += query[copied : found.start("bare")]
        copied = found.end()
        added += [len(text) + at for at in _put_in(value)]
        text += _mended(value)
        notes.append(
            Note(
                found.start("bare"),
                Rule.SLASH,
                f"the slash of {value} opens a regular expression; written {_mended(value)}",
            )
        )
    return Mended(text + query[copied:], tuple(notes), tuple(added))


def _has_pattern(value: str) -> bool:
    return "*" in value or "?" in value


def _mended(value: str) -> str:
    return _SLASH.sub(r"\\/", value) if _has_pattern(value) else f'"{value}"'


def _put_in(value: str) -> list[int]:
    """Where characters were put in, in the mended value."""
    if _has_pattern(value):
        return [found.start() + number for number, found in enumerate(_SLASH.finditer(value))]
    return [0, len(value) + 1]
