"""Reads a reply to us out of a person's comment: a line such as ``er: wrong bug``.  Pure.

Such a line begins with ``er:`` at its very left, so that a quoted ("> ") or indented line is no reply, nor is one
between Markdown's fences.  Of several the last one counts: people correct themselves.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gerritbot_er.model import REPLY_PREFIX, Judgement

LONGEST_BUG = 300
"""Characters of a URL; a longer one names no bug."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_LINE = re.compile(rf"{REPLY_PREFIX}\s*(confirm(?:ed)?|wrong(?:\s+bug)?|bug)\b(.*)", re.IGNORECASE)
_BUG = re.compile(r"[\s:]*((?:lp\b[\s:]*)?\S+)", re.IGNORECASE)
_AROUND = "<>()[]\"'`.,;:!"
"""What may stand around a bug in a sentence."""
_LAUNCHPAD = re.compile(r"lp[\s:]*#?([1-9][0-9]{0,11})", re.IGNORECASE)
_LAUNCHPAD_URL = "https://bugs.launchpad.net/bugs/"
_NUMBER = re.compile(r"#?([1-9][0-9]{0,11})")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,19}-[1-9][0-9]{0,11}", re.IGNORECASE)
_URL = re.compile(
    r"(https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?)((?:[/?#][a-z0-9._~:/?#@!$&()*+,;=%-]*)?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """The content of a reply; ``bug`` is a number, a key such as CI-42, or a URL, with ``Judgement.BUG`` alone."""

    judgement: Judgement
    bug: str | None = None


def read_reply(text: str) -> ReplyLine | None:
    """The reply in a comment, which may have Gerrit's own first lines; None where there is none."""
    found = None
    for line in _plain_lines(text):
        found = _read_line(line) or found
    return found


def _plain_lines(text: str) -> Iterator[str]:
    """The lines that stand outside of fences; one that is not closed reaches to the end."""
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
        elif found and not (found[1][0] == "`" and "`" in found[2]):
            fence = found[1]
        else:
            yield line


def _read_line(line: str) -> ReplyLine | None:
    found = _LINE.match(line)
    if found is None:
        return None
    word = found[1].lower()
    if word.startswith("confirm"):
        return ReplyLine(Judgement.CONFIRM)
    if word.startswith("wrong"):
        return ReplyLine(Judgement.WRONG)
    bug = _read_bug(found[2])
    return ReplyLine(Judgement.BUG, bug) if bug else None


def _read_bug(text: str) -> str | None:
    """The bug that a text begins with, in the one form in which it is told everywhere; None where it is none."""
    found = _BUG.match(text)
    word = found[1].strip(_AROUND) if found else ""
    if found := _LAUNCHPAD.fullmatch(word):
        return _LAUNCHPAD_URL + found[1]
    if found := _NUMBER.fullmatch(word):
        return found[1]
    if _KEY.fullmatch(word):
        return word.upper()
    if len(word) <= LONGEST_BUG and (found := _URL.fullmatch(word)):
        return found[1].lower() + found[2]
    return None
