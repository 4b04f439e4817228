"""Query text → syntax tree, by the grammar of Lucene 8.7's classic QueryParser as Elasticsearch's query_string uses it.

AND, OR and NOT are no precedence tree there: each changes how its neighbours count (see ``plan``).  luqum parses such
a tree, refuses what Lucene takes (``a! b``) and takes what Lucene refuses, so the grammar is written out here.
"""

import re
from typing import NoReturn

from .lexer import Kind, Token, tokenize
from .query_error import QueryError
from .syntax import (
    DEFAULT_FIELD,
    Clause,
    Fuzzy,
    Group,
    Modifier,
    Part,
    Phrase,
    Prefix,
    Query,
    Range,
    Regexp,
    Term,
    Wildcard,
    Words,
)

MAX_LENGTH = 100_000
"""Characters in a query; longer ones are refused before any work."""

MAX_DEPTH = 100
"""Parentheses within parentheses."""

_LARGEST_SLOP = 2**31 - 1
_MODIFIERS = {Kind.PLUS: Modifier.REQUIRED, Kind.MINUS: Modifier.PROHIBITED, Kind.NOT: Modifier.PROHIBITED}
_BARE = frozenset({Kind.TERM, Kind.STAR, Kind.PREFIX, Kind.WILDCARD, Kind.REGEXP, Kind.BARE_OPERATOR})
_NOT_AFTER_WORDS = frozenset({Kind.COLON, Kind.STAR, Kind.FUZZY, Kind.BOOST, Kind.AND, Kind.OR})
_RANGE_BOUNDS = frozenset({Kind.RANGE_WORD, Kind.RANGE_QUOTED, Kind.RANGE_TO})
_JAVA_FLOAT = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[fFdD]?")


def parse(query: str) -> Query:
    """Parse a query.  Raises QueryError where Lucene refuses it, or where it is too long or too deep."""
    if len(query) > MAX_LENGTH:
        raise QueryError(f"the query is longer than {MAX_LENGTH} characters; split it", query, MAX_LENGTH)
    if not query.strip("".join(map(chr, range(33)))):
        return Query(query, None)
    return Query(query, _Parser(query).whole())


