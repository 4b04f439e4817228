"""What the sightings know of one failed build and of one change.

What is private, or of projects that are not public, is not in them.  Times are UTC seconds.
"""

from dataclasses import dataclass

from gerritbot_er.model import Evidence, Judgement, Match

AROUND = 86_400.0
"""Seconds before and after a failure in which the same on other changes tells that it is not only this one's."""


@dataclass(frozen=True, slots=True)
class FailedBuild:
    """A failed build; ``matches`` explain it, ``lines`` may tell why where none does.

    ``seconds`` are those that it ran; ``outcome`` is a ``model.Outcome``; ``later``: a signature that came after the
    verdict explained it; ``report`` is the number of its report, where that is kept, and ``asked`` whether that failed,
    so that its builds are looked at.  ``line`` is that of the lines which tells most.
    """

    identity: str
    at: float
    ci: str
    job: str
    project: str
    branch: str
    pipeline: str
    change: int
    patchset: int
    result: str
    voting: bool
    seconds: int | None
    outcome: str
    later: bool = False
    group: str | None = None
    report: int | None = None
    asked: bool = True
    matches: tuple[Match, ...] = ()
    lines: tuple[Evidence, ...] = ()
    line: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """On how many other changes a failure was seen, within ``AROUND`` of this build; ``name`` of signature or group."""

    name: str
    changes: int


@dataclass(frozen=True, slots=True)
class ReportFigures:
    """A CI's report on a patch set, good or failing; ``key`` and ``at`` tell which case it became."""

    number: int
    key: str
    at: float
    ci: str
    pipeline: str
    patchset: int
    failed: bool


@dataclass(frozen=True, slots=True)
class ChangeReply:
    """What somebody answered to us; ``bug`` is "" where none was named."""

    patchset: int
    author: str
    at: float
    judgement: Judgement
    bug: str
    case_id: str | None
    signatures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeFigures:
    """A change: its newest reports, newest first, with their failed builds, and what people answered to us.

    ``more`` further reports are older.
    """

    number: int
    project: str
    branch: str
    reports: tuple[ReportFigures, ...]
    more: int
    builds: tuple[FailedBuild, ...]
    replies: tuple[ChangeReply, ...]
