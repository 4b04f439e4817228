"""Figures of one known bug: where it hits, whom, since when, and what people say of it.  Times are UTC seconds.

Everything private, or of projects that are not public, is left out of all of them.
"""

from dataclasses import dataclass

from gerritbot_er.model import Judgement, Match

from .figures import Spread, Timeline

RESET_COSTS = 3 * 3600.0
"""Seconds of CI that a gate reset counts for: every change behind the one that failed begins anew."""


def cost(spread: Spread) -> float:
    """What a bug costs, in seconds of CI: those that its failed builds ran, and ``RESET_COSTS`` for each gate reset."""
    return spread.seconds + RESET_COSTS * spread.resets


@dataclass(frozen=True, slots=True)
class Counted:
    """How many builds a job, project, branch or pipeline has of something."""

    name: str
    builds: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Those with most builds, and how many ``more`` there are."""

    first: tuple[Counted, ...]
    more: int


@dataclass(frozen=True, slots=True)
class ChangeHit:
    """A change that a bug hit, in so many builds of its patch sets, the last at ``last_at``."""

    change: int
    project: str
    branch: str
    builds: int
    last_at: float


@dataclass(frozen=True, slots=True)
class Sample:
    """A failed build and what proves that a bug broke it."""

    identity: str
    at: float
    ci: str
    job: str
    project: str
    branch: str
    change: int
    patchset: int
    match: Match


@dataclass(frozen=True, slots=True)
class BugReply:
    """What somebody answered to a comment of ours about a bug; ``bug`` is another that was named, "" where none was."""

    change: int
    project: str
    author: str
    at: float
    judgement: Judgement
    bug: str


@dataclass(frozen=True, slots=True)
class BugDetail:
    """One bug in the time that was asked for; ``first_at`` and ``last_at`` are of all times.

    ``spread`` is None where it did not hit in that time; of changes, samples and replies these are the newest,
    ``more_changes`` were hit as well.
    """

    first_at: float
    last_at: float
    spread: Spread | None
    course: Timeline
    jobs: Counts
    projects: Counts
    branches: Counts
    pipelines: Counts
    changes: tuple[ChangeHit, ...]
    more_changes: int
    samples: tuple[Sample, ...]
    replies: tuple[BugReply, ...]
