"""Wildcards and fuzzy words as tests of one string, in time linear in its length."""

from collections.abc import Callable
from functools import lru_cache

import re2

from .analysis import lower_case

StringTest = Callable[[str], bool]

_MAX_MEMORY = 8 << 20
"""Bytes that one compiled expression may take; RE2 refuses what needs more."""


def compile_re2(expression: str) -> StringTest:
    """A test whether a whole string fits an RE2 expression.  Raises re2.error where RE2 refuses it."""
    options = re2.Options()
    options.max_mem = _MAX_MEMORY
    options.log_errors = False
    options.dot_nl = True
    options.never_capture = True
    fits = re2.compile(expression, options).fullmatch
    return lambda string: fits(string) is not None


def literal(text: str) -> str:
    """RE2 for exactly this text."""
    return "".join(c if c.isascii() and c.isalnum() else rf"\x{{{ord(c):x}}}" for c in text)


def wildcard(pattern: str, *, lower: bool) -> StringTest:
    """A test for ``*`` and ``?``; ``lower`` puts what is not escaped into lower case, as analysed fields need it."""
    out, i = [], 0
    while i < len(pattern):
        character = pattern[i]
        if character == "\\" and i + 1 < len(pattern):
            i += 1
            out.append(literal(pattern[i]))
        elif character in "*?":
            out.append(".*" if character == "*" else ".")
        else:
            out.append(literal(lower_case(character) if lower else character))
        i += 1
    return compile_re2("".join(out))


def fuzzy(text: str, edits: int) -> StringTest:
    """A test for at most so many insertions, deletions, changes and swaps of neighbours."""

    @lru_cache(maxsize=4096)
    def near(string: str) -> bool:
        return abs(len(string) - len(text)) <= edits and _distance(text, string, edits) <= edits

    return near


def automatic_edits(text: str) -> int:
    """How many edits ``text~`` allows: none up to 2 characters, one up to 5, else two."""
    return (len(text) > 2) + (len(text) > 5)  # noqa: PLR2004 - the limits of Elasticsearch's fuzziness AUTO


def _distance(left: str, right: str, most: int) -> int:
    """The number of edits, or more than ``most``; only cells that few edits can reach are filled."""
    far = most + 1
    before: list[int] = []
    row = [min(j, far) for j in range(len(right) + 1)]
    for i, a in enumerate(left, 1):
        earlier, before, row = before, row, [far] * (len(right) + 1)
        row[0] = min(i, far)
        for j in range(max(1, i - most), min(len(right), i + most) + 1):
            b = right[j - 1]
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and b == left[i - 2]:
                cost = min(cost, earlier[j - 2] + 1)
            row[j] = cost
    return row[-1]
