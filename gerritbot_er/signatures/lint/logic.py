"""Queries that match everything, nothing, or not what their operators seem to say: rules of lint; pure."""

import re
from collections.abc import Iterator
from itertools import combinations

from gerritbot_er.signatures.clauses import Condition, Counts
from gerritbot_er.signatures.lucene.plan import Exact, NumberBetween, TokenPhrase, Tokens
from gerritbot_er.signatures.lucene.syntax import DEFAULT_FIELD, Group, Phrase, Term

from .implication import implies, matches_all
from .remarks import Level, Remark
from .words import TRACEBACK

_TELLS_LINES_APART = frozenset({DEFAULT_FIELD, "loglevel", "module", "syslog_program", "test_name", "test_status"})
"""Fields that tell lines of one file apart; all others are the same for a whole file or build."""

_COMMON = frozenset(
    {"error", "errors", "err", "failed", "failure", "fail", "exception", "traceback", "warning", "critical", "fatal"}
)
_MOST_COMPARED = 40
"""Clauses of a group that are compared with each other; people write fewer."""
_FILE_NAME = re.compile(r"[\w./-]+\.\w+")


def logic(query: Condition, *, narrowed: bool = False, alone: bool = True) -> Iterator[Remark]:
    """What is wrong with the sense of a query.

    ``narrowed``: the signature's scope names the results it is for; ``alone``: it is all that the signature asks.
    """
    core = _unwrapped(query)
    alarm = _matches_everything(core) or _matches_nothing(core) or _no_line(core, narrowed=narrowed)
    if alarm:
        yield alarm
    elif alone:
        yield from _too_general(query)
    for group in query.groups():
        if not (alarm and group is core):
            yield from _without_effect(group)
        yield from _said_twice(group)


def _unwrapped(query: Condition) -> Condition:
    """The query without parentheses around the whole of it."""
    alone = [each for each in query.inner if not each.vanishes]
    within = len(alone) == 1 and alone[0].inner and alone[0].counts is not Counts.PROHIBITED
    return _unwrapped(alone[0]) if within else query


def _of(group: Condition, *counts: Counts) -> list[Condition]:
    return [each for each in group.inner if each.counts in counts and not each.vanishes]


def _whole(query: Condition, level: Level, rule: str, message: str, mended: str | None = None) -> Remark:
    return Remark(level, rule, message, query.start, query.end, mended)


def _matches_everything(query: Condition) -> Remark | None:
    wanted = _of(query, Counts.REQUIRED, Counts.OPTIONAL)
    unwanted = _of(query, Counts.PROHIBITED)
    if unwanted and all(matches_all(each.plan) for each in wanted):
        said = "it says only what a line must not hold, so that nearly every line is matched; say what it must hold"
        return _whole(query, Level.ERROR, "only-negative", said)
    if query.vanishes or not matches_all(query.plan):
        return None
    alone = [each for each in wanted if matches_all(each.plan)]
    place = alone[0] if alone else query
    said = f"{place.text} is matched by every line; say what the line of this bug holds"
    return Remark(Level.ERROR, "matches-everything", said, place.start, place.end)


def _matches_nothing(query: Condition) -> Remark | None:
    if query.vanishes:
        said = "there is no word in it: punctuation is left out of the search, so that nothing is matched; add words"
        return _whole(query, Level.ERROR, "matches-nothing", said)
    return _impossible(query)


def _impossible(condition: Condition) -> Remark | None:
    """Why no document can fit; None where one may."""
    required = _of(condition, Counts.REQUIRED)[:_MOST_COMPARED]
    for one in required:
        for other in _of(condition, Counts.PROHIBITED)[:_MOST_COMPARED]:
            if implies(one.plan, other.plan):
                said = f"{other.text} is excluded, and wherever {one.text} is, it is too: nothing is matched"
                return Remark(Level.ERROR, "matches-nothing", said, other.start, other.end)
    for one, other in combinations(required, 2):
        if _never_together(one, other):
            said = f"no line can have both {one.text} and {other.text}: nothing is matched; write OR, in parentheses"
            mended = f"({one.text} OR {other.text})"
            return Remark(Level.ERROR, "matches-nothing", said, other.start, other.end, mended)
    inner = [_impossible(each) for each in required]
    if not required:
        inner = [_impossible(each) for each in _of(condition, Counts.OPTIONAL)]
        if not all(inner):
            return None
    return next(filter(None, inner), None)


def _never_together(one: Condition, other: Condition) -> bool:
    """Whether a field that holds one value would have to hold two."""
    a, b = one.plan, other.plan
    if isinstance(a, NumberBetween) and isinstance(b, NumberBetween):
        return a.field == b.field and a.low == a.high and b.low == b.high and a.low != b.low
    if not (isinstance(one.part, Phrase | Term) and isinstance(other.part, Phrase | Term)):
        return False
    if one.field != other.field or one.part.text == other.part.text:
        return False
    if isinstance(a, Exact) and isinstance(b, Exact):
        return a.field != "tags"
    if one.field == "build_status" and isinstance(a, Tokens) and isinstance(b, Tokens):
        return not set(a.tokens) & set(b.tokens)
    names = one.part.text, other.part.text
    return (
        one.field == "filename"
        and all(_FILE_NAME.fullmatch(name) for name in names)
        and not (implies(a, b) or implies(b, a))
    )


