"""What one query's plan says of another's: whether each document of the one is one of the other; pure.

The answers are cautious: "no" may also mean that it is not known.
"""

from gerritbot_er.signatures.lucene.plan import (
    Combined,
    Everything,
    Exact,
    Exists,
    Fitting,
    Nothing,
    NumberBetween,
    Plan,
    TokenPhrase,
    Tokens,
)
from gerritbot_er.signatures.lucene.syntax import Modifier

ALWAYS_THERE = frozenset({"message", "filename", "tags", "@timestamp", "build_name", "build_uuid", "build_status"})
"""Fields that every document has."""

_SOME_WORDS = ("0", "a", "error", "nova.compute", "zqxj_9")


def implies(one: Plan, other: Plan) -> bool:
    """Whether whatever the first plan matches is matched by the second."""
    if isinstance(one, Nothing) or one == other or matches_all(other):
        return True
    if isinstance(other, Combined) and _all_of(one, other):
        return True
    if isinstance(one, Combined):
        required = one.clauses_of(Modifier.REQUIRED)
        if required:
            return any(implies(each, other) for each in required)
        return all(implies(each, other) for each in one.clauses_of(Modifier.NONE))
    return _leaf_implies(one, other)


def _all_of(one: Plan, other: Combined) -> bool:
    """Whether the first plan is sure to have all that a combined one asks for."""
    for each in other.clauses_of(Modifier.PROHIBITED):
        if not (isinstance(one, Combined) and each in one.clauses_of(Modifier.PROHIBITED)) and not _never_both(
            one, each
        ):
            return False
    required = other.clauses_of(Modifier.REQUIRED)
    if required:
        return all(implies(one, each) for each in required)
    return any(implies(one, each) for each in other.clauses_of(Modifier.NONE))


def _never_both(one: Plan, other: Plan) -> bool:
    """Whether no document is matched by both, as far as is plain to see."""
    return isinstance(one, Combined) and any(implies(other, each) for each in one.clauses_of(Modifier.PROHIBITED))


def _leaf_implies(one: Plan, other: Plan) -> bool:
    match one, other:
        case TokenPhrase(slop=0), TokenPhrase():
            return one.field == other.field and _holds(one.tokens, other.tokens)
        case (TokenPhrase(), Tokens()) if one.field == other.field:
            return any(token in one.tokens for token in other.tokens)
        case Tokens(), Tokens():
            return one.field == other.field and one.number == other.number and set(one.tokens) <= set(other.tokens)
        case (TokenPhrase() | Tokens(), Fitting(analysed=True)) if one.field == other.field:
            every = all if isinstance(one, Tokens) else any
            return every(other.test(token) for token in one.tokens)
        case Exact(), Fitting(analysed=False):
            return one.field == other.field and other.test(one.text)
        case (Tokens() | TokenPhrase() | Exact() | Fitting() | NumberBetween(), Exists()):
            return one.field == other.field
    return False


def _holds(tokens: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether the wanted tokens stand in the others one after the other."""
    return any(tokens[at : at + len(wanted)] == wanted for at in range(len(tokens) - len(wanted) + 1))


def matches_all(plan: Plan) -> bool:
    """Whether every log document is matched."""
    match plan:
        case Everything():
            return True
        case Exists():
            return plan.field in ALWAYS_THERE
        case Fitting(analysed=True, field="message"):
            return all(map(plan.test, _SOME_WORDS))
        case Combined():
            if plan.clauses_of(Modifier.PROHIBITED):
                return False
            required = plan.clauses_of(Modifier.REQUIRED)
            if required:
                return all(map(matches_all, required))
            return any(map(matches_all, plan.clauses_of(Modifier.NONE)))
    return False
