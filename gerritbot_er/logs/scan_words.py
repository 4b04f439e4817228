"""Which words a log line must hold to be matched by a query, so that most lines need no closer look; pure.

The answer may name too few words or none, but never one that a matching line can lack.
"""

import re
from itertools import zip_longest

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

Needed = frozenset[bytes] | None
"""A matching line's message holds at least one of these, lower-cased ASCII; None: any line may match."""


def words_of(query: Query) -> Needed:
    """What a line needs to be matched by this query; nothing is enough for a blank one."""
    return frozenset() if query.root is None else _of_part(query.root)


def _of_part(part: Part) -> Needed:
    if isinstance(part, Group):
        return _of_group(part)
    if part.field != DEFAULT_FIELD:
        return None
    match part:
        case Phrase():
            return _longest(tokens(part.text))
        case Term() | Words():  # unquoted, any of its words will do, also of one such as "screen-n-cpu.txt"
            return _any_of([_longest([word]) for word in tokens(part.text)])
        case Prefix():
            return _longest([part.text.lower()])
        case Wildcard():
            pieces = _LITERAL.findall(part.pattern)
            return _longest([_ESCAPE.sub(r"\1", piece).lower() for piece in pieces])
        case _:
            return None


def _of_group(group: Group) -> Needed:
    """A clause that must match needs its own words; if none must, one of them does, unless all are prohibited."""
    required: list[frozenset[bytes]] = []
    optional: list[Needed] = []
    for clause, after in zip_longest(group.clauses, group.clauses[1:]):
        if clause.modifier is Modifier.PROHIBITED:
            continue
        words = _of_part(clause.part)
        # An AND makes the clauses on both of its sides required (classic QueryParser, default operator OR).
        must = clause.modifier is Modifier.REQUIRED or clause.joined or (after is not None and after.joined)
        if must and words is not None:
            required.append(words)
        optional.append(words)
    return max(required, key=_sharpness) if required else _any_of(optional)


def _sharpness(words: frozenset[bytes]) -> tuple[int, int]:
    """The better sieve: its shortest word is longer, then it has fewer words."""
    return min(map(len, words), default=0), -len(words)


def _any_of(needs: list[Needed]) -> Needed:
    """Unknown as soon as one is, or where there is nothing to choose from."""
    words: set[bytes] = set()
    for need in needs:
        if need is None:
            return None
        words |= need
    return frozenset(words) or None


def _longest(texts: list[str]) -> Needed:
    """The longest plain text of those that must all be there; one that is not ASCII may look otherwise in the line."""
    plain = [text.encode() for text in texts if text and text.isascii()]
    return frozenset({max(plain, key=len)}) if plain else None
