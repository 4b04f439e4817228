"""Lucene's regular expressions (all optional operators on, as in query_string) → tests of one string by RE2.

A whole term must fit.  The grammar is that of ``org.apache.lucene.util.automaton.RegExp`` in Lucene 8.7: ``.`` any
character, ``@`` any text, ``#`` nothing at all, ``"…"`` literally.  Complement ``~``, intersection ``&`` and number
intervals ``<1-9>`` have no like in RE2 and are refused, as is what RE2 finds too large.
"""

import re
from typing import NoReturn

import re2

from .patterns import StringTest, compile_re2, literal

MAX_LENGTH = 1000
"""Characters: Elasticsearch's ``index.max_regex_length``."""

_MAX_DEPTH = 50
_NEVER = r"[^\x00-\x{10FFFF}]"
"""RE2 for the empty set; it stands for itself, ``is`` tells it from a class that an author wrote."""
_REPEAT = re.compile(r"\{([0-9]+)(,?)([0-9]*)\}")
_SHORTHANDS = "dDwWsS"


class RegexpError(ValueError):
    """A regular expression that Lucene or RE2 refuses; the message tells what to write instead."""


def regexp(pattern: str) -> StringTest:
    """A test whether a whole string fits.  Raises RegexpError."""
    if len(pattern) > MAX_LENGTH:
        raise RegexpError(f"the regular expression is longer than {MAX_LENGTH} characters; shorten it")
    expression = _Translator(pattern).whole() if pattern else ""
    try:
        return compile_re2(expression)
    except re2.error:
        raise RegexpError("the regular expression is too large; use fewer or smaller repetitions") from None


def _is_endless(sign: str) -> bool:
    """Whether a repetition has no upper limit: of what fits nothing, Lucene makes nothing even where none is enough."""
    return sign in ("*", "+") or sign.endswith(",}")


class _Translator:
    """Recursive descent over one expression; each method returns RE2 text that stands as one unit."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0

    def whole(self) -> str:
        translated = self._union()
        if self._at < len(self._pattern):
            self._fail("a closing parenthesis without an opening one; write \\) for the character itself")
        return translated

    def _more(self) -> bool:
        return self._at < len(self._pattern)

    def _peek(self, characters: str) -> bool:
        return self._more() and self._pattern[self._at] in characters

    def _match(self, character: str) -> bool:
        if self._peek(character):
            self._at += 1
            return True
        return False

    def _take(self) -> str:
        if not self._more():
            self._fail("the expression ends too early; complete it, or write \\ before a character meant literally")
        self._at += 1
        return self._pattern[self._at - 1]

    def _union(self) -> str:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._fail(f"more than {_MAX_DEPTH} parentheses within each other; write it flatter")
        parts = [self._concatenation()]
        while self._match("|"):
            parts.append(self._concatenation())
        self._depth -= 1
        return _NEVER if all(part is _NEVER for part in parts) else f"(?:{'|'.join(parts)})"

    def _concatenation(self) -> str:
        parts = [self._repetition()]
        while self._more() and not self._peek(")|"):
            parts.append(self._repetition())
        return _NEVER if any(part is _NEVER for part in parts) else "".join(parts)

    def _repetition(self) -> str:
        if self._peek("&"):
            self._unsupported("&", "intersection")
        unit = self._unit()
        while self._peek("?*+{"):
            sign = self._take()
            if sign == "{":
                self._at -= 1
                sign = self._counts()
            unit = _NEVER if unit is _NEVER and _is_endless(sign) else f"(?:{unit}{sign})"
        if self._peek("&"):
            self._unsupported("&", "intersection")
        return unit

    def _counts(self) -> str:
        found = _REPEAT.match(self._pattern, self._at)
        if not found:
            self._fail("a repetition is written {2}, {2,} or {2,5}; write \\{ for the character itself")
        self._at = found.end()
        low, comma, high = found[1].lstrip("0") or "0", found[2], found[3].lstrip("0") or found[3][:1]
        if comma and high and int(low) > int(high):
            self._fail(f"the repetition {found[0]} is not supported here, as Lucene 9 refuses it; swap its ends")
        return f"{{{low}{comma}{high}}}"

    def _unit(self) -> str:
        if self._peek("~"):
            self._unsupported("~", "complement")
        if self._peek("<"):
            self._unsupported("<", "interval")
        if self._match("["):
            return self._character_class()
        if self._match("."):
            return "."
        if self._match("#"):
            return _NEVER
        if self._match("@"):
            return ".*"
        if self._match('"'):
            return self._quoted()
        if self._match("("):
            return self._parenthesised()
        return literal(self._character())

    def _quoted(self) -> str:
        end = self._pattern.find('"', self._at)
        if end < 0:
            self._fail('a quotation mark opens literal text that never ends; write \\" for the mark itself')
        text, self._at = self._pattern[self._at : end], end + 1
        return f"(?:{literal(text)})"

    def _parenthesised(self) -> str:
        if self._match(")"):
            return "(?:)"
        inner = self._union()
        if not self._match(")"):
            self._fail("a parenthesis is never closed; write \\( for the character itself")
        return inner

    def _character_class(self) -> str:
        negated = self._match("^")
        parts = [self._class_member()]
        while self._more() and not self._peek("]"):
            parts.append(self._class_member())
        if not self._match("]"):
            self._fail("a bracket is never closed; write \\[ for the character itself")
        return f"[{'^' if negated else ''}{''.join(parts)}]"

    def _class_member(self) -> str:
        first = self._character()
        if not self._match("-"):
            return literal(first)
        last = self._character()
        if first > last:
            self._fail(f"the range {first}-{last} runs backwards; swap its ends")
        return f"{literal(first)}-{literal(last)}"

    def _character(self) -> str:
        if self._match("\\") and self._peek(_SHORTHANDS):
            letter = self._take()
            self._fail(
                f"\\{letter} is not supported here, since it is the letter itself to Lucene 8.7 and a class to later"
                f" ones; write {letter}, or the class in full such as [0-9]"
            )
        return self._take()

    def _unsupported(self, sign: str, name: str) -> NoReturn:
        self._fail(f"the operator {sign} ({name}) is not supported here; write \\{sign} for the character itself")

    def _fail(self, message: str) -> NoReturn:
        raise RegexpError(f"in the regular expression, at character {self._at + 1}: {message}")
