"""Patterns of names, as the configuration and signatures write them: exact, ``*`` glob, or ``/regex/``.

Names come from other people, so they are compared on RE2, in time linear in their length.  Only what RE2 does not know,
such as a lookahead in the operator's own configuration, is left to the standard library.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

import re2


def linear(expression: str) -> re.Pattern[str]:
    """An expression made ready for RE2; ValueError, in words, where it cannot be."""
    options = re2.Options()
    options.log_errors = False  # told by us, not by the library on stderr
    try:
        compiled: re.Pattern[str] = re2.compile(expression, options)  # of that shape, though of another engine
    except re2.error as error:
        said = b"; ".join(error.args).decode("utf-8", "replace")  # the library's words are bytes
        raise ValueError(f"this is no regular expression: {said}") from None
    return compiled


def regex_of(pattern: str) -> str | None:
    """What stands between the slashes of ``/regex/``; None for a glob or an exact name."""
    return pattern[1:-1] if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/") else None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    regex = regex_of(pattern)
    if regex is None:
        return linear(
            "(?s)" + "".join(".*" if part == "*" else re2.escape(part) for part in re.split(r"(\*)", pattern))
        )
    try:
        return linear(regex)
    except ValueError:
        return re.compile(regex)


def fits(pattern: str, name: str) -> bool:
    """Whether the whole name is what the pattern says; case counts."""
    return _compiled(pattern).fullmatch(name) is not None


def fits_any(patterns: Iterable[str], name: str | None) -> bool:
    """Whether one of the patterns fits; no patterns at all fit everything, an unknown name fits only those."""
    wanted = tuple(patterns)
    return not wanted or (name is not None and any(fits(pattern, name) for pattern in wanted))
