"""Syntax tree + kinds of fields → plan: the query that Lucene builds, with every text analysed.

Here live the rules that surprise: a clause whose text holds no token vanishes, but its AND still binds the clause
before it; without any required clause one of the optional ones must match; a group of prohibited clauses alone
matches everything else (Elasticsearch's ``fixNegativeQueryIfNeeded``; bare Lucene matches nothing); a field compared
with ``>``, ``>=``, ``<`` or ``<=`` is a range.  Source: QueryParserBase of Lucene 8.7 and QueryStringQueryParser of
Elasticsearch 7.10, both observed on a running server.
"""

import re
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from . import dates
from .analysis import lower_case, tokens
from .fields import FieldKind, FieldPreset
from .patterns import StringTest, automatic_edits, fuzzy, wildcard
from .query_error import QueryError
from .regexp import RegexpError, regexp
from .syntax import Fuzzy, Group, Modifier, Part, Phrase, Prefix, Query, Range, Regexp, Term, Wildcard, Words

MAX_CLAUSES = 1024
"""Clauses in one group: Lucene's ``indices.query.bool.max_clause_count`` of Elasticsearch 7 and OpenSearch."""

MAX_EDITS = 2
"""Edits of a fuzzy word; Lucene 8.7 takes more for so many, and what is no whole number for the one below."""

MAX_MOVED_WORDS = 100
"""Words of a phrase that may stand apart: the time that it takes grows with their number, in every place of a line."""

_LONGS = 2**63
"""A field of whole numbers holds less, on every server."""

