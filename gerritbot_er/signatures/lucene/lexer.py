"""Query text → tokens, exactly as the token manager of Lucene 8.7's classic QueryParser cuts it.

The longest match wins, and after ``^``, ``[`` and ``{`` other tokens hold (source: QueryParser.jj of Lucene 8.7).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from .query_error import QueryError


class Kind(Enum):
    """The kinds of tokens."""

    AND = auto()
    OR = auto()
    NOT = auto()
    PLUS = auto()
    MINUS = auto()
    BARE_OPERATOR = auto()  # an operator with a blank behind it is a word
    OPEN = auto()
    CLOSE = auto()
    COLON = auto()
    STAR = auto()
    BOOST = auto()  # ^ and its number
    QUOTED = auto()
    TERM = auto()
    FUZZY = auto()
    PREFIX = auto()
    WILDCARD = auto()
    REGEXP = auto()
    RANGE_OPEN = auto()
    RANGE_TO = auto()
    RANGE_QUOTED = auto()
    RANGE_WORD = auto()
    RANGE_CLOSE = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the query's text and its offset."""

    kind: Kind
    image: str
    at: int


_BLANK = " \t\n\r\u3000"
_ESCAPED = r"\\."
_START = rf"(?:[^{_BLANK}+\-!():^\[\]\"{{}}~*?\\/]|{_ESCAPED})"
_INNER = rf"(?:[^{_BLANK}!():^\[\]\"{{}}~*?\\/]|{_ESCAPED})"

_BLANKS = re.compile(rf"[{_BLANK}]+")
_WORD = re.compile(rf"(?:{_START}|[*?])(?:{_INNER}|[*?])*+", re.DOTALL)
_PLAIN = re.compile(rf"{_INNER}*+", re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_REGEXP = re.compile(r"/(?:\\/|[^/])*/")
_FUZZY = re.compile(rf"~{_INNER}*+", re.DOTALL)
_BOOST = re.compile(r"\^[0-9]+(?:\.[0-9]+)?")
_RANGE_QUOTED = re.compile(r'"(?:\\"|[^"])+"')
_RANGE_WORD = re.compile(r"[^ \]}]+")

_OPERATORS = {"AND": Kind.AND, "&&": Kind.AND, "OR": Kind.OR, "||": Kind.OR, "NOT": Kind.NOT}
_SIGNS = {"+": Kind.PLUS, "-": Kind.MINUS, "!": Kind.NOT}
_BRACKETS = {"(": Kind.OPEN, ")": Kind.CLOSE, ":": Kind.COLON}
_OPENED = {
    '"': (Kind.QUOTED, _QUOTED),
    "/": (Kind.REGEXP, _REGEXP),
    "~": (Kind.FUZZY, _FUZZY),
    "^": (Kind.BOOST, _BOOST),
}


def tokenize(query: str) -> Iterator[Token]:
    """The tokens of a query, an END last.  Raises QueryError where no token fits."""
    at, in_range = 0, False
    while True:
        if not in_range and (blanks := _BLANKS.match(query, at)):
            at = blanks.end()
        if at >= len(query):
            yield Token(Kind.END, "", at)
            return
        token = _range_token(query, at) if in_range else _token(query, at)
        if token is None:
            at += 1
            continue
        yield token
        at += len(token.image)
        if token.kind is Kind.RANGE_OPEN:
            in_range = True
        elif token.kind is Kind.RANGE_CLOSE:
            in_range = False


def _token(query: str, at: int) -> Token:
    character = query[at]
    if kind := _BRACKETS.get(character):
        return Token(kind, character, at)
    if kind := _SIGNS.get(character):
        bare = query[at + 1 : at + 2]
        return Token(Kind.BARE_OPERATOR, character, at) if bare and bare in _BLANK else Token(kind, character, at)
    if character in "[{":
        return Token(Kind.RANGE_OPEN, character, at)
    if (opened := _OPENED.get(character)) and (found := opened[1].match(query, at)):
        return Token(opened[0], found[0], at)
    if found := _WORD.match(query, at):
        return Token(_word_kind(found[0]), found[0], at)
    raise _refusal(query, at)


def _word_kind(image: str) -> Kind:
    if image == "*":
        return Kind.STAR
    plain = _PLAIN.match(image)
    end = plain.end() if plain else 0
    if end == len(image):
        return _OPERATORS.get(image, Kind.TERM)
    return Kind.PREFIX if end and image[end:] == "*" else Kind.WILDCARD


def _range_token(query: str, at: int) -> Token | None:
    """The token at this place of a range, or None for a blank, which stands alone only where no word begins."""
    character = query[at]
    if character in "]}":
        return Token(Kind.RANGE_CLOSE, character, at)
    word = _RANGE_WORD.match(query, at)
    quoted = _RANGE_QUOTED.match(query, at)
    if quoted and (word is None or quoted.end() >= word.end()):
        return Token(Kind.RANGE_QUOTED, quoted[0], at)
    if word is None or (len(word[0]) == 1 and character in _BLANK):
        return None
    return Token(Kind.RANGE_TO if word[0] == "TO" else Kind.RANGE_WORD, word[0], at)


def _refusal(query: str, at: int) -> QueryError:
    character = query[at]
    remedy = {
        '"': 'this quotation mark is never closed; close it, or write \\" for a mark that is meant literally',
        "/": "this slash opens a regular expression that never ends; quote the value, or write \\/ for a slash",
        "^": "a number must follow ^ directly; write one, or \\^ for the character itself",
        "\\": "nothing follows this backslash; write \\\\ for a backslash",
    }.get(character, f"{character} closes nothing here; quote the value, or write \\{character}")
    return QueryError(remedy, query, at)
