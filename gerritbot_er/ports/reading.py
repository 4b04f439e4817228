"""The ports of those who read what was kept, for pages, reports and metrics: the state and the sightings."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from gerritbot_er.insight.bugs import BugDetail
from gerritbot_er.insight.failures import ChangeFigures, Elsewhere, FailedBuild
from gerritbot_er.insight.figures import BugFigures, Spread, Timeline, Where
from gerritbot_er.insight.news import News
from gerritbot_er.insight.quality import SignatureFigures
from gerritbot_er.insight.rates import Failures, Quantiles, Rates
from gerritbot_er.insight.steps import Steps
from gerritbot_er.insight.unexplained import Beside, GroupDetail, Unexplained
from gerritbot_er.model import Case, Outage, Verdict

KEEP_CASES = 90 * 86_400.0
"""Seconds for which closed cases, what was said about them, and changes without an event are kept."""
KEEP_SIGHTINGS = 400 * 86_400.0
"""Seconds of statistics: a year and the month that it is compared with."""


@dataclass(frozen=True, slots=True)
class Record:
    """A case as it is kept; ``verdict`` and ``outcome`` (its summary) are None before anything is known of it.

    ``said`` is what was to be said about it, or why nothing was; None where that is open.  ``unsent`` is the stage of
    its comment, and why, while Gerrit is not known to have it.  ``private_at``: the server's last second at which its
    change is known to have been private.
    """

    case: Case
    verdict: Verdict | None
    outcome: str | None
    said: str | None
    unsent: str | None = None
    private_at: int | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """A comment or notice of ours; ``stage`` as in the outbox, ``why`` it is not sent, times in UTC seconds."""

    sink: str
    part: int
    body: str
    stage: str
    why: str
    created_at: float
    changed_at: float


@dataclass(frozen=True, slots=True)
class FullRecord:
    """A case, and all that was to be said about it, in the order in which that was decided."""

    record: Record
    utterances: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of cases and of outbox rows by stage; ``oldest`` open case and the ends of ``brakes`` in UTC seconds.

    ``outages`` are those that last, ``outages_begun`` all that ever began.
    """

    open_cases: int
    done_cases: int
    oldest: float | None
    outbox: Mapping[str, int]
    brakes: Mapping[str, float | None]
    outages: int = 0
    outages_begun: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """A comment or notice at its end: ``stage`` is "sent", "failed" or "withheld".

    ``seconds`` went by between the CI's report and that.
    """

    sink: str
    stage: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Moves:
    """How the outbox has moved: ``ended`` since the last look, ``at_work`` the rows by (sink, stage) now.

    ``newest`` and ``open`` say up to where was looked: the highest number of a row, and the rows that were at work.
    """

    ended: tuple[Ended, ...]
    at_work: Mapping[tuple[str, str], int]
    newest: int
    open: frozenset[int]


class Records(Protocol):
    """What was kept, for pages to read; any thread may ask, and no writer waits for it."""

    def last(self, most: int) -> Iterable[Record]:
        """The last cases, newest first, read as they are taken."""

    def find(self, case_id: str) -> Record | None:
        """One case by its id."""

    def of_change(self, number: int, most: int) -> Sequence[FullRecord]:
        """At most so many of a change's cases, the newest first, each with what was to be said about it."""

    def tally(self, now: float) -> Tally:
        """The counts, with the brakes that are on at this UTC second."""

    def commenting(self, since: float, until: float) -> Quantiles | None:
        """From a report's receipt until Gerrit had our comment, of what was decided then (UTC); None: of nothing."""

    def outages(self, since: float) -> Sequence[Outage]:
        """Those that last, the newest first, and then those that ended since this UTC second, the last one first."""

    def moves(self, before: Moves | None) -> Moves:
        """How the outbox has moved since ``before``; None begins now, and nothing has ended yet."""


class Statistics(Protocol):
    """What the sightings tell, for pages and reports to read; any thread may ask, and no writer waits for it.

    What is private or not public is in no answer.
    """

    def within(self, over: Callable[[], bool]) -> AbstractContextManager["Statistics"]:
        """The same for a block, and for its thread alone; ``TookTooLong`` once ``over`` says that the time is over."""

    def bugs(self, where: Where) -> Sequence[BugFigures]:
        """Every signature that hit, the costliest first."""

    def costliest(self, where: Where, most: int | None) -> tuple[Sequence[BugFigures], int]:
        """At most so many of them, or all, and how many there are."""

    def found_later(self, where: Where) -> Mapping[str, int]:
        """Of the builds that each signature hit those that it explained after their verdict; without it: none."""

    def courses(self, where: Where, steps: Steps) -> Mapping[str, Timeline]:
        """The builds that each signature hit over time."""

    def bug(self, signature: str, where: Where, steps: Steps) -> BugDetail | None:
        """One signature; None where it has never hit."""

    def failures(self, where: Where, steps: Steps, most: int) -> Failures:
        """What became of the failed builds, with at most so many jobs."""

    def rates(self, where: Where, steps: Steps, most: int) -> Rates:
        """The same, and how long it took."""

    def spread(self, where: Where) -> Spread | None:
        """How far all failures reach; None where nothing failed."""

    def news(self, now: float) -> News:
        """The newest of what is new at this UTC second."""

    def suggestions(self, now: float) -> Mapping[str, Sequence[str]]:
        """The projects, branches, pipelines and jobs that failed most in the last days, by those words."""

    def replies(self) -> Mapping[str, int]:
        """How many answers to comments of ours are kept, by their judgement."""

    def unheard(self, names: Mapping[str, str]) -> Mapping[str, str | None]:
        """Of these names, by "project", "branch", "pipeline" and "job", those that no recorded failure has.

        With each the nearest one that some failure has, None where none is like it.
        """

    def unexplained(self, where: Where, now: float, most: int) -> Unexplained:
        """At most so many groups of unexplained failures, those new at ``now`` first, then those on most changes."""

    def group(self, group_id: str, where: Where, most: int) -> GroupDetail | None:
        """One group with at most so many of its builds, the newest."""

    def beside(self, group_id: str, others: int, explained: int) -> Beside:
        """What so many other groups, those that were hit last, and the last explained builds say."""

    def build(self, identity: str) -> FailedBuild | None:
        """One failed build, with all that is known of it."""

    def elsewhere(self, of: FailedBuild) -> Sequence[Elsewhere]:
        """For each signature that explains a build, else for its group: on how many other changes it was seen."""

    def change(self, number: int, most: int) -> ChangeFigures | None:
        """A change with at most so many of its reports, the newest."""

    def hidden(self) -> int:
        """Another number whenever something that was told before is told no more."""

    def signatures(self, where: Where, names: Collection[str]) -> SignatureFigures:
        """What is known of the signatures of these names."""
