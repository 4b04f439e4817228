"""Figures of how much is explained, and how long that takes.  Times are UTC seconds.

Everything private, or of projects that are not public, is left out of all of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from gerritbot_er.model import Outcome

from .figures import Timeline

OUTCOMES = {
    Outcome.EXPLAINED: "explained",
    Outcome.UNEXPLAINED: "unexplained",
    Outcome.NO_LOGS: "without logs",
    Outcome.UNDECIDED: "undecided",
    Outcome.WAITING: "not decided",
}
"""What became of failed builds, as figures name it."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many failed builds there are of each outcome, by the names of ``model.Outcome``.

    ``waiting`` are not decided yet, or never will be: those that nobody asked about.
    """

    explained: int = 0
    unexplained: int = 0
    no_logs: int = 0
    undecided: int = 0
    waiting: int = 0

    @property
    def decided(self) -> int:
        """Of how many it is known what became of them."""
        return self.explained + self.unexplained + self.no_logs + self.undecided

    @property
    def all(self) -> int:
        """All failed builds."""
        return self.decided + self.waiting


@dataclass(frozen=True, slots=True)
class JobRate:
    """A job: how often it ran and failed by what CIs reported, and what became of its failed builds."""

    job: str
    runs: int
    failed: int
    outcomes: Outcomes


@dataclass(frozen=True, slots=True)
class Quantiles:
    """So many measured times in seconds: half of them are at most ``half``, nine in ten at most ``nine_in_ten``."""

    count: int
    half: float
    nine_in_ten: float
    longest: float


@dataclass(frozen=True, slots=True)
class Failures:
    """What became of the failed builds of the time that was asked for.

    ``later`` of them were explained by a signature that came after the verdict.  ``jobs`` are those with most failed
    builds, ``more_jobs`` failed as well.
    """

    outcomes: Outcomes
    later: int
    course: Timeline
    jobs: tuple[JobRate, ...]
    more_jobs: int


@dataclass(frozen=True, slots=True)
class Rates:
    """How much is explained, and how long that takes.

    ``deciding`` is the time from a report's receipt to the verdict, ``logs`` that until a build's logs were whole; None
    where nothing was measured.
    """

    failures: Failures
    deciding: Quantiles | None
    logs: Quantiles | None


def quantiles(measured: Iterable[tuple[float, int]]) -> Quantiles | None:
    """Of (seconds, how often), the shortest first."""
    every = list(measured)
    count = sum(often for _, often in every)
    return Quantiles(count, _at(every, count / 2), _at(every, count * 0.9), every[-1][0]) if every else None


def _at(measured: Sequence[tuple[float, int]], place: float) -> float:
    """The time that so many do not exceed."""
    passed = accumulate(often for _, often in measured)
    return next(seconds for (seconds, _), so_far in zip(measured, passed, strict=True) if so_far >= place)
