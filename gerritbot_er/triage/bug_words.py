"""What a bug is called and what its tracker says of it, in words for comments, notices and pages.  Pure.

Anybody may write into a public tracker: a title out of one is shown as code where anything in it could become a link or
markup.
"""

import re
from dataclasses import replace

from gerritbot_er.cleaning import clean_line
from gerritbot_er.model import BugFacts, Signature

LONGEST_TITLE = 180
LONGEST_OF_TRACKER = 120
STATE_HOLDS = 7 * 86_400.0
"""Seconds after which a state that was not confirmed is told no more: it may be open again."""

_ACTIVE = re.compile(r"[*`\[\]<>|~\\$@]|(?<!\w)_|_(?!\w)|://|\bwww\.|\bmailto:|&#?\w+;", re.IGNORECASE)
"""What Markdown, Gerrit or a reader of mail might make something of."""


def title_of(signature: Signature, bug: BugFacts | None = None) -> str:
    """What a bug is called: its signature's title, else that of its tracker, else its number."""
    if signature.title:
        return clean_line(signature.title, LONGEST_TITLE)
    if bug is not None and bug.title:
        return clean_line(bug.title, LONGEST_OF_TRACKER)
    return f"bug {signature.name}" if signature.name.isdigit() else signature.name


def title_in_comment(signature: Signature, bug: BugFacts | None) -> str:
    """The same, of a tracker as code where it is not plain."""
    title = title_of(signature, bug)
    return title if signature.title or bug is None else plain_or_code(title)


def plain_or_code(text: str) -> str:
    """A line of others as it stands where nothing in it is active, else as code."""
    return "`" + text.replace("`", "'") + "`" if _ACTIVE.search(text) else text


def marked(bug: BugFacts | None) -> str:
    """What stands behind the title or URL of a closed bug: a blank and "(marked Fix Released)"; "" of an open one."""
    return f" (marked {plain_or_code(bug.state)})" if bug is not None and bug.closed else ""


def closed_line(bug: BugFacts) -> str:
    """What the author of a change should know of a bug that is closed and broke the run all the same."""
    state = plain_or_code(bug.state)
    if bug.fixed:
        return f"The bug is marked {state}. If your branch should have the fix, say so on the bug."
    return f"The bug is marked {state}. If it should be mended all the same, say so on the bug."


CLOSED_AMONG_SEVERAL = "Where a bug is marked as closed and should be mended in your branch, say so on the bug."


def as_told(bug: BugFacts, now: float) -> BugFacts:
    """What may be told of it at this UTC second: of a state that is old, nothing."""
    return bug if now - bug.seen_at <= STATE_HOLDS else replace(bug, closed=False, fixed=False)
