"""What is new: bugs that hit for the first time, or again after a long rest, and new groups of unexplained failures.

Everything private, or of projects that are not public, is left out of all of them.  Times are UTC seconds.
"""

from dataclasses import dataclass

from gerritbot_er.model import Evidence

FRESH = 14 * 86_400.0
"""Seconds for which something is new."""
REST = 30 * 86_400.0
"""Seconds without a hit after which a bug that hits again is news; longer than ``FRESH``."""


@dataclass(frozen=True, slots=True)
class NewBug:
    """A signature that hit at ``at`` and had not for long; ``before`` is its hit before that, None where it is new."""

    signature: str
    at: float
    before: float | None
    builds: int
    changes: int


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A group of unexplained failures that has hit a second change at ``at``; ``began_at`` is its first failure.

    ``lines`` are those of its newest build that tell most, that one first.
    """

    id: str
    at: float
    began_at: float
    builds: int
    changes: int
    job: str
    lines: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class News:
    """New bugs and new groups, the newest first."""

    bugs: tuple[NewBug, ...]
    groups: tuple[NewGroup, ...]
