"""Figures of failures that no signature explains, by the groups of those that are alike.

Everything private, or of projects that are not public, is left out of all of them.  Times are UTC seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gerritbot_er.model import Evidence

from .bugs import Counts
from .figures import Spread

NEW = 86_400.0
"""Seconds for which a group is new: such groups stand first, then those that hit most changes."""


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """A group and how far it reached in the time that was asked for.

    ``began_at`` is when it was first seen at all; ``job`` that of its newest build, one of ``jobs`` different ones;
    ``line`` is that of its newest build which tells most, None where no lines are kept.
    """

    id: str
    began_at: float
    spread: Spread
    job: str
    jobs: int
    line: Evidence | None


@dataclass(frozen=True, slots=True)
class Unexplained:
    """All that no signature explains: the first groups, and how many ``more`` there are.

    ``builds`` counts all unexplained builds, ``ungrouped`` those of them that are in no group: without lines that tell.
    """

    groups: tuple[GroupFigures, ...]
    more: int
    builds: int
    ungrouped: int


@dataclass(frozen=True, slots=True)
class Member:
    """A failed build of a group; ``lines`` are those that tell most of why it failed, that one first."""

    identity: str
    at: float
    ci: str
    job: str
    project: str
    change: int
    patchset: int
    lines: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """What builds that are not of a group say: one each of other groups, by their id, and some explained ones.

    Of the former these are the lines that tell most, of the latter those that prove what explains them.
    """

    groups: Mapping[str, tuple[Evidence, ...]]
    explained: tuple[tuple[Evidence, ...], ...]


@dataclass(frozen=True, slots=True)
class GroupDetail:
    """One group in the time that was asked for: its newest builds, and how many of all by job, project and branch.

    ``members`` are the newest; ``moments`` holds (UTC second, builds) of each hour with any, oldest
    first, or of each day where many whole ones were asked for.
    """

    id: str
    began_at: float
    spread: Spread
    members: tuple[Member, ...]
    jobs: Counts
    projects: Counts
    branches: Counts
    moments: tuple[tuple[float, int], ...]