class _Parser:
    """One pass over the tokens, by recursive descent."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._tokens = list(tokenize(query))
        self._next = 0
        self._depth = 0

    def whole(self) -> Group:
        root = self._group(DEFAULT_FIELD)
        if self._peek().kind is not Kind.END:
            raise self._refusal(self._peek())
        return root

    def _peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self._next + ahead, len(self._tokens) - 1)]

    def _take(self) -> Token:
        token = self._peek()
        self._next += 1
        return token

    def _group(self, field: str) -> Group:
        at = self._peek().at
        clauses = [self._words(field) or self._clause(field, joined=False)]
        while self._peek().kind not in (Kind.END, Kind.CLOSE):
            words = self._words(field)
            clauses.append(words or self._joined_clause(field))
        return Group(tuple(clauses), at)

    def _words(self, field: str) -> Clause | None:
        """Two or more bare words; the last is left alone where an operator or suffix takes it."""
        taken = []
        if self._peek().kind is Kind.TERM:
            while self._peek(1).kind is Kind.TERM and self._peek(2).kind not in _NOT_AFTER_WORDS:
                taken.append(self._take())
        if not taken:
            return None
        taken.append(self._take())
        text = " ".join(token.image for token in taken)
        return Clause(Words(field, self._unescape(text, taken[0].at), taken[0].at))

    def _joined_clause(self, field: str) -> Clause:
        joined = self._peek().kind is Kind.AND
        if joined or self._peek().kind is Kind.OR:
            self._take()
        return self._clause(field, joined=joined)

    def _clause(self, field: str, *, joined: bool) -> Clause:
        modifier = _MODIFIERS.get(self._peek().kind, Modifier.NONE)
        if modifier is not Modifier.NONE:
            self._take()
        return Clause(self._part(self._field(field)), modifier, joined)

    def _field(self, default: str) -> str:
        if self._peek().kind in (Kind.TERM, Kind.STAR) and self._peek(1).kind is Kind.COLON:
            name = self._take()
            self._take()
            return "*" if name.kind is Kind.STAR else self._unescape(name.image, name.at)
        return default

    def _part(self, field: str) -> Part:
        kind = self._peek().kind
        if kind is Kind.OPEN:
            return self._parenthesised(field)
        if kind in _BARE:
            return self._bare(field)
        if kind is Kind.QUOTED:
            return self._quoted(field)
        if kind is Kind.RANGE_OPEN:
            return self._range(field)
        raise self._refusal(self._peek())

    def _parenthesised(self, field: str) -> Group:
        opened = self._take()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail(f"more than {MAX_DEPTH} parentheses within each other; write the query flatter", opened.at)
        group = self._group(field)
        if self._peek().kind is not Kind.CLOSE:
            self._fail("this parenthesis is never closed; close it, or write \\( for the character itself", opened.at)
        self._take()
        self._depth -= 1
        if self._peek().kind is Kind.BOOST:
            self._take()
        return group

    def _bare(self, field: str) -> Part:
        token = self._take()
        suffix = self._suffix()
        text = self._unescape(token.image, token.at)
        if token.kind in (Kind.STAR, Kind.WILDCARD):
            return Wildcard(field, token.image, token.at)
        if token.kind is Kind.PREFIX:
            return Prefix(field, self._unescape(token.image[:-1], token.at), token.at)
        if token.kind is Kind.REGEXP:
            return Regexp(field, token.image[1:-1], token.at)
        if suffix is not None:
            return Fuzzy(field, text, self._edits(suffix), token.at)
        return Term(field, text, token.at)

    def _quoted(self, field: str) -> Phrase:
        token = self._take()
        suffix = self._suffix()
        slop = 0
        if suffix is not None:
            slop = int(min(max(_java_float(suffix.image[1:]) or 0.0, -1.0), _LARGEST_SLOP))
            if slop < 0:
                self._fail("a phrase cannot be moved by less than nothing; write ~0 or more", suffix.at)
        return Phrase(field, self._unescape(token.image[1:-1], token.at), slop, token.at)

    def _range(self, field: str) -> Range:
        opened = self._take()
        low = self._bound(opened)
        if self._peek().kind is not Kind.RANGE_TO:
            self._fail_range(opened)
        self._take()
        high = self._bound(opened)
        if self._peek().kind is not Kind.RANGE_CLOSE:
            self._fail_range(opened)
        closed = self._take()
        if self._peek().kind is Kind.BOOST:
            self._take()
        return Range(field, low, high, opened.image == "[", closed.image == "]", opened.at)

    def _bound(self, opened: Token) -> str | None:
        token = self._peek()
        if token.kind not in _RANGE_BOUNDS:
            self._fail_range(opened)
        self._take()
        image = token.image[1:-1] if token.kind is Kind.RANGE_QUOTED else token.image
        text = self._unescape(image, token.at)
        return None if text == "*" else text

    def _suffix(self) -> Token | None:
        """The ``~…`` behind a clause; a boost may stand before or after it."""
        boosted = self._peek().kind is Kind.BOOST
        if boosted:
            self._take()
        if self._peek().kind is not Kind.FUZZY:
            return None
        fuzzy = self._take()
        if not boosted and self._peek().kind is Kind.BOOST:
            self._take()
        return fuzzy

    def _edits(self, suffix: Token) -> float | None:
        image = suffix.image[1:]
        if not image or image.upper() == "AUTO":
            return None
        edits = _java_float(image)
        if edits is None or edits < 0:
            self._fail(f"~{image} is no number of edits; write ~, ~1 or ~2", suffix.at)
        return edits

    def _unescape(self, image: str, at: int) -> str:
        if "\\" not in image:
            return image
        out, i = [], 0
        while i < len(image):
            character = image[i]
            if character == "\\":
                i += 1
                if i == len(image):
                    self._fail("nothing follows this backslash; write \\\\ for a backslash", at + i - 1)
                character = image[i]
                if character == "u":
                    digits = image[i + 1 : i + 5]
                    if not re.fullmatch("[0-9a-fA-F]{4}", digits):
                        self._fail(
                            "four hexadecimal digits must follow \\u; write \\\\u for the text itself", at + i - 1
                        )
                    character = chr(int(digits, 16))
                    i += 4
            out.append(character)
            i += 1
        return "".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _fail_range(self, opened: Token) -> NoReturn:
        self._fail(
            f"{opened.image} opens a range, which is written [low TO high]; quote a bracket that is meant literally",
            opened.at,
        )

    def _fail(self, message: str, at: int) -> NoReturn:
        raise QueryError(message, self._query, at)

    def _refusal(self, token: Token) -> QueryError:
        before = self._tokens[self._next - 1] if self._next else None
        remedy = {
            Kind.COLON: "only a plain name stands before a colon, and only one; quote the value, or write \\:",
            Kind.CLOSE: "this parenthesis closes nothing or holds nothing; remove it, or write \\)",
            Kind.BOOST: "^ and its number stand behind a clause; write \\^ for the character itself",
            Kind.FUZZY: "~ stands directly behind a word or phrase; write \\~ for the character itself",
        }.get(token.kind, f"{token.image} cannot stand here; remove it, or quote it")
        if token.kind is Kind.END:
            image = before.image if before else ""
            remedy = f"something must follow {image}; complete the query, or quote what is meant literally"
        return QueryError(remedy, self._query, token.at)


def _java_float(text: str) -> float | None:
    """What Java's ``Float.valueOf`` reads, as far as a suffix can hold it."""
    found = _JAVA_FLOAT.fullmatch(text)
    return float(found[1]) if found else None
