"""The simulated log stores and CI servers: what lies where and since when, drawn from the seed, and how they fail."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from gerritbot_er.errors import Misconfigured, Permanent, Transient
from gerritbot_er.model import Build, BuildAnswer, BuildFacts, CIReport, Evidence, LogsSeen, Match, Signature

from .timeline import MINUTE, START, Timeline
from .weather import Fault, Weather

DOCUMENTS = 400
SIGNATURES = (
    Signature("disk-full", 'message:"No space left"', title="the disk is full", advice="recheck"),
    Signature("dns", 'message:"Could not resolve host"', title="a host name could not be resolved", advice="wait"),
    Signature("no-node", 'filename:"custom-job-results.txt" AND message:"NODE_FAILURE"', title="no test machine"),
    Signature("quiet", 'message:"deprecated"', title="a deprecation", suppress_notification=True),
    Signature("timeout", 'message:"timed out"', title="a test timed out", allow_nonvoting=True),
)
_FOUND_IN_LOGS = ("disk-full", "dns", "quiet", "timeout")
_REST = 0.5


@dataclass(frozen=True, slots=True)
class Truth:
    """When the logs of a build come, in seconds after its report: the first line, the console, the last line.

    ``bugs``: the names of the signatures that hit, and when the line of each comes; ``known`` is when the CI's server
    knows the build, ``cycle`` whether its documents name another change of the same cycle.
    """

    begins: float
    console: float
    whole: float
    bugs: tuple[tuple[str, float], ...]
    known: float
    cycle: bool


class Builds:
    """All builds that were ever reported; what is true of one depends on the seed and its identity alone."""

    def __init__(self, timeline: Timeline, seed: int) -> None:
        self._timeline = timeline
        self._seed = seed
        self._reported: dict[str, float] = {}
        self._buildsets: dict[str, CIReport] = {}
        self.truth = cache(self._truth)

    def report(self, report: CIReport) -> None:
        """A CI has reported these."""
        for build in report.builds:
            self._reported.setdefault(build.identity, self._timeline.now)

    def age(self, identity: str) -> float:
        """Seconds since its report; before that, negative."""
        return self._timeline.now - self._reported.get(identity, math.inf)

    def _truth(self, identity: str) -> Truth:
        chance = Random(f"{self._seed} {identity}")  # noqa: S311 - it is to come out the same again
        luck = chance.random()
        if luck < 0.6:
            begins = chance.uniform(-5 * MINUTE, MINUTE)
        elif luck < 0.9:
            begins = chance.uniform(0, 70 * MINUTE)
        else:
            begins = math.inf
        whole = begins + chance.choice((0.0, chance.uniform(0, 20 * MINUTE)))
        if math.isinf(begins):
            return Truth(begins, begins, begins, (), chance.uniform(-60, 120), cycle=False)
        console = chance.uniform(begins, whole)
        names = chance.sample(_FOUND_IN_LOGS, chance.choice((0, 1, 1, 1, 2)))
        bugs = tuple((name, chance.uniform(begins, whole)) for name in names)
        return Truth(begins, console, whole, bugs, chance.uniform(-60, 120), cycle=chance.random() < 0.03)

    def seen(self, identity: str, age: float) -> LogsSeen | None:
        """What a store holds of it at that age."""
        truth = self.truth(identity)
        if age < truth.begins:
            return None
        share = 1.0 if age >= truth.whole else (age - truth.begins) / (truth.whole - truth.begins)
        return LogsSeen(1 + int(DOCUMENTS * share), console=age >= truth.console)


class Cluster:
    """A cluster that holds the logs of all builds."""

    def __init__(self, timeline: Timeline, chance: Random, weather: Weather, builds: Builds) -> None:
        self._timeline = timeline
        self._chance = chance
        self._weather = weather
        self._builds = builds

    def readiness(self, builds: Sequence[Build]) -> Mapping[str, LogsSeen]:
        self._answer()
        if self._weather.bites(Fault.CLUSTER_EMPTY):
            return {}
        seen = {b.identity: self._builds.seen(b.identity, self._builds.age(b.identity)) for b in builds}
        partial = self._weather.bites(Fault.CLUSTER_PARTIAL, 0.5)
        return {
            identity: LogsSeen(there.documents // 2, console=there.console, partial=True) if partial else there
            for identity, there in seen.items()
            if there
        }

    def match(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        self._answer()
        empty = self._weather.bites(Fault.CLUSTER_EMPTY)
        names = {signature.name for signature in signatures}
        return {b.identity: BuildAnswer(absent=True) if empty else self._matches(b, names) for b in builds}

    def lines(self, builds: Sequence[Build]) -> Mapping[str, tuple[Evidence, ...]]:
        self._answer()
        return {} if self._weather.bites(Fault.CLUSTER_EMPTY) else {b.identity: _lines(b) for b in builds}

    def _matches(self, build: Build, names: set[str]) -> BuildAnswer:
        truth, age = self._builds.truth(build.identity), self._builds.age(build.identity)
        hits = [name for name, comes in truth.bugs if comes <= age and name in names]
        partial = self._weather.bites(Fault.CLUSTER_PARTIAL, 0.5)
        if partial:
            hits = [name for name in hits if self._chance.random() < 0.5]
        changes = frozenset({(build.change + 1, 1)}) if truth.cycle else frozenset({(build.change, build.patchset)})
        return BuildAnswer(_evidence(hits), partial=partial, absent=age < truth.begins, changes=changes)

    def _answer(self) -> None:
        weather, chance = self._weather, self._chance
        if weather.bites(Fault.CLUSTER_DOWN):
            self._timeline.spend(chance.uniform(0.0, 10.0))
            raise Transient("the cluster does not answer")
        if weather.bites(Fault.CLUSTER_REFUSES):
            raise Misconfigured("the cluster refuses our key")
        if weather.bites(Fault.CLUSTER_BUSY, 0.7):
            raise Transient("the cluster is busy", after=chance.choice((None, 1.0, 30.0, 300.0)))
        if weather.bites(Fault.CLUSTER_SLOW, 0.7):
            took = chance.uniform(1.0, 40.0)
            self._timeline.spend(min(took, 30.0))
            if took > 30.0:
                raise Transient("the cluster has not answered within 30 seconds")
        self._timeline.spend(chance.uniform(0.0, _REST))


class Files:
    """The logs of all builds as files on a host of the CI, fetched and searched here."""

    def __init__(self, timeline: Timeline, chance: Random, weather: Weather, builds: Builds) -> None:
        self._timeline = timeline
        self._chance = chance
        self._weather = weather
        self._builds = builds

    def readiness(self, builds: Sequence[Build]) -> Mapping[str, LogsSeen]:
        self._answer()
        seen = {b.identity: self._builds.seen(b.identity, self._builds.age(b.identity)) for b in builds if b.log_urls}
        return {
            identity: LogsSeen(there.documents, there.console, complete=there.console)
            for identity, there in seen.items()
            if there
        }

    def match(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        self._answer()
        names = {signature.name for signature in signatures}
        answers = {}
        for build in builds:
            truth, age = self._builds.truth(build.identity), self._builds.age(build.identity)
            hits = [name for name, comes in truth.bugs if comes <= age and name in names]
            partial = self._weather.bites(Fault.FILES_PARTIAL, 0.5)
            answers[build.identity] = BuildAnswer(
                _evidence(hits[: len(hits) // 2] if partial else hits), partial=partial, absent=age < truth.begins
            )
        return answers

    def lines(self, builds: Sequence[Build]) -> Mapping[str, tuple[Evidence, ...]]:
        self._answer()
        return {b.identity: _lines(b) for b in builds}

    def _answer(self) -> None:
        if self._weather.bites(Fault.FILES_DOWN):
            self._timeline.spend(self._chance.uniform(0.0, 60.0))
            raise Transient("the log host does not answer", after=self._chance.choice((None, 60.0)))
        self._timeline.spend(self._chance.uniform(0.0, 10.0))


class Server:
    """A CI's own server."""

    def __init__(self, timeline: Timeline, chance: Random, weather: Weather, builds: Builds) -> None:
        self._timeline = timeline
        self._chance = chance
        self._weather = weather
        self._builds = builds

    def facts(self, report: CIReport) -> Sequence[BuildFacts]:
        self._timeline.spend(self._chance.choice((0.0, 0.2, 5.0)))
        if self._weather.bites(Fault.CI_DOWN):
            self._timeline.spend(self._chance.uniform(0.0, 30.0))
            if self._chance.random() < 0.05:
                raise Permanent("the CI's server refuses the question")
            raise Transient("the CI's server does not answer")
        if self._weather.bites(Fault.CI_UNKNOWING, 0.8):
            return ()
        return tuple(self._facts(report))

    def _facts(self, report: CIReport) -> Sequence[BuildFacts]:
        facts = []
        for build in report.builds:
            truth, age = self._builds.truth(build.identity), self._builds.age(build.identity)
            if age < truth.known:
                continue
            uploaded = not math.isinf(truth.begins)
            facts.append(
                BuildFacts(
                    uuid=build.uuid,
                    job=build.job,
                    result=build.result,
                    voting=build.voting,
                    url=build.url,
                    log_url=f"https://logs.example.org/{build.job}/" if uploaded else None,
                    changes=frozenset({(report.change.number, report.patchset)}),
                    ended_at=START + self._timeline.now - age if uploaded or self._chance.random() < 0.5 else None,
                )
            )
        return facts


def _evidence(names: Sequence[str]) -> tuple[Match, ...]:
    return tuple(Match(name, Evidence(f"a line that proves {name}", "job-output.txt")) for name in names)


def _lines(build: Build) -> tuple[Evidence, ...]:
    return (Evidence(f"ERROR: {build.job} has failed", "job-output.txt"), Evidence("it ends", "job-output.txt"))
