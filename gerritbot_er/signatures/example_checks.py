"""The examples of a signature file, run offline: which hold, and which clause is to blame for the others; pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from gerritbot_er.model import Compound, Document, Example, Signature

from .clauses import Condition, Counts, conditions
from .compound import Chosen, Decision, Undecided
from .examples import judge_example
from .library import Library
from .lint.remarks import listed
from .lucene import FieldPreset, Query, compile_query, parse
from .lucene.syntax import Clause, Group
from .parts import Role, parts_of

MATCH, NO_MATCH = "match", "no-match"


@dataclass(frozen=True, slots=True)
class ExampleCheck:
    """One example: ``key`` and ``number`` tell its place in the file, ``why`` the reason where it fails."""

    key: str
    number: int
    passed: bool
    why: str = ""


def check_examples(signature: Signature, fields: FieldPreset) -> list[ExampleCheck]:
    """Each example in the file's order."""
    library = Library([signature], fields)
    checks = []
    for key, examples in ((MATCH, signature.examples.match), (NO_MATCH, signature.examples.no_match)):
        for number, example in enumerate(examples):
            decision = judge_example(signature, example, library)
            passed = isinstance(decision, Chosen) is (key == MATCH)
            why = "" if passed else _why(signature, example, fields, decision)
            checks.append(ExampleCheck(key, number, passed, why))
    return checks


def _why(signature: Signature, example: Example, fields: FieldPreset, decision: Decision) -> str:
    if signature.compound is not None:
        return _why_compound(signature, example, fields, decision)
    query = conditions(parse(signature.query or ""), fields)
    if query is None:
        return "the query is blank"
    if isinstance(decision, Chosen):
        matched = next((line for line in example if _holds(query, line, fields)), example[0])
        found = _matched(query, matched, fields)
        return f"{listed(found)} {'is' if len(found) == 1 else 'are'} in it"
    nearest = min((_lacking(query, line, fields) for line in example), key=len)
    return "; ".join(nearest)


def _why_compound(signature: Signature, example: Example, fields: FieldPreset, decision: Decision) -> str:
    if isinstance(decision, Chosen):
        return f"these lines belong together: {listed(line.message for line in decision.lines)}"
    found = {part: any(_holds_query(part.query, line, fields) for line in example) for part in parts_of(signature)}
    missing = [part.query for part, there in found.items() if part.role is Role.ALL and not there]
    if missing:
        return f"no line of it has {listed(missing)}"
    alternatives = [part for part in found if part.role is Role.ANY]
    if alternatives and not any(found[part] for part in alternatives):
        return f"no line of it has any of {listed(part.query for part in alternatives)}"
    unwanted = [part.query for part, there in found.items() if part.role is Role.NONE and there]
    if unwanted and not isinstance(decision, Undecided):
        return f"a line of it has {listed(unwanted)}"
    if isinstance(decision, Undecided):
        return f"it has a line for each query, but a line of {decision.file} has no time to compare"
    rules = signature.compound or Compound()
    asked = [("within", rules.within), ("same", rules.same), ("ordered", rules.ordered)]
    broken = listed(name for name, rule in asked if rule)
    return f"it has a line for each query, but they do not go together as {broken} asks"


def _holds_query(query: str, line: Document, fields: FieldPreset) -> bool:
    return compile_query(parse(query), fields).matches(line)


def _holds(condition: Condition, line: Document, fields: FieldPreset) -> bool:
    alone = Query(condition.text, Group((Clause(condition.part),), 0))
    return compile_query(alone, fields).matches(line)


def _of(group: Condition, counts: Counts) -> list[Condition]:
    return [each for each in group.inner if each.counts is counts and not each.vanishes]


def _lacking(query: Condition, line: Document, fields: FieldPreset) -> list[str]:
    """What keeps a line from being matched, in the words of the query's clauses."""
    required = [each for each in _of(query, Counts.REQUIRED) if not _holds(each, line, fields)]
    told = [f"{each.text} is not in it" for each in required]
    if not _of(query, Counts.REQUIRED):
        optional = _of(query, Counts.OPTIONAL)
        if optional and not any(_holds(each, line, fields) for each in optional):
            one = len(optional) == 1
            told.append(f"{optional[0].text} is not in it" if one else f"none of {listed(_texts(optional))} is in it")
    unwanted = [each for each in _of(query, Counts.PROHIBITED) if _holds(each, line, fields)]
    return [*told, *(f"{each.text} is in it, and is excluded" for each in unwanted)]


def _matched(query: Condition, line: Document, fields: FieldPreset) -> list[str]:
    wanted = _of(query, Counts.REQUIRED) or _of(query, Counts.OPTIONAL)
    return [each.text for each in wanted if _holds(each, line, fields)] or [query.text]


def _texts(clauses: Iterable[Condition]) -> list[str]:
    return [each.text for each in clauses]