def _asks_about_the_line(condition: Condition) -> bool:
    """Whether each match has something in its line that the query names."""
    if not isinstance(condition.part, Group):
        return not matches_all(condition.plan) and condition.field.removesuffix(".keyword") in _TELLS_LINES_APART
    required = _of(condition, Counts.REQUIRED)
    if required:
        return any(map(_asks_about_the_line, required))
    optional = _of(condition, Counts.OPTIONAL)
    return bool(optional) and all(map(_asks_about_the_line, optional))


def _wishes_for_the_line(condition: Condition) -> bool:
    """Whether it names something of the line, be it to no effect."""
    if condition.inner:
        return any(map(_wishes_for_the_line, _of(condition, Counts.REQUIRED, Counts.OPTIONAL)))
    return _asks_about_the_line(condition)


def _no_line(query: Condition, *, narrowed: bool) -> Remark | None:
    if _asks_about_the_line(query):
        return None
    if not _wishes_for_the_line(query):
        said = "it asks about files and builds only, never about a line: every line there is matched; add a message"
        return None if narrowed else _whole(query, Level.WARNING, "no-message", said)
    enough = _enough(query)
    said = (
        f"{enough.text} alone is enough here, with no AND between it and the message: every such line is matched; "
        "join them with AND"
    )
    return Remark(Level.ERROR, "missing-and", said, enough.start, enough.end, _with_and(query), whole=True)


def _enough(group: Condition) -> Condition:
    """The clause that lets lines through whatever they say, in the group where the message stands beside it."""
    clauses = _of(group, Counts.REQUIRED) or _of(group, Counts.OPTIONAL)
    silent = [each for each in clauses if not _asks_about_the_line(each)]
    mixed = [each for each in silent if _wishes_for_the_line(each)]
    return _enough(mixed[0]) if mixed else silent[0]


def _with_and(query: Condition) -> str | None:
    """The query with the line's clauses and the others joined by AND; None where that is not plain."""
    if _of(query, Counts.REQUIRED):
        return None
    kinds: dict[str, list[Condition]] = {}
    for each in _of(query, Counts.OPTIONAL):
        fields = {leaf.field for leaf in each.leaves()}
        if len(fields) > 1:
            return None
        kinds.setdefault(fields.pop(), []).append(each)
    joined = [_or_of(clauses) for clauses in kinds.values()]
    return " AND ".join([*joined, *(f"NOT {each.text}" for each in _of(query, Counts.PROHIBITED))])


def _or_of(clauses: list[Condition]) -> str:
    text = " OR ".join(" ".join(each.text.split()) for each in clauses)
    return f"({text})" if len(clauses) > 1 else text


def _too_general(query: Condition) -> Iterator[Remark]:
    asked = [leaf for leaf in query.leaves() if _asks_about_the_line(leaf)]
    if len(asked) != 1:
        return
    [one] = asked
    common = isinstance(one.plan, Tokens) and set(one.plan.tokens) <= _COMMON
    if common or (isinstance(one.plan, TokenPhrase) and one.plan.tokens == TRACEBACK):
        said = f"{one.text} is in the logs of nearly every failed build; say more of what the line of this bug holds"
        yield Remark(Level.WARNING, "too-general", said, one.start, one.end)


def _without_effect(group: Condition) -> Iterator[Remark]:
    required, optional = _of(group, Counts.REQUIRED), _of(group, Counts.OPTIONAL)
    if not required or not optional or all(matches_all(each.plan) for each in required):
        return
    for each in optional:
        neighbour = _neighbour(group, each)
        said = (
            f"{each.text} is of no consequence: beside clauses with AND, one without it decides nothing; "
            "use parentheses, or write AND"
        )
        if neighbour is None:
            yield Remark(Level.WARNING, "no-consequence", said, each.start, each.end)
        else:
            mended = f"({neighbour.text} OR {each.text})"
            yield Remark(Level.WARNING, "no-consequence", said, neighbour.start, each.end, mended)


def _neighbour(group: Condition, clause: Condition) -> Condition | None:
    """The clause before it, where the two are surely meant as alternatives: of one field, and the one before not."""
    at = group.inner.index(clause)
    before = group.inner[at - 1] if at else None
    if before is None or isinstance(before.part, Group) or isinstance(clause.part, Group):
        return None
    others = {leaf.field for each in group.inner[: at - 1] for leaf in each.leaves()}
    same = before.field == clause.field and before.counts is Counts.REQUIRED
    return before if same and before.field not in others else None


def _said_twice(group: Condition) -> Iterator[Remark]:
    """Alternatives of which one is matched by all that the other matches; conditions that another one has in it."""
    required = _of(group, Counts.REQUIRED)
    kinds = (required, [] if required else _of(group, Counts.OPTIONAL))
    for clauses, wider_goes in zip(kinds, (True, False), strict=True):
        gone: set[int] = set()
        telling = [each for each in clauses[:_MOST_COMPARED] if not matches_all(each.plan)]
        for one, other in combinations(telling, 2):
            for narrow, wide in ((one, other), (other, one)):
                if gone & {narrow.start, wide.start}:
                    continue
                if implies(narrow.plan, wide.plan):
                    idle = wide if wider_goes else narrow
                    rest = narrow if wider_goes else wide
                    gone.add(idle.start)
                    said = f"{idle.text} adds nothing to {rest.text}; leave it out"
                    yield Remark(Level.HINT, "said-twice", said, idle.start, idle.end)
