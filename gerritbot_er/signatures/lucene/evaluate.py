"""Plan → a test of documents: the matcher of one query."""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from . import dates
from .fields import AnalysedDocument, FieldPreset, FieldValues
from .plan import (
    Between,
    Combined,
    DateBetween,
    Everything,
    Exact,
    Exists,
    Fitting,
    Nothing,
    NumberBetween,
    Plan,
    TokenPhrase,
    Tokens,
    make_plan,
)
from .syntax import Modifier, Query

_ValuePlan = Exact | Fitting | Between | NumberBetween | DateBetween | Exists

Test = Callable[[AnalysedDocument], bool]
ValuesTest = Callable[[FieldValues], bool]


@dataclass(frozen=True, slots=True)
class Matcher:
    """A query made ready for documents of one kind; safe to share between threads."""

    query: Query
    fields: FieldPreset
    plan: Plan
    _test: Test

    def matches(self, document: Mapping[str, object] | AnalysedDocument) -> bool:
        """Whether a log document is a hit; pass an AnalysedDocument where many matchers look at the same one."""
        analysed = document if isinstance(document, AnalysedDocument) else AnalysedDocument(document)
        return self._test(analysed)


def compile_query(query: Query, fields: FieldPreset) -> Matcher:
    """Make a query ready to be matched.  Raises QueryError where a server refuses it or we cannot do the same."""
    return compile_plan(query, make_plan(query, fields), fields)


def compile_plan(query: Query, plan: Plan, fields: FieldPreset) -> Matcher:
    """A matcher of this plan, made from the query."""
    return Matcher(query, fields, plan, _Compiler(fields).test(plan))


@dataclass(frozen=True, slots=True)
class _Compiler:
    fields: FieldPreset

    def test(self, plan: Plan) -> Test:
        if isinstance(plan, Combined):
            return self._combined(plan)
        if isinstance(plan, Everything):
            return lambda _: True
        if isinstance(plan, Nothing):
            return lambda _: False
        source = self.fields.source(plan.field)
        if isinstance(plan, Tokens):
            return _tokens(plan, source)
        if isinstance(plan, TokenPhrase):
            return _phrase(plan, source)
        test = self._values_test(plan)
        return lambda document: test(document.values(source))

    def _combined(self, plan: Combined) -> Test:
        required = [self.test(each) for each in sorted(plan.clauses_of(Modifier.REQUIRED), key=_cost)]
        optional = [] if required else [self.test(each) for each in plan.clauses_of(Modifier.NONE)]
        prohibited = [self.test(each) for each in plan.clauses_of(Modifier.PROHIBITED)]

        def test(document: AnalysedDocument) -> bool:
            for each in required:
                if not each(document):
                    return False
            if not required and not any(each(document) for each in optional):
                return False
            return not any(each(document) for each in prohibited)

        return test

    def _values_test(self, plan: _ValuePlan) -> ValuesTest:
        match plan:
            case Exact():
                return self._exact(plan)
            case Fitting():
                return self._fitting(plan)
            case Between():
                return self._between(plan)
            case NumberBetween():
                return lambda values: any(_within(number, plan) for number in _numbers(values))
            case DateBetween():
                return lambda values: any(_meets(value, plan) for value in (*values.strings, *values.numbers))
            case Exists():
                return self._exists(plan)

    def _limit(self, field: str) -> int | None:
        return self.fields.exact_limit if self.fields.source(field) != field else None

    def _exact(self, plan: Exact) -> ValuesTest:
        limit, text, number = self._limit(plan.field), plan.text, plan.number
        if limit is not None:
            return lambda values: text in _indexed(values.strings, limit)
        return lambda values: text in values.strings or (number is not None and number in values.numbers)

    def _strings(self, field: str, *, analysed: bool) -> Callable[[FieldValues], Iterable[str]]:
        if analysed:
            return lambda values: values.positions
        limit = self._limit(field)
        if limit is not None:
            return lambda values: _indexed(values.strings, limit)
        return lambda values: values.strings

    def _fitting(self, plan: Fitting) -> ValuesTest:
        strings, test = self._strings(plan.field, analysed=plan.analysed), plan.test
        return lambda values: any(map(test, strings(values)))

    def _between(self, plan: Between) -> ValuesTest:
        strings = self._strings(plan.field, analysed=plan.analysed)
        numbers = _number_range(plan)
        has_limit = self._limit(plan.field) is not None

        def test(values: FieldValues) -> bool:
            if any(_string_within(string, plan) for string in strings(values)):
                return True
            return not has_limit and numbers is not None and any(_within(n, numbers) for n in values.numbers)

        return test

    def _exists(self, plan: Exists) -> ValuesTest:
        limit = self._limit(plan.field)
        if limit is not None:
            return lambda values: bool(_indexed(values.strings, limit))
        return lambda values: values.present


