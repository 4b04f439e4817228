"""The words for what a signature captured: pure functions from names and values, which logs chose, to text."""

from collections.abc import Iterable

from gerritbot_er.cleaning import clean_line
from gerritbot_er.model import Match

from .literal import literal

LONGEST_IN_NOTICE = 80
"""Characters; a notice is one line that has to hold the change, the bug and their links as well."""


def captured(match: Match) -> str:
    """For a comment: "image: docker.io/library/redis; mirror: quay.example.org"; "" where nothing was captured."""
    return "; ".join(f"{label_of(name)}: {literal(value)}" for name, value in match.captured)


def captured_in_brief(matches: Iterable[Match]) -> str:
    """For a notice, of the first match that captured anything; "" where that is too long, or could become a link."""
    match = next((one for one in matches if one.captured), None)
    if match is None or any("://" in value for _, value in match.captured):
        return ""
    text = "; ".join(f"{label_of(name)}: {clean_line(value, LONGEST_IN_NOTICE)}" for name, value in match.captured)
    return text if len(text) <= LONGEST_IN_NOTICE else ""


def label_of(name: str) -> str:
    """What a named group of an expression is called for people: "request id" for ``request_id``."""
    return name.replace("_", " ").strip() or name
