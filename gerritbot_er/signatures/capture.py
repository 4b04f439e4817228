"""What a signature's ``capture`` finds in lines of a log: names and short values, on an engine of linear time; pure."""

import re
from collections.abc import Iterable
from functools import lru_cache

from gerritbot_er.cleaning import clean_line
from gerritbot_er.patterns import linear

LONGEST_VALUE = 100
MOST_NAMES = 5


@lru_cache(maxsize=1024)
def capturing(pattern: str) -> re.Pattern[str]:
    """The expression made ready; ValueError, with what to do, where it cannot be or names nothing to show."""
    compiled = linear(pattern)
    if not compiled.groupindex:
        raise ValueError("name what is to be shown, as in image (?P<image>\\S+)")
    if (names := len(compiled.groupindex)) > MOST_NAMES:
        raise ValueError(f"{names} names are too many for a comment; keep the {MOST_NAMES} that help most")
    return compiled


def captured(pattern: str, lines: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The names with their values, in the expression's order: of each the first that is found and not blank."""
    compiled = capturing(pattern)
    names = sorted(compiled.groupindex, key=compiled.groupindex.__getitem__)
    found: dict[str, str] = {}
    for hit in (hit for line in lines for hit in compiled.finditer(line)):
        for name, text in hit.groupdict().items():
            if value := clean_line(text or "", LONGEST_VALUE):
                found.setdefault(name, value)
    return tuple((name, found[name]) for name in names if name in found)
