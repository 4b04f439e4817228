"""Syntax tree → query text that parses to the same tree: how a query that was changed is written down again.

Every clause but bare words in a row names its field, and ``AND``, ``OR`` and ``NOT`` stand for ``&&``, ``||``, ``!``
and ``-``.
"""

import re
from itertools import pairwise

from gerritbot_er.signatures.lucene.syntax import (
    DEFAULT_FIELD,
    Clause,
    Fuzzy,
    Group,
    Modifier,
    Part,
    Phrase,
    Prefix,
    Range,
    Regexp,
    Term,
    Wildcard,
    Words,
)

_SPECIAL = re.compile(r'[ \t\n\r\u3000!():^\[\]"{}~*?\\/]')
_UNSAFE_BOUND = re.compile(r"[^A-Za-z0-9.:_+-]")
_OPERATORS = ("AND", "OR", "NOT", "&&", "||")
_SIGNS = {Modifier.NONE: "", Modifier.REQUIRED: "+", Modifier.PROHIBITED: "NOT "}


def query_text(group: Group) -> str:
    """The text of a query's root, or of what stands within a pair of parentheses."""
    return _clauses(group.clauses)


def _clauses(clauses: tuple[Clause, ...]) -> str:
    texts = [_SIGNS[clause.modifier] + _part(clause.part) for clause in clauses]
    joints = ["", *(_joint(before, clause) for before, clause in pairwise(clauses))]
    return "".join(joint + text for joint, text in zip(joints, texts, strict=True))


def _joint(before: Clause, clause: Clause) -> str:
    """Between two clauses; an operator beside bare words would take one of them for itself."""
    if clause.joined:
        return " AND "
    if clause.modifier is not Modifier.NONE or isinstance(before.part, Words) or isinstance(clause.part, Words):
        return " "
    return " OR "


def _part(part: Part) -> str:
    if isinstance(part, Group):
        words = next((clause.part for clause in part.clauses if isinstance(clause.part, Words)), None)
        field = _field(words.field) if words and words.field != DEFAULT_FIELD else ""
        return f"{field}({_clauses(part.clauses)})"
    if isinstance(part, Words):
        return " ".join(escaped(word) for word in part.text.split(" "))
    return _field(part.field) + _value(part)


def _field(name: str) -> str:
    return "*:" if name == "*" else f"{escaped(name)}:"


def _value(part: Term | Phrase | Prefix | Wildcard | Regexp | Fuzzy | Range) -> str:
    match part:
        case Term():
            return escaped(part.text)
        case Phrase():
            quoted = part.text.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{quoted}"' + (f"~{part.slop}" if part.slop else "")
        case Prefix():
            return f"{escaped(part.text)}*"
        case Wildcard():
            return part.pattern
        case Regexp():
            return f"/{part.pattern}/"
        case Fuzzy():
            return f"{escaped(part.text)}~{'' if part.edits is None else part.edits}"
        case Range():
            opened, closed = "[" if part.includes_low else "{", "]" if part.includes_high else "}"
            return f"{opened}{_bound(part.low)} TO {_bound(part.high)}{closed}"


def escaped(text: str) -> str:
    """A bare word that stands for this text; signs are operators only at its beginning."""
    if text in _OPERATORS:
        return f"\\{text}"
    word = _SPECIAL.sub(r"\\\g<0>", text)
    return f"\\{word}" if text[:1] in ("+", "-") else word


def _bound(text: str | None) -> str:
    """A bound of a range: quotes and backslashes are read differently there, codes of characters are not."""
    if text is None:
        return "*"
    escaped = _UNSAFE_BOUND.sub(_code, text)
    return f"\\u0054{escaped[1:]}" if escaped == "TO" else escaped


def _code(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
