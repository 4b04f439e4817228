"""Which places of a log line a query's words were found at, so that people see why it hit; pure."""

from collections.abc import Iterable, Iterator

from gerritbot_er.signatures.lucene import OPENDEV, QueryError, parse
from gerritbot_er.signatures.lucene.analysis import lower_case, tokens
from gerritbot_er.signatures.lucene.plan import Combined, Fitting, Plan, TokenPhrase, Tokens, make_plan
from gerritbot_er.signatures.lucene.syntax import DEFAULT_FIELD, Modifier

Span = tuple[int, int]
"""Start and end of a place in a line."""

_GAP = 3
"""Characters between two words that are marked as one place."""


def spans(queries: Iterable[str], line: str) -> tuple[Span, ...]:
    """The places of a line where words that these queries ask of the message stand: in order, none within another.

    A query that cannot be read marks nothing; nor does one that the line does not meet in part.
    """
    placed = list(_placed_tokens(line))
    marked: set[int] = set()
    for query in queries:
        try:
            plan = make_plan(parse(query), OPENDEV)
        except QueryError:
            continue
        marked.update(_marked(plan, [token for token, _ in placed]))
    return tuple(_joined(span for number, (_, span) in enumerate(placed) if number in marked))


def _placed_tokens(line: str) -> Iterator[tuple[str, Span]]:
    """The tokens with their places: no token grows or shrinks in lower case, and they do not overlap."""
    lowered = lower_case(line)
    at = 0
    for token in tokens(line):
        start = lowered.find(token, at)
        if start < 0:
            return
        at = start + len(token)
        yield token, (start, at)


def _marked(plan: Plan, words: list[str]) -> Iterator[int]:
    """The numbers of the words that meet a part of the plan that is not prohibited."""
    match plan:
        case Combined():
            for modifier, part in plan.clauses:
                if modifier is not Modifier.PROHIBITED:
                    yield from _marked(part, words)
        case Tokens(field=field) if field == DEFAULT_FIELD:
            yield from (number for number, word in enumerate(words) if word in plan.tokens)
        case TokenPhrase(field=field, slop=0) if field == DEFAULT_FIELD:
            phrase = list(plan.tokens)
            for start in range(len(words) - len(phrase) + 1):
                if words[start : start + len(phrase)] == phrase:
                    yield from range(start, start + len(phrase))
        case TokenPhrase(field=field) if field == DEFAULT_FIELD:
            yield from (number for number, word in enumerate(words) if word in plan.tokens)
        case Fitting(field=field, analysed=True) if field == DEFAULT_FIELD:
            yield from (number for number, word in enumerate(words) if plan.test(word))


def _joined(found: Iterable[Span]) -> Iterator[Span]:
    """Neighbours, such as the words of a phrase, become one place."""
    last: Span | None = None
    for start, end in found:
        if last is not None and start - last[1] <= _GAP:
            last = (last[0], end)
            continue
        if last is not None:
            yield last
        last = (start, end)
    if last is not None:
        yield last
