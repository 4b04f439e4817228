"""What is known about a case and its builds."""

from dataclasses import dataclass, field
from enum import StrEnum

from .cases import Build, Case
from .logs import Evidence, Match


class Outcome(StrEnum):
    """What is known about one failed build."""

    WAITING = "waiting"  # its logs are not here yet
    EXPLAINED = "explained"  # a known bug
    UNEXPLAINED = "unexplained"  # logs searched, no known bug
    NO_LOGS = "no logs"  # they never came, or there are none
    UNDECIDED = "undecided"  # the log store could not answer in time


@dataclass(frozen=True, slots=True)
class BuildVerdict:
    """What is known about one failed build; ``bugs`` are its matches, sorted by signature name.

    ``lines`` are log lines that may tell why an unexplained build failed, in the order in which they stand there: its
    last console lines and its error lines, without those that successful builds of the same job say as well.
    ``logs_after`` are the seconds from the report's receipt until the logs were seen to be whole; verdicts that differ
    in nothing else are the same.
    """

    build: Build
    outcome: Outcome
    bugs: tuple[Match, ...] = ()
    notes: tuple[str, ...] = ()
    lines: tuple[Evidence, ...] = ()
    logs_after: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known about a case: one verdict per failed build that was asked about, in the report's order."""

    case: Case
    builds: tuple[BuildVerdict, ...]

    @property
    def bugs(self) -> tuple[str, ...]:
        """The names of the signatures that hit, sorted, each once."""
        return tuple(sorted({m.signature for b in self.builds for m in b.bugs}))

    @property
    def summary(self) -> str:
        """In one word or two: explained, partly explained, unexplained, undecided."""
        voting = [b for b in self.builds if b.build.voting] or list(self.builds)
        if voting and all(b.outcome is Outcome.EXPLAINED for b in voting):
            return "explained"
        if any(b.outcome is Outcome.EXPLAINED for b in self.builds):
            return "partly explained"
        if any(b.outcome in (Outcome.UNDECIDED, Outcome.WAITING) for b in voting):
            return "undecided"
        return "unexplained"
