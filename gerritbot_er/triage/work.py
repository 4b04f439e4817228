"""A case at work: what the desk remembers of it between two steps, and the pure questions about that."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gerritbot_er.model import Build, BuildVerdict, Case, Evidence, LogsSeen, Outcome, Verdict

from .cases import Mode


@dataclass(slots=True)
class BuildWork:
    """One failed build.  Times are monotonic seconds; ``not_before`` is when its logs are next asked after.

    ``ask_again`` is when a miss is looked at once more.  ``telling`` are the lines that were gathered of an unexplained
    build; ``lines_until`` is when they are no longer asked for, None where they are not to be asked for now.

    ``logs_after`` are the seconds from the report's receipt until its logs were whole.
    ``disputed``: its logs name another change; ``vouched``: the CI's server says that it is of ours.
    """

    build: Build
    found: BuildVerdict
    deadline: float
    not_before: float = 0.0
    seen: LogsSeen | None = None
    logs_after: float | None = None
    ready: bool = False
    asking: bool = False
    asked_at: float = 0.0
    trouble: bool = False
    disputed: bool = False
    vouched: bool = False
    ask_again: float | None = None
    asked_twice: bool = False
    telling: tuple[Evidence, ...] = ()
    asking_lines: bool = False
    lines_until: float | None = None
    lines_not_before: float = 0.0

    @property
    def final(self) -> bool:
        """Nothing more is asked about this build."""
        if self.asking or self.asking_lines or self.lines_until is not None or self.found.outcome is Outcome.WAITING:
            return False
        return self.found.outcome is not Outcome.UNEXPLAINED or self.asked_twice or self.ask_again is None

    @property
    def waits(self) -> bool:
        """Its logs are not known to be whole."""
        return self.found.outcome is Outcome.WAITING and not self.ready


@dataclass(slots=True)
class CaseWork:
    """One case.  Times are monotonic seconds: ``since`` is its receipt, at ``deadline`` logs and facts are given up.

    ``end``: no trouble of a peer moves a deadline beyond it.  ``facts_known``: the CI's server has told, or will not.
    ``local``: the log store fetches its logs from log hosts; ``quote``: lines of them may be shown.
    """

    case: Case
    mode: Mode
    store: str
    since: float
    deadline: float
    end: float
    facts_known: bool
    local: bool
    quote: bool = True
    asking_facts: bool = False
    facts_asked_at: float = 0.0
    facts_not_before: float = 0.0
    builds: dict[str, BuildWork] = field(default_factory=dict)
    first_bug: float | None = None
    notified: bool = False

    @property
    def verdict(self) -> Verdict:
        """What is known now: all that leaves the desk, to be stored, said and shown."""
        found = (work.found for work in self.builds.values())
        return Verdict(self.case, tuple(found if self.quote else map(unquoted, found)))

    @property
    def final(self) -> bool:
        """Nothing more can change."""
        builds_known = self.facts_known or not self.case.report.truncated
        return builds_known and not self.asking_facts and all(work.final for work in self.builds.values())


@dataclass(frozen=True, slots=True)
class Load:
    """How much is at work: cases, builds that wait for logs, and builds without a known bug that are asked again."""

    cases: int
    waiting: int
    asked_again: int


def load_of(works: Sequence[CaseWork]) -> Load:
    """How much these cases are, also while another thread moves them."""
    items = [item for work in works for item in tuple(work.builds.values())]
    waiting = sum(item.found.outcome is Outcome.WAITING for item in items)
    return Load(len(works), waiting, sum(item.ask_again is not None and not item.final for item in items))


def unquoted(found: BuildVerdict) -> BuildVerdict:
    """The verdict with where its evidence stands, and without the lines themselves or anything out of them."""
    bugs = (
        replace(
            match,
            evidence=match.evidence and replace(match.evidence, line=""),
            more=tuple(replace(one, line="") for one in match.more),
            captured=(),
        )
        for match in found.bugs
    )
    return replace(found, bugs=tuple(bugs), lines=())


def not_asked(build: Build) -> BuildVerdict:
    """The verdict before anything was asked."""
    return BuildVerdict(build, Outcome.WAITING)