_SERVERS_OWN = frozenset({"_id", "_ignored", "_index", "_routing", "_seq_no", "_source", "_tier", "_type", "_version"})

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_COMPARISON = re.compile(r"(>=|<=|>|<)(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Tokens:
    """One of these tokens is in the field; a JSON number there is compared with ``number``."""

    field: str
    tokens: tuple[str, ...]
    number: float | None = None


@dataclass(frozen=True, slots=True)
class TokenPhrase:
    """These tokens, two or more, stand in the field one after the other, moved by ``slop`` positions at most."""

    field: str
    tokens: tuple[str, ...]
    slop: int


@dataclass(frozen=True, slots=True)
class Exact:
    """The field has exactly this value; a JSON number there is compared with ``number``."""

    field: str
    text: str
    number: float | None = None


@dataclass(frozen=True, slots=True)
class Fitting:
    """A token (``analysed``) or a whole value of the field passes the test; ``shown`` tells people which."""

    field: str
    shown: str
    analysed: bool
    test: StringTest


@dataclass(frozen=True, slots=True)
class Between:
    """A token or whole value from ``low`` to ``high`` by code points; JSON numbers between the same as numbers."""

    field: str
    analysed: bool
    low: str | None
    high: str | None
    includes_low: bool
    includes_high: bool
    low_number: float | None
    high_number: float | None


@dataclass(frozen=True, slots=True)
class NumberBetween:
    """A number from ``low`` to ``high``; None is open."""

    field: str
    low: float | None
    high: float | None
    includes_low: bool
    includes_high: bool


@dataclass(frozen=True, slots=True)
class DateBetween:
    """A date from ``low`` to ``high``, both included, in milliseconds since 1970."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Exists:
    """The field holds something."""

    field: str


@dataclass(frozen=True, slots=True)
class Everything:
    """Every document."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No document."""


@dataclass(frozen=True, slots=True)
class Combined:
    """All required clauses, no prohibited one, and one of the others if nothing is required; in the query's order."""

    clauses: tuple[tuple[Modifier, "Plan"], ...]

    def clauses_of(self, modifier: Modifier) -> tuple["Plan", ...]:
        """The clauses that count in one way."""
        return tuple(plan for each, plan in self.clauses if each is modifier)


Plan = (
    Tokens
    | TokenPhrase
    | Exact
    | Fitting
    | Between
    | NumberBetween
    | DateBetween
    | Exists
    | Everything
    | Nothing
    | Combined
)


def make_plan(query: Query, fields: FieldPreset) -> Plan:
    """What a query asks of documents of these fields.  Raises QueryError where a server would refuse it."""
    root = _Planner(query.text, fields).group(query.root) if query.root else None
    return root or Nothing()


@dataclass(frozen=True, slots=True)
class _Planner:
    query: str
    fields: FieldPreset

    def group(self, group: Group) -> Plan | None:
        """The plan of a group; None where the analysis left none of it."""
        placed: list[tuple[Modifier, Plan]] = []
        alone: Plan | None = None
        for index, clause in enumerate(group.clauses):
            if clause.joined and placed and placed[-1][0] is Modifier.NONE:
                placed[-1] = (Modifier.REQUIRED, placed[-1][1])
            plan = self.part(clause.part)
            if plan is None:
                continue
            if index == 0 and clause.modifier is Modifier.NONE:
                alone = plan
            joined = clause.joined and clause.modifier is Modifier.NONE
            modifier = Modifier.REQUIRED if joined else clause.modifier
            placed.extend((modifier, each) for each in _spread(clause.part, plan))
        self._check_count(len(placed), group.at)
        if len(placed) == 1 and alone is not None:
            return alone
        return _combine(placed)

    def part(self, part: Part) -> Plan | None:
        if isinstance(part, Group):
            return self.group(part)
        if isinstance(part, Wildcard) and part.pattern == "*":
            return Everything() if part.field == "*" else Exists(part.field)
        self._check_name(part.field, part.at)
        if isinstance(part, Term | Words | Phrase):
            return self._text(part)
        if isinstance(part, Range):
            return self._range(part)
        return self._pattern(part)

    def _text(self, part: Term | Words | Phrase) -> Plan | None:
        field = part.field
        if field == "_exists_":
            self._check_name(part.text, part.at)
            return Exists(part.text)
        if not isinstance(part, Phrase) and (found := _COMPARISON.fullmatch(part.text)):
            return self._range(_comparison(part, found[1], found[2]))
        kind = self.fields.kind(field)
        if kind is FieldKind.NUMBER:
            value = self._number(part.text, part.at)
            return NumberBetween(field, value, value, includes_low=True, includes_high=True)
        if kind is FieldKind.DATE:
            return DateBetween(field, *self._date(part.text, part.at))
        if kind is FieldKind.EXACT:
            return Exact(field, part.text, _as_number(part.text))
        found_tokens = tuple(tokens(part.text))
        if not found_tokens:
            return None
        if isinstance(part, Phrase) and len(found_tokens) > 1:
            if part.slop and len(found_tokens) > MAX_MOVED_WORDS:
                most = f"more than {MAX_MOVED_WORDS} words"
                self._fail(f"~ behind a phrase of {most} is not supported here; shorten it", part.at)
            return TokenPhrase(field, found_tokens, part.slop)
        self._check_count(len(found_tokens), part.at)
        return Tokens(field, found_tokens, _as_number(part.text))

    def _range(self, part: Range) -> Plan:
        kind = self.fields.kind(part.field)
        low, high = part.low, part.high
        if kind is FieldKind.NUMBER:
            least, most = (None if bound is None else self._number(bound, part.at) for bound in (low, high))
            return NumberBetween(part.field, least, most, part.includes_low, part.includes_high)
        if kind is FieldKind.DATE:
            return self._date_range(part)
        least, most = (None if bound is None else _as_number(bound) for bound in (low, high))
        analysed = kind is FieldKind.TEXT
        if analysed:
            low, high = (None if bound is None else lower_case(bound) for bound in (low, high))
        return Between(part.field, analysed, low, high, part.includes_low, part.includes_high, least, most)

    def _date_range(self, part: Range) -> Plan:
        """An excluded bound excludes all of the day, or whatever it names; an included one includes all of it."""
        low = high = None
        if part.low is not None:
            first, last = self._date(part.low, part.at)
            low = first if part.includes_low else last + 1
        if part.high is not None:
            first, last = self._date(part.high, part.at)
            high = last if part.includes_high else first - 1
        return DateBetween(part.field, low, high)

    def _pattern(self, part: Prefix | Wildcard | Regexp | Fuzzy) -> Plan:
        kind = self.fields.kind(part.field)
        if kind in (FieldKind.NUMBER, FieldKind.DATE):
            self._fail(f"{part.field} holds no text; compare it with a value or a range", part.at)
        analysed = kind is FieldKind.TEXT
        if isinstance(part, Wildcard):
            return Fitting(part.field, part.pattern, analysed, wildcard(part.pattern, lower=analysed))
        if isinstance(part, Regexp):
            try:
                return Fitting(part.field, f"/{part.pattern}/", analysed, regexp(part.pattern))
            except RegexpError as error:
                self._fail(f"{error}, or quote the value if no regular expression is meant", part.at)
        text = lower_case(part.text) if analysed else part.text
        if isinstance(part, Prefix):
            return Fitting(part.field, f"{text}*", analysed, partial(_begins, text))
        edits = automatic_edits(text) if part.edits is None else int(min(part.edits, MAX_EDITS))
        return Fitting(part.field, f"{text}~{edits}", analysed, fuzzy(text, edits))

    def _number(self, text: str, at: int) -> float:
        number = _as_number(text)
        if number is None:
            self._fail(f'"{text}" is no number, and the field holds numbers', at)
        if not -_LONGS <= number < _LONGS:
            self._fail(f'"{text}" is not supported here, as most servers refuse so large a number', at)
        return number

    def _date(self, text: str, at: int) -> tuple[int, int]:
        found = dates.span(text)
        if found is None:
            self._fail(f'"{text}" is no date that is supported here; write it as 2026-11-21T10:00:00Z or shorter', at)
        return found

    def _check_name(self, field: str, at: int) -> None:
        if field in _SERVERS_OWN:
            self._fail(f"{field} is not supported here: it is the server's own and in no document; leave it out", at)
        if "*" in field:
            self._fail("patterns of field names are not supported here; name each field, joined with OR", at)

    def _check_count(self, count: int, at: int) -> None:
        if count > MAX_CLAUSES:
            self._fail(f"more than {MAX_CLAUSES} clauses in one group; split the query", at)

    def _fail(self, message: str, at: int) -> NoReturn:
        raise QueryError(message, self.query, at)


def _spread(part: Part, plan: Plan) -> list[Plan]:
    """Bare words in a row are clauses of their own again once they are analysed."""
    if isinstance(part, Words) and isinstance(plan, Tokens):
        return [Tokens(plan.field, (token,)) for token in plan.tokens]
    return [plan]


def _combine(placed: list[tuple[Modifier, Plan]]) -> Plan | None:
    if placed and all(modifier is Modifier.PROHIBITED for modifier, _ in placed):
        placed = [*placed, (Modifier.REQUIRED, Everything())]
    return Combined(tuple(placed)) if placed else None


def _comparison(part: Term | Words, sign: str, bound: str) -> Range:
    value = None if bound == "*" else bound
    low, high = (value, None) if sign[0] == ">" else (None, value)
    included = sign.endswith("=")
    return Range(part.field, low, high, included or low is None, included or high is None, part.at)


def _as_number(text: str) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return int(text)
    except ValueError:
        return float(text)


def _begins(prefix: str, string: str) -> bool:
    return string.startswith(prefix)
