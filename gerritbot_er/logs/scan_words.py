"""Which words a log line must hold to be matched by a query, so that most lines need no closer look; pure.

The answer may name too few words or none, but never one that a matching line can lack.
"""

import re
from collections.abc import Iterable
from itertools import groupby, product, zip_longest
from math import prod

from gerritbot_er.signatures.lucene import Query
from gerritbot_er.signatures.lucene.analysis import MAX_TOKEN_UNITS, tokens
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

Clue = tuple[bytes, ...]
"""Words of ASCII, lower-cased, which stand in a line in this order with nothing but separators between them.

A word may be part of a longer one there.  A separator is any byte but a letter or digit of ASCII; there is at least one
between two words.
"""

Needed = tuple[frozenset[Clue], ...]
"""A matching line's message holds one of each of these sets, the sharpest set first.

None at all: any line may match.
"""

FOLDED = {"\u0130".encode(): b"i", "\u212a".encode(): b"k"}
"""The only characters beyond ASCII whose lower case is a letter of it; a line with one may hold a clue unseen."""

_LITERAL = re.compile(r"(?:\\.|[^\\*?])+")
_ESCAPE = re.compile(r"\\(.)")
_LONGEST_WORD = MAX_TOKEN_UNITS // 2
"""A token that is cut for its length may go on without any separator; no piece but the last is so short."""
_RARE = 12
"""Letters from which on a word is taken for rare: with shorter ones alone too many lines are looked at."""
_MOST_SETS = 64
_NOTHING_DOES = (frozenset[Clue](),)


def words_of(query: Query) -> Needed:
    """What a line needs to be matched by this query; nothing is enough for a blank one."""
    found = _NOTHING_DOES if query.root is None else _of_part(query.root)
    return tuple(sorted(dict.fromkeys(found), key=_sharpness, reverse=True))


def mark_of(clue: Clue) -> Clue:
    """What of a clue is looked for in the first place: a long word alone, which is rare, else two in a row.

    More words make larger automata and hardly fewer lines; single words are found much faster than two with a gap.
    One with a dot is the name of a module or a host: it stands in many lines, however long it is.
    """
    rare = [word for word in clue if len(word) >= _RARE and b"." not in word]
    if rare or len(clue) == 1:
        return (max(rare or clue, key=len),)
    return max((clue[at : at + 2] for at in range(len(clue) - 1)), key=_length)


def _of_part(part: Part) -> Needed:
    if isinstance(part, Group):
        return _of_group(part)
    if part.field != DEFAULT_FIELD:
        return ()
    match part:
        case Phrase():
            found = tokens(part.text)
            return _all_of(_rows(found) if part.slop == 0 else [[token] for token in found])
        case Term() | Words():  # unquoted, any of its words will do, also of one such as "screen-n-cpu.txt"
            return _any_of([_all_of(_rows([word])) for word in tokens(part.text)])
        case Prefix():
            return _all_of([[part.text.lower()]])
        case Wildcard():
            pieces = _LITERAL.findall(part.pattern)
            return _all_of([_ESCAPE.sub(r"\1", piece).lower()] for piece in pieces)
        case _:
            return ()


def _of_group(group: Group) -> Needed:
    """What its required clauses need; if none is required, one of them must match, unless all are prohibited."""
    required: list[frozenset[Clue]] = []
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


def _rows(found: list[str]) -> Iterable[list[str]]:
    """The tokens of a phrase, in rows without those that may look otherwise in a line."""
    return (list(row) for plain, row in groupby(found, _is_plain) if plain)


def _is_plain(token: str) -> bool:
    return token.isascii() and len(token) <= _LONGEST_WORD


def _sharpness(clues: frozenset[Clue]) -> tuple[int, int]:
    """The better sieve: its shortest clue is longer, then it has fewer."""
    return min(map(_length, clues), default=0), -len(clues)


def _length(clue: Clue) -> int:
    return sum(map(len, clue))


def _any_of(needs: list[Needed]) -> Needed:
    """What holds whichever of them it is; nothing is known as soon as one needs nothing.

    A line that has all of {a, b} or all of {c} has one of {a, c} and one of {b, c}.
    """
    if not needs:
        return ()
    if prod(map(len, needs)) > _MOST_SETS:
        needs = [(max(needed, key=_sharpness),) for needed in needs]
    return tuple(frozenset[Clue]().union(*chosen) for chosen in product(*needs))


def _all_of(rows: Iterable[list[str]]) -> Needed:
    """Each row of words is needed; one that is not ASCII may look otherwise in the line."""
    return tuple(
        frozenset({tuple(word.encode() for word in row)}) for row in rows if all(row) and all(map(str.isascii, row))
    )
