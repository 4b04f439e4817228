"""What a signature asks for but one thing: weaker forms of it, to tell which part of it a build lacks; pure.

A form that matches where the signature does not shows a near miss, whichever log store was asked.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from gerritbot_er.model import Compound, Signature, Within

from .clauses import Condition, Counts, conditions
from .lucene import FieldPreset, QueryError, parse
from .lucene.syntax import DEFAULT_FIELD

_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Weaker:
    """A signature without one of its conditions; ``lacks`` says what a build lacks that only this form matches.

    ``kept`` counts the conditions that are left.
    """

    signature: Signature
    lacks: str
    kept: int


def weaker(signature: Signature, fields: FieldPreset) -> Sequence[Weaker]:
    """The forms of a signature with one condition less, the nearest first; each has a name of its own."""
    if signature.compound is not None:
        found = list(_of_compound(signature.compound))
        compounds = [(Signature("", compound=compound, capture=signature.capture), why) for compound, why in found]
        return _named(signature, compounds, kept=len(found) - 1)
    try:
        query = conditions(parse(signature.query or ""), fields)
    except QueryError:
        return ()
    required, prohibited = _clauses(query.inner) if query else ((), ())
    queries = [(Signature("", text), why) for text, why in _of_query(required, prohibited)]
    return _named(signature, queries, kept=len(required) + len(prohibited) - 1)


def _named(signature: Signature, forms: Iterable[tuple[Signature, str]], kept: int) -> Sequence[Weaker]:
    """No signature's name holds a line break, see ``signature_of``."""
    return [
        Weaker(replace(form, name=f"{signature.name}\n{number}"), why, kept) for number, (form, why) in enumerate(forms)
    ]


def _clauses(inner: Iterable[Condition]) -> tuple[Sequence[Condition], Sequence[Condition]]:
    """What has to be met, and what must not: that of groups in parentheses as well, where all of it counts."""
    counted = [clause for clause in inner if not clause.vanishes]
    required = [clause for clause in counted if clause.counts is Counts.REQUIRED]
    prohibited = [clause for clause in counted if clause.counts is Counts.PROHIBITED]
    optional = [clause for clause in counted if clause.counts is Counts.OPTIONAL]
    if not required and len(optional) == 1:
        required = optional
    found: list[Condition] = []
    for clause in required:
        within = _clauses(clause.inner) if clause.text.startswith("(") else ((), ())
        found += within[0] or [clause]
        prohibited += within[1]
    return found, prohibited


def _of_query(required: Sequence[Condition], prohibited: Sequence[Condition]) -> Iterator[tuple[str, str]]:
    """A clause that looks at the message has to be left, since every line of a file has the rest.

    What is left has to say as much as what is left out: a short common word alone is near to nothing.
    """
    if prohibited and any(map(_reads_message, required)):
        yield _all_of(required, ()), f"{_listed(prohibited, 'or')} is in it, and is excluded"
    for left_out in required:
        others = [clause for clause in required if clause is not left_out]
        if any(map(_reads_message, others)) and sum(map(_weight, others)) >= _weight(left_out):
            yield _all_of(others, prohibited), f"{_short(left_out.text)} is not in it"


def _all_of(required: Iterable[Condition], prohibited: Iterable[Condition]) -> str:
    wanted = " AND ".join(f"({clause.text})" for clause in required)
    return "".join((wanted, *(f" AND NOT ({clause.text})" for clause in prohibited)))


def _reads_message(clause: Condition) -> bool:
    return any(leaf.field == DEFAULT_FIELD for leaf in clause.leaves())


def _weight(clause: Condition) -> int:
    """Characters of what it asks of the message; of alternatives the shortest counts."""
    asked = (leaf.text for leaf in clause.leaves() if leaf.field == DEFAULT_FIELD)
    return min((len(text.removeprefix(f"{DEFAULT_FIELD}:").strip('"')) for text in asked), default=0)


def _of_compound(compound: Compound) -> Iterator[tuple[Compound, str]]:
    """Where all lines are there, what holds between them; else each line that may lack."""
    if compound.none_of:
        yield replace(compound, none_of=()), f"a line that must not be there is there: {_any(compound.none_of)}"
    if compound.within:
        yield replace(compound, within=None), f"nothing shows that the lines are within {_distance(compound.within)}"
    if compound.ordered:
        yield replace(compound, ordered=False), "nothing shows that the lines are in this order"
    if compound.same:
        yield replace(compound, same=()), f"the lines are not all of the same {' and '.join(compound.same)}"
    if len(compound.all_of) + bool(compound.any_of) > 1:
        for number, query in enumerate(compound.all_of):
            others = compound.all_of[:number] + compound.all_of[number + 1 :]
            yield replace(compound, all_of=others), f"no line that belongs to these has {_short(query)}"
        if compound.any_of:
            yield replace(compound, any_of=()), f"no line that belongs to these has {_any(compound.any_of)}"


def _distance(within: Within) -> str:
    return f"{within.seconds:g} s" if within.seconds is not None else f"{within.lines} lines"


def _listed(clauses: Iterable[Condition], word: str) -> str:
    return f" {word} ".join(_short(clause.text) for clause in clauses)


def _any(queries: Iterable[str]) -> str:
    return " or ".join(map(_short, queries))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
