"""Which words a log line must hold to be matched by a query, so that most lines need no closer look; pure.

The answer may name too few words or none, but never one that a matching line can lack.
"""

import re
from itertools import product, zip_longest
from math import prod

from gerritbot_er.signatures.lucene import Query
from gerritbot_er.signatures.lucene.analysis import tokens
from gerritbot_er.signatures.lucene.syntax import (
    DEFAULT_FIELD,
    Group,
    Modifier,
    Part,
    Phrase,
    Prefix,
    Term,
    Wildcard,
    Words,
)

_LITERAL = re.compile(r"(?:\\.|[^\\*?])+")
_ESCAPE = re.compile(r"\\(.)")

Needed = tuple[frozenset[bytes], ...]
"""A matching line's message holds one of each of these sets, lower-cased ASCII, the sharpest set first.

None at all: any line may match.
"""

_MOST_SETS = 64
_NOTHING_DOES = (frozenset[bytes](),)


def words_of(query: Query) -> Needed:
    """What a line needs to be matched by this query; nothing is enough for a blank one."""
    found = _NOTHING_DOES if query.root is None else _of_part(query.root)
    return tuple(sorted(dict.fromkeys(found), key=_sharpness, reverse=True))


def _of_part(part: Part) -> Needed:
    if isinstance(part, Group):
        return _of_group(part)
    if part.field != DEFAULT_FIELD:
        return ()
    match part:
        case Phrase():
            return _each(tokens(part.text))
        case Term() | Words():  # unquoted, any of its words will do, also of one such as "screen-n-cpu.txt"
            return _any_of([_each([word]) for word in tokens(part.text)])
        case Prefix():
            return _each([part.text.lower()])
        case Wildcard():
            pieces = _LITERAL.findall(part.pattern)
            return _each([_ESCAPE.sub(r"\1", piece).lower() for piece in pieces])
        case _:
            return ()


def _of_group(group: Group) -> Needed:
    """What its required clauses need; if none is required, one of them must match, unless all are prohibited."""
    required: list[frozenset[bytes]] = []
    optional: list[Needed] = []
    for clause, after in zip_longest(group.clauses, group.clauses[1:]):
        if clause.modifier is Modifier.PROHIBITED:
            continue
        needed = _of_part(clause.part)
        # An AND makes the clauses on both of its sides required (classic QueryParser, default operator OR).
        if clause.modifier is Modifier.REQUIRED or clause.joined or (after is not None and after.joined):
            required += needed
        optional.append(needed)
    return tuple(required) or _any_of(optional)


def _sharpness(words: frozenset[bytes]) -> tuple[int, int]:
    """The better sieve: its shortest word is longer, then it has fewer words."""
    return min(map(len, words), default=0), -len(words)


def _any_of(needs: list[Needed]) -> Needed:
    """What holds whichever of them it is; nothing is known as soon as one needs nothing.

    A line that has all of {a, b} or all of {c} has one of {a, c} and one of {b, c}.
    """
    if not needs:
        return ()
    if prod(map(len, needs)) > _MOST_SETS:
        needs = [(max(needed, key=_sharpness),) for needed in needs]
    return tuple(frozenset[bytes]().union(*chosen) for chosen in product(*needs))


def _each(texts: list[str]) -> Needed:
    """Each plain text is needed; one that is not ASCII may look otherwise in the line."""
    return tuple(frozenset({text.encode()}) for text in texts if text and text.isascii())
