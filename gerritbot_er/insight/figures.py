"""What the sightings tell, as figures: how often, where, and whom each known bug and each unknown failure hit.

Everything private, or of projects that are not public, is left out of all of them.  Times are UTC seconds.
"""

from dataclasses import dataclass

from gerritbot_er.model import Evidence, Match


@dataclass(frozen=True, slots=True)
class Where:
    """Which failures count: those from ``since`` to before ``until``; names are exact, None is any."""

    since: float
    until: float
    project: str | None = None
    branch: str | None = None
    pipeline: str | None = None
    job: str | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a failure reaches: ``changes`` and ``builds`` that it hit; ``first_at`` and ``last_at`` of them.

    ``seconds`` are those that its builds ran, ``resets`` the reports of a gate that failed with it.
    """

    builds: int
    changes: int
    first_at: float
    last_at: float
    seconds: int = 0
    resets: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """Counts, one for each step of a timeline."""

    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Counts over time: from ``since`` on, each for ``step`` seconds."""

    since: float
    step: float
    series: tuple[Series, ...]

    @property
    def sums(self) -> tuple[int, ...]:
        """The counts of all series together."""
        return tuple(map(sum, zip(*(one.counts for one in self.series), strict=True)))


@dataclass(frozen=True, slots=True)
class BugFigures:
    """A signature and how far it reached."""

    signature: str
    spread: Spread


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """A group of unexplained failures that are alike: what its lines have in common, a real one, and its reach."""

    id: str
    shape: tuple[str, ...]
    example: Evidence | None
    spread: Spread
    jobs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FailedBuild:
    """A failed build as the sightings know it; ``matches`` explain it, ``lines`` may tell why where none does.

    ``later``: a signature that came after the verdict explained it.
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
    matches: tuple[Match, ...] = ()
    lines: tuple[Evidence, ...] = ()
