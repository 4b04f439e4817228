"""What the sightings tell, as figures: how often, where, and whom each known bug and each unknown failure hit.

Everything private, or of projects that are not public, is left out of all of them.  Times are UTC seconds.
"""

from dataclasses import dataclass


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
    """A signature and how far it reached, in builds of so many different ``jobs``."""

    signature: str
    spread: Spread
    jobs: int = 0
