"""What comments are made of: quoted lines, names, links, so that no text of others starts a run or is markup.  Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gerritbot_er.cleaning import clean_line
from gerritbot_er.model import BuildVerdict, Evidence
from gerritbot_er.settings import CI

from .links import safe_link
from .literal import LONGEST_NAME, literal

LONGEST_LINE = 180
MOST_LINES = 25
NAMED = 5
"""Jobs that are named beside each other; more are counted."""
LONGEST_COMMENT = 12_000
"""Bytes; Gerrit's limit is 16,384 UTF-16 units, and sites set smaller ones."""


def fitted(text: str, limit: int = LONGEST_COMMENT) -> str:
    """The text in at most ``limit`` bytes of UTF-8: its lines that fit, how many more there were, and its last line.

    No line is cut: half a link leads nowhere, and the last line is the comment's proof.
    """
    if len(text.encode()) <= limit:
        return text
    *lines, last = text.split("\n")
    room = limit - len(f"\n\n{_left_out(len(lines))}\n\n{last}".encode())
    kept = []
    for line in lines:
        size = len(line.encode()) + 1
        if size <= room:
            kept.append(line)
            room -= size
    told = _left_out(len(lines) - len(kept))
    return "\n\n".join(filter(None, ("\n".join(kept).rstrip("\n"), told, last)))


def _left_out(count: int) -> str:
    return f"and {more_lines(count)}, too long for a comment"


def sets_off(text: str, patterns: Iterable[str]) -> bool:
    """Whether a CI that watches comments for these patterns would start a run, Gerrit's own first line included."""
    shown = (text, f"Patch Set 1:\n\n{text}", f"Patch Set 1: Verified-1\n\n(1 comment)\n\n{text}")
    return any(re.search(pattern, form) for pattern in patterns for form in shown)


def job_name(found: BuildVerdict) -> str:
    """A report without jobs is the CI's whole run."""
    return literal(found.build.job) if found.build.job else "The CI run"


def has_bug(found: BuildVerdict, bugs: Iterable[str]) -> bool:
    """Whether one of these signatures hit in a build."""
    return any(match.signature in bugs for match in found.bugs)


@dataclass(frozen=True, slots=True)
class Quoting:
    """What of others' text may stand in a comment on this CI's report; nothing of it where it is not ``on``."""

    ci: CI
    on: bool

    def sets_off(self, text: str) -> bool:
        """Whether the CI would start a run."""
        return sets_off(text, self.ci.trigger_patterns)

    def quotable(self, evidence: Evidence) -> bool:
        """Whether a line and where it stands may be quoted."""
        return self.on and evidence.line != "" and not self.sets_off(f"{code(evidence.line)}\n{place(evidence)}")

    def link(self, url: str | None) -> str | None:
        """A file's name stands in its link, so that one which would start a run is left out as well."""
        link = safe_link(url, self.ci)
        return None if link and self.sets_off(link) else link

    def job(self, found: BuildVerdict) -> str:
        """What a job is called."""
        return job_name(found) if self.on else "The job"

    def names(self, group: Sequence[BuildVerdict]) -> str:
        """What several jobs are called."""
        if not self.on:
            return f"{len(group)} more"
        named = ", ".join(self.job(found) for found in group[:NAMED])
        return named + (f" and {len(group) - NAMED} more" if len(group) > NAMED else "")


def place(evidence: Evidence) -> str:
    """Where a line stands."""
    where = literal(evidence.file)
    return f"{where} line {evidence.number}" if evidence.number else where


def with_place(evidence: Evidence) -> str:
    """A line behind where it stands."""
    number = f" line {evidence.number}" if evidence.number else ""
    return f"{clean_line(evidence.file, LONGEST_NAME)}{number}: {evidence.line}"


def more_lines(count: int) -> str:
    """``1 more line``, ``7 more lines``."""
    return f"{count} more line{'' if count == 1 else 's'}"


def code(line: str) -> str:
    """A line of a log, which Markdown and Gerrit show as it is."""
    return "    " + clean_line(line, LONGEST_LINE)