def _cost(plan: Plan) -> int:
    """Cheap and choosy tests first: long phrases, then words and values, then patterns, then groups."""
    match plan:
        case TokenPhrase():
            return -len(plan.tokens) if plan.slop == 0 else 1
        case Tokens() | Exact():
            return 0
        case Combined():
            return 3
    return 2


def _tokens(plan: Tokens, source: str) -> Test:
    needles, number = [f" {token} " for token in plan.tokens], plan.number
    if number is not None:
        return lambda document: (
            any(needle in document.words[source] for needle in needles) or number in document.values(source).numbers
        )
    if len(needles) > 1:
        return lambda document: any(needle in document.words[source] for needle in needles)
    needle = needles[0]
    return lambda document: needle in document.words[source]


def _phrase(plan: TokenPhrase, source: str) -> Test:
    needle = f" {' '.join(plan.tokens)} "
    if plan.slop == 0:
        return lambda document: needle in document.words[source]
    return lambda document: needle in document.words[source] or _near(plan, document.values(source).positions)


def _near(plan: TokenPhrase, positions: Mapping[str, list[int]]) -> bool:
    """Whether the tokens stand near enough: each keeps its distance to the others but for ``slop`` positions.

    Lucene compares each token's position minus its place in the phrase; a repeated token needs positions of its own.
    """
    if any(token not in positions for token in plan.tokens):
        return False
    places: dict[str, list[int]] = {}
    for place, token in enumerate(plan.tokens):
        places.setdefault(token, []).append(place)
    fewest_first = sorted(places.items(), key=lambda item: len(item[1]))
    start = -len(plan.tokens)
    while True:
        for token, each in fewest_first:
            possible = _next_start(each, positions[token], start, plan.slop)
            if possible is None:
                return False
            if possible > start:
                start = possible
                break
        else:
            return True


def _next_start(places: list[int], positions: list[int], start: int, slop: int) -> int | None:
    """Where a phrase may begin at the earliest, ``start`` or later, as far as one of its tokens tells; None: nowhere.

    Each place of the token wants a position of its own, at most ``slop`` behind where it belongs.
    """
    free = 0
    for place in places:
        index = bisect_left(positions, start + place, free)
        if index == len(positions):
            return None
        if positions[index] > start + place + slop:
            return positions[index] - place - slop
        free = index + 1
    return start


def _indexed(strings: tuple[str, ...], limit: int) -> list[str]:
    return [each for each in strings if len(each) <= limit and len(each.encode("utf-16-le", "replace")) <= 2 * limit]


def _string_within(string: str, plan: Between) -> bool:
    if plan.low is not None and (string < plan.low or (string == plan.low and not plan.includes_low)):
        return False
    return plan.high is None or string < plan.high or (string == plan.high and plan.includes_high)


def _number_range(plan: Between) -> NumberBetween | None:
    """The same range for JSON numbers; None where a bound is no number."""
    for text, number in ((plan.low, plan.low_number), (plan.high, plan.high_number)):
        if text is not None and number is None:
            return None
    return NumberBetween(plan.field, plan.low_number, plan.high_number, plan.includes_low, plan.includes_high)


def _within(number: float, plan: NumberBetween) -> bool:
    if plan.low is not None and (number < plan.low or (number == plan.low and not plan.includes_low)):
        return False
    return plan.high is None or number < plan.high or (number == plan.high and plan.includes_high)


def _numbers(values: FieldValues) -> Iterable[float]:
    """The numbers of a field that is indexed as one; a string is read as a number, as servers do."""
    yield from values.numbers
    for string in values.strings:
        try:
            yield int(string)
        except ValueError:
            try:
                yield float(string)
            except ValueError:
                continue


def _meets(value: str | float, plan: DateBetween) -> bool:
    first = _first_millisecond(value)
    if first is None:
        return False
    return (plan.low is None or first >= plan.low) and (plan.high is None or first <= plan.high)


def _first_millisecond(value: str | float) -> int | None:
    if isinstance(value, str):
        found = dates.span(value)
        return found[0] if found else None
    return int(value) if math.isfinite(value) else None
