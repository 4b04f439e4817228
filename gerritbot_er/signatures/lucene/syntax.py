"""The syntax of a Lucene query as a tree of frozen dataclasses, before any field's kind is known.

``at`` is the offset in the query's text.  Boosts are checked by the parser and then left out, since they change the
order of hits and never whether there is one.
"""

from dataclasses import dataclass
from enum import Enum

DEFAULT_FIELD = "message"
"""The field of a clause that names none."""


class Modifier(Enum):
    """What stands before a clause."""

    NONE = ""
    REQUIRED = "+"
    PROHIBITED = "-"


@dataclass(frozen=True, slots=True)
class Term:
    """One bare word; ``text`` has its escapes resolved."""

    field: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Words:
    """Two or more bare words in a row, joined with one blank each: Lucene analyses them as one text."""

    field: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """A quoted text; ``slop`` is how many positions its words may be moved in all."""

    field: str
    text: str
    slop: int
    at: int


@dataclass(frozen=True, slots=True)
class Prefix:
    """``text*``, escapes resolved."""

    field: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A pattern with ``*`` (any text) and ``?`` (any character), a backslash before what is meant literally."""

    field: str
    pattern: str
    at: int


@dataclass(frozen=True, slots=True)
class Regexp:
    """A regular expression in Lucene's dialect, without its slashes."""

    field: str
    pattern: str
    at: int


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """A word and how many edits away a match may be, as written; None: by its length, as ``text~`` means."""

    field: str
    text: str
    edits: float | None
    at: int


@dataclass(frozen=True, slots=True)
class Range:
    """From ``low`` to ``high``; None is open."""

    field: str
    low: str | None
    high: str | None
    includes_low: bool
    includes_high: bool
    at: int


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a group, with its modifier; ``joined`` by AND to the clause before it."""

    part: "Part"
    modifier: Modifier = Modifier.NONE
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The clauses of a whole query or of a pair of parentheses, at least one."""

    clauses: tuple[Clause, ...]
    at: int


Part = Term | Words | Phrase | Prefix | Wildcard | Regexp | Fuzzy | Range | Group


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; ``root`` is None where the text is blank, which matches nothing."""

    text: str
    root: Group | None
