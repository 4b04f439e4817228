"""The clauses of a query with their place in its text and with how each counts there; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from .lucene import FieldPreset, Query
from .lucene.lexer import Kind, Token, tokenize
from .lucene.plan import MAX_CLAUSES, Combined, Everything, Nothing, Plan, make_plan
from .lucene.syntax import Clause, Group, Modifier, Part, Range, Words

_SUFFIXES = frozenset({Kind.FUZZY, Kind.BOOST})
_TAKES_THE_LAST_WORD = frozenset({Kind.COLON, Kind.STAR, Kind.FUZZY, Kind.BOOST, Kind.AND, Kind.OR})


class Counts(Enum):
    """How a clause counts in its group."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    PROHIBITED = "prohibited"


_COUNTS = {
    Modifier.NONE: Counts.OPTIONAL,
    Modifier.REQUIRED: Counts.REQUIRED,
    Modifier.PROHIBITED: Counts.PROHIBITED,
}
_MODIFIERS = {counts: modifier for modifier, counts in _COUNTS.items()}


@dataclass(frozen=True, slots=True)
class Condition:
    """One clause: from ``start`` to ``end`` in the query's text, and what it asks of a document.

    ``inner`` are the clauses of a group.  The plan of a clause without any word is Nothing: it vanishes.
    """

    part: Part
    counts: Counts
    plan: Plan
    start: int
    end: int
    text: str
    inner: tuple["Condition", ...] = ()
    joined: bool = False

    @property
    def field(self) -> str:
        """The field it looks into; "" for a group."""
        return "" if isinstance(self.part, Group) else self.part.field

    @property
    def vanishes(self) -> bool:
        """Whether nothing of it is left for the search."""
        return isinstance(self.plan, Nothing)

    def leaves(self) -> Iterator["Condition"]:
        """The clauses in it that are no groups, itself if it is none."""
        if not isinstance(self.part, Group):
            yield self
        for each in self.inner:
            yield from each.leaves()

    def groups(self) -> Iterator["Condition"]:
        """Itself and the groups in it, if it is one."""
        if isinstance(self.part, Group):
            yield self
        for each in self.inner:
            yield from each.groups()


def conditions(query: Query, fields: FieldPreset) -> Condition | None:
    """The whole query as one group; None for a blank one.  Raises QueryError where a server refuses it."""
    if query.root is None:
        return None
    inner = _Reader(query.text, fields).clauses(query.root)
    whole = Condition(query.root, Counts.REQUIRED, _together(inner), 0, len(query.text), query.text, inner)
    if any(len(group.inner) > MAX_CLAUSES for group in whole.groups()):
        make_plan(query, fields)
    return whole


def _together(inner: Sequence[Condition]) -> Plan:
    """The plan of a group, made of those of its clauses."""
    placed = [(_MODIFIERS[each.counts], each.plan) for each in inner if not each.vanishes]
    if not placed:
        return Nothing()
    if len(placed) == 1 and placed[0][0] is not Modifier.PROHIBITED:
        return placed[0][1]
    if all(modifier is Modifier.PROHIBITED for modifier, _ in placed):
        placed.append((Modifier.REQUIRED, Everything()))
    return Combined(tuple(placed))


class _Reader:
    """Finds each clause's tokens by the place of its first one."""

    def __init__(self, text: str, fields: FieldPreset) -> None:
        self._text = text
        self._fields = fields
        self._tokens: list[Token] = list(tokenize(text))
        self._index = {token.at: index for index, token in enumerate(self._tokens)}

    def clauses(self, group: Group) -> tuple[Condition, ...]:
        """The clauses; an AND makes those on both of its sides required, unless they are prohibited."""
        found: list[Condition] = []
        before: int | None = None
        for clause in group.clauses:
            if clause.joined and before is not None and found[before].counts is Counts.OPTIONAL:
                found[before] = replace(found[before], counts=Counts.REQUIRED)
            each = self._condition(clause)
            if not each.vanishes:
                before = len(found)
            found.append(each)
        return tuple(found)

    def _condition(self, clause: Clause) -> Condition:
        part = clause.part
        first, last = self._group(part) if isinstance(part, Group) else self._leaf(part)
        start, end = self._tokens[first].at, self._tokens[last].at + len(self._tokens[last].image)
        inner = self.clauses(part) if isinstance(part, Group) else ()
        alone = Query(self._text, Group((Clause(part),), part.at))
        plan = _together(inner) if isinstance(part, Group) else make_plan(alone, self._fields)
        counts = _COUNTS[clause.modifier]
        if clause.joined and counts is Counts.OPTIONAL:
            counts = Counts.REQUIRED
        return Condition(part, counts, plan, start, end, self._text[start:end], inner, clause.joined)

    def _group(self, group: Group) -> tuple[int, int]:
        """The first and last token of a pair of parentheses with its field; a group begins behind its bracket."""
        opened = self._index[group.at] - 1
        depth, last = 1, opened
        while depth:
            last += 1
            depth += {Kind.OPEN: 1, Kind.CLOSE: -1}.get(self._tokens[last].kind, 0)
        return self._with_field(opened), self._with_suffix(last)

    def _leaf(self, part: Part) -> tuple[int, int]:
        first = last = self._index[part.at]
        if isinstance(part, Range):
            while self._tokens[last].kind is not Kind.RANGE_CLOSE:
                last += 1
        if isinstance(part, Words):
            while self._kind(last + 1) is Kind.TERM and self._kind(last + 2) not in _TAKES_THE_LAST_WORD:
                last += 1
        return self._with_field(first), self._with_suffix(last)

    def _with_field(self, first: int) -> int:
        named = first >= 2 and self._kind(first - 1) is Kind.COLON  # noqa: PLR2004 - the field and its colon
        return first - 2 if named else first

    def _with_suffix(self, last: int) -> int:
        while self._kind(last + 1) in _SUFFIXES:
            last += 1
        return last

    def _kind(self, index: int) -> Kind:
        return self._tokens[min(index, len(self._tokens) - 1)].kind
