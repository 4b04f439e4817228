"""A comment as Gerrit shows it, without what Gerrit itself puts before the text of its author.

Source: peer facts 1, measured on Gerrit 3.10.2 and 3.13.5; older servers wrote "(1 inline comment)", told votes by
their words ("Patch Set 4: Fails"), and the oldest had no prefix at all.
"""

import hashlib
import re
from dataclasses import dataclass

from gerritbot_er.cleaning import clean_line

_PREFIX = re.compile(r"Patch Set \d+:")
_COPIED = "Copied votes on follow-up patch sets have been updated:"
_COUNT = re.compile(r"\(\d+ (?:inline )?comments?\)")
_VERIFIED = re.compile(r"\bVerified([+-])[1-9]")

_LONGEST = 256 * 1024
"""Characters of a comment that are read: 16 times Gerrit's own limit on a comment, and time to read it is bounded."""

_REASON_LIMIT = 300
_REASON_READ = 4000
_HOW_TO_PROCEED = re.compile(r"\s*For information on how to proceed, see:? \S+")
_BUILDSET_URL = re.compile(r"\s*\S+/buildset/[0-9a-f]{32}\b")
_QUOTED_STANZA = re.compile(r"\s*The (?:error|problem|warning) appears in the ")


@dataclass(frozen=True, slots=True)
class Posted:
    """A comment without what Gerrit wrote around it.

    ``body`` is what the account wrote; ``vote`` the sign of its Verified vote, where this comment changed it.

    ``cut`` says that the body was longer than what is read of it.
    """

    body: str
    vote: str | None
    cut: bool


def as_posted(text: str) -> Posted:
    """The comment's text without "Patch Set N: Verified-1", the paragraph on copied votes, and "(k comments)"."""
    vote = None
    if _PREFIX.match(text):
        first, _, text = text.partition("\n")
        found = _VERIFIED.search(first)
        vote = found[1] if found else None
        text = text.lstrip()
        if text.startswith(_COPIED):
            text = text.partition("\n\n")[2].lstrip()
        count, _, after = text.partition("\n")
        if _COUNT.fullmatch(count.strip()):
            text = after
    body = text.strip()
    if len(body) <= _LONGEST:
        return Posted(body, vote, cut=False)
    head = body[:_LONGEST]
    return Posted((head.rpartition("\n")[0] or head).rstrip(), vote, cut=True)


def digest_of(body: str) -> str:
    """What identifies a report's text: the same from the stream and from history, whatever stands around it."""
    return hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()


def reason_of(body: str) -> str:
    """The text of a report without jobs in one line of at most 300 characters.

    Left out is what says nothing of the reason: how to proceed, the buildset's page, and the piece of configuration
    that Zuul quotes below a syntax error.  A text that is nothing else stands as it is: better than none.
    """
    whole = clean_line(body, _REASON_READ)
    quoted = _QUOTED_STANZA.search(whole)
    line = whole[: quoted.start()] if quoted else whole
    line = _BUILDSET_URL.sub("", _HOW_TO_PROCEED.sub("", line))
    return clean_line(line, _REASON_LIMIT) or clean_line(whole, _REASON_LIMIT)
