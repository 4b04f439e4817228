"""Patterns of names, as the configuration and signatures write them: exact, ``*`` glob, or ``/regex/``."""

import re
from collections.abc import Iterable
from functools import lru_cache


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        return re.compile(pattern[1:-1])
    return re.compile("".join(".*" if part == "*" else re.escape(part) for part in re.split(r"(\*)", pattern)))


def fits(pattern: str, name: str) -> bool:
    """Whether the whole name is what the pattern says; case counts."""
    return _compiled(pattern).fullmatch(name) is not None


def fits_any(patterns: Iterable[str], name: str | None) -> bool:
    """Whether one of the patterns fits; no patterns at all fit everything, an unknown name fits only those."""
    wanted = tuple(patterns)
    return not wanted or (name is not None and any(fits(pattern, name) for pattern in wanted))
