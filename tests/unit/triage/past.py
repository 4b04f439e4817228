"""Past builds to run signatures over, and a store of their logs that answers as told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gerritbot_er.insight.figures import Where
from gerritbot_er.insight.quality import Tried
from gerritbot_er.model import Build, BuildAnswer, BuildVerdict, Evidence, Match, Outcome, Signature, Verdict
from gerritbot_er.ports import Batch
from gerritbot_er.signatures.library import Library
from gerritbot_er.state import (
    StoredCases,
    StoredRecords,
    StoredSightings,
    StoredStatistics,
    StoredTrials,
    open_sightings,
    open_state,
)
from gerritbot_er.triage.cases import builds_of, open_case
from gerritbot_er.triage.past_builds import PastBuildsRun, Place

from .test_sample import Counting
from .world import CHANGE, START, UUID, InlineCalls, SimulatedClock, report, reported

DISK = Signature("disk-full", 'message:"No space left"')
DNS = Signature("dns", 'message:"Could not resolve host"')
LINES = (Evidence("cp: No space left on device", "job-output.txt", 7),)
EVER = Where(0, 1 << 40)


@dataclass
class PastStore:
    """Kept logs: what each line of a build hits is decided by the bugs' names in ``hits``, by uuid."""

    hits: dict[str, tuple[str, ...]] = field(default_factory=dict)
    good_builds: list[tuple[int, Build]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    partial: set[str] = field(default_factory=set)
    busy: bool = False
    busy_after: int | None = None
    all_failures: bool = False
    trouble: Exception | None = None
    asked: list[tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)

    def again(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        names = tuple(sorted(one.name for one in signatures))
        self.asked.append((names, tuple(build.identity for build in builds)))
        if self.trouble:
            raise self.trouble
        return {build.identity: self._answer(build, names) for build in builds[: self.busy_after]}

    def _answer(self, build: Build, names: Sequence[str]) -> BuildAnswer:
        found = self.hits.get(build.identity, ())
        matches = tuple(Match(name, LINES[0]) for name in found if name in names)
        identity = build.identity
        return BuildAnswer(matches, partial=identity in self.partial, absent=identity in self.gone)

    def good(self, beyond: int, most: int) -> Sequence[tuple[int, Build]]:
        return [one for one in self.good_builds if one[0] > beyond][:most]


class Past:
    """A site with failed builds of the past, on simulated time; ``start`` is a start of its process."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.board, self.store = SimulatedClock(), Counting(), PastStore()
        self.state, self.file = open_state(folder), open_sightings(folder)
        self.cases, self.sightings = StoredCases(self.state, self.clock), StoredSightings(self.file, self.clock)
        self.trials, self.statistics = StoredTrials(self.file, self.clock), StoredStatistics(folder)
        self.records = StoredRecords(folder)
        self.library = Library(())
        self.start()

    def close(self) -> None:
        self.state.close()
        self.file.close()

    def start(self, *, logs: bool = True) -> None:
        self.calls = InlineCalls()
        self.worker = PastBuildsRun(
            [Place("local", ["zuul"], self.store if logs else None)],
            trials=self.trials,
            records=self.records,
            library=lambda: self.library,
            calls=self.calls,
            clock=self.clock,
            board=self.board,
        )

    def fail(
        self,
        *numbers: int,
        ago: float = 3600.0,
        lines: Sequence[Evidence] = LINES,
        bugs: Sequence[str] = (),
        private: bool = False,
    ) -> Verdict:
        """A report with these failed builds, long judged: unexplained, or explained by these bugs."""
        made = report(
            *(reported(number) for number in numbers),
            at=START - ago,
            change=replace(CHANGE, number=numbers[0], private=private),
        )
        case = open_case(made, START - ago)
        matches = tuple(Match(name, LINES[0]) for name in bugs)
        outcome = Outcome.EXPLAINED if bugs else Outcome.UNEXPLAINED
        builds = (replace(build, log_urls=(f"https://logs.example.org/{build.uuid}/",)) for build in builds_of(made))
        told = () if bugs else tuple(lines)
        verdict = Verdict(case, tuple(BuildVerdict(build, outcome, matches, lines=told) for build in builds))
        self.cases.keep(Batch(cases=(case,)))
        self.sightings.reported([(case.key, made)])
        self.judge(verdict)
        return verdict

    def judge(self, verdict: Verdict) -> None:
        self.cases.settle(verdict, "nothing", (), done=True)
        self.sightings.judged(verdict)

    def use(self, *signatures: Signature) -> None:
        self.library = Library(signatures)

    def work(self, seconds: float = 30.0) -> None:
        """Everything that is due within so many seconds."""
        end = self.clock.seconds + seconds
        while self.clock.seconds < end:
            self.clock.seconds += min(max(self.worker.step(), 0.5), 60.0, end - self.clock.seconds)

    def build(self, number: int) -> tuple[str, bool, str | None, tuple[str, ...]]:
        """Outcome, whether found later, group, and bugs of a build."""
        found = self.statistics.build(UUID(number))
        assert found
        return found.outcome, found.later, found.group, tuple(match.signature for match in found.matches)

    def tried(self, name: str) -> Tried:
        return self.statistics.signatures(EVER, [name]).tried[name]


def bare(tried: Tried) -> Tried:
    """The counts alone."""
    return replace(tried, at=None, more=False)
