"""Recorded events through the whole way on simulated time: what would have been said, decision by decision.

The second composition root beside the daemon.  Gerrit is what the recording tells of it, plus the comments made here;
nothing is posted anywhere.  The log stores and the CIs' servers are the ones configured, or nobody.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .calls import InlineCalls
from .clock import SteppedClock
from .model import (
    Case,
    CIReport,
    CommentAdded,
    DroppedOutput,
    Event,
    Notice,
    Outage,
    Verdict,
)
from .ports import Batch, BuildInfo, Clock, LogStore, Post
from .replay_peers import Asked, AskedInfo, AskedStore, Patience, RecordedGerrit, Silent
from .settings import Settings
from .signatures.library import Library
from .state import (
    Database,
    Publicity,
    StoredBrakes,
    StoredCases,
    StoredOutages,
    StoredOutbox,
    StoredSightings,
    open_sightings,
    open_state,
)
from .triage.way import Way, World

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Questions:
    """How often a case's peers were asked: ``facts`` of the CI's server, all else of the log store.

    That is ``readiness``, whether logs are there, ``match``, and ``lines``, those of what is unexplained.
    """

    facts: int = 0
    readiness: int = 0
    match: int = 0
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about a case: ``at`` in the recording's UTC seconds, ``said`` in words, ``posts`` as a whole.

    ``final``: nothing more is decided about it.
    """

    at: float
    verdict: Verdict
    said: str
    posts: tuple[Post, ...]
    asked: Questions
    final: bool

    @property
    def waited(self) -> float:
        """Seconds from the report's receipt."""
        return self.at - self.verdict.case.opened_at


@dataclass(frozen=True, slots=True)
class OutageMoment:
    """An outage begins, or ``ends``; ``at`` in the recording's UTC seconds."""

    at: float
    outage: Outage
    ends: bool


@dataclass(slots=True)
class Tally:
    """What went through: ``reports`` by CI, each (all, failing); ``ends`` the cases by outcome; ``said`` by words.

    ``busiest`` is the largest number of comments in an hour; ``open`` are cases without an end, which there must not
    be; ``drops`` how often Gerrit told the recording's listener that it had dropped events; ``given_up`` are the peers
    that were asked no more, and why.
    """

    events: int = 0
    drops: int = 0
    reports: dict[str, tuple[int, int]] = field(default_factory=dict)
    cases: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    comments: int = 0
    notices: int = 0
    outages: int = 0
    busiest: int = 0
    open: int = 0
    given_up: dict[str, str] = field(default_factory=dict)


class Replay:
    """Runs recorded events through the whole way on simulated time, and posts nothing.

    ``decided`` is told every decision as it is made, ``outaged`` where outages begin and end.

    ``folder`` is an empty one, for the state and the sightings of this replay.  ``stores`` and ``infos``: the peers to
    ask; without them nobody knows more than the reports tell.
    """

    def __init__(
        self,
        settings: Settings,
        library: Library,
        folder: Path,
        decided: Callable[[Decision], None],
        *,
        stores: Mapping[str, LogStore] | None = None,
        infos: Mapping[str, BuildInfo] | None = None,
        outaged: Callable[[OutageMoment], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._library = library
        self._folder = folder
        self._decided = decided
        self._asked: Asked = Counter()
        self._tally = Tally()
        self._stores: dict[str, LogStore] = dict.fromkeys(settings.log_stores, Silent())
        self._stores |= {
            name: AskedStore(store, self._asked, Patience(f"log store {name}", self._tally.given_up))
            for name, store in (stores or {}).items()
        }
        self._infos: dict[str, BuildInfo] = dict.fromkeys((ci.name for ci in settings.cis), Silent())
        self._infos |= {
            name: AskedInfo(info, self._asked, Patience(f"CI {name}", self._tally.given_up))
            for name, info in (infos or {}).items()
        }
        self._outaged = outaged
        self._hour: deque[float] = deque()

    def run(self, events: Iterable[Event]) -> Tally:
        """All events, and then time until every case has ended.  To be called once."""
        left = iter(events)
        first = next(left, None)
        if first is None:
            return self._tally
        clock = self._clock = SteppedClock(float(first.at))
        with open_state(self._folder) as state, open_sightings(self._folder) as sightings:
            # Nothing here is to outlive the process, so nothing waits for the disk.
            for database in (state, sightings):
                with database.reading() as db:
                    db.execute("PRAGMA synchronous=OFF")
            self._gerrit = RecordedGerrit(self._settings.gerrit.username, clock)
            self._way = self._joined(state, sightings, clock)
            self._wait = 0.0
            self._take(first)
            for event in left:
                self._pass_until(float(event.at))
                self._take(event)
            self._pass_until(float("inf"))
            self._tally.open = len(StoredCases(state, clock).open_cases())
        return self._tally

    def _joined(self, state: Database, sightings: Database, clock: Clock) -> Way:
        gates = {ci.name: ci.gate_pipelines for ci in self._settings.cis}
        publicity = Publicity(self._settings.public_projects, gates)
        self._desk_calls, self._poster_calls = InlineCalls(), InlineCalls()
        world = World(
            clock=clock,
            library=lambda: self._library,
            stores=self._stores,
            infos=self._infos,
            history=self._gerrit,
            reviews=self._gerrit,
            notices=_CountedNotices(self._tally),
            cases=_WitnessedCases(state, clock, self._tally, self._settle),
            outbox=StoredOutbox(state, clock),
            sightings=_CountedSightings(sightings, clock, publicity, self._tally),
            outages=_WitnessedOutages(state, clock, self._outage),
            brakes=StoredBrakes(state),
            desk_calls=self._desk_calls,
            history_calls=InlineCalls(),
            poster_calls=self._poster_calls,
        )
        return Way(self._settings, world, since=int(clock.now()))

    # -- time

    def _pass_until(self, at: float) -> None:
        """Let time pass up to this second, and everything be done that comes due meanwhile."""
        while not self._way.desk.idle and self._clock.seconds + self._wait <= at:
            self._clock.seconds += self._wait
            self._work()
        # A recording's events may stand a little out of order; time never goes back.
        if at != float("inf"):
            self._clock.seconds = max(self._clock.seconds, at)

    def _take(self, event: Event) -> None:
        self._tally.events += 1
        if isinstance(event, DroppedOutput):
            self._tally.drops += 1
            return
        self._gerrit.note(event)
        self._way.intake.take([event])
        if isinstance(event, CommentAdded):
            self._work()

    def _work(self) -> None:
        """Whatever can be done at this second, until nothing more comes of it."""
        self._way.intake.keep()
        while True:
            self._wait = self._way.desk.step()
            self._way.poster.step()
            echoes = self._gerrit.echoes()
            if not (echoes or self._desk_calls.ended or self._poster_calls.ended):
                return
            self._way.intake.take(echoes)
            self._way.intake.keep()

    # -- what was decided

    def _settle(self, verdict: Verdict, said: str | None, posts: Sequence[Post], *, done: bool) -> None:
        tally, report = self._tally, verdict.case.report
        if done:
            tally.ends[verdict.summary] += 1
        if said is None:
            return
        tally.said[said] += 1
        comments = sum(1 for post in posts if post.token)
        tally.comments += comments
        now = self._clock.seconds
        self._hour.extend([now] * comments)
        while self._hour and self._hour[0] <= now - HOUR:
            self._hour.popleft()
        tally.busiest = max(tally.busiest, len(self._hour))
        about = [
            ("facts", report.change.number, report.patchset, report.digest),
            *_questions("readiness", verdict),
            *_questions("match", verdict),
            *_questions("lines", verdict),
        ]
        counts = Counter[str]()
        for key in about:
            counts[key[0]] = max(counts[key[0]], self._asked[key])
            if done:
                del self._asked[key]
        asked = Questions(**counts)
        self._decided(Decision(now, verdict, said, tuple(posts), asked, done))

    def _outage(self, outage: Outage, *, ends: bool) -> None:
        self._tally.outages += not ends
        self._outaged(OutageMoment(self._clock.seconds, outage, ends))


def _questions(kind: str, verdict: Verdict) -> list[tuple[str, int, int, str]]:
    return [(kind, b.build.change, b.build.patchset, b.build.identity) for b in verdict.builds]


class _WitnessedCases(StoredCases):
    """The record of cases, which counts them and tells of every decision that it stored."""

    def __init__(self, state: Database, clock: Clock, tally: Tally, settled: Callable[..., None]) -> None:
        super().__init__(state, clock)
        self._tally = tally
        self._settled = settled

    def keep(self, batch: Batch) -> Sequence[Case]:
        new = super().keep(batch)
        self._tally.cases += len(new)
        return new

    def settle(
        self, verdict: Verdict, said: str | None, posts: Sequence[Post], *, done: bool, limited: bool = False
    ) -> None:
        super().settle(verdict, said, posts, done=done, limited=limited)
        self._settled(verdict, said, posts, done=done)


class _WitnessedOutages(StoredOutages):
    """The record of outages, which tells of every begin and end that it stored."""

    def __init__(self, state: Database, clock: Clock, told: Callable[..., None]) -> None:
        super().__init__(state, clock)
        self._told = told

    def keep(self, outage: Outage, notices: Sequence[Notice]) -> Outage:
        kept = super().keep(outage, notices)
        if not outage.number:
            self._told(kept, ends=False)
        return kept

    def end(self, outage: Outage, notices: Sequence[Notice]) -> bool:
        ended = super().end(outage, notices)
        if ended:
            self._told(outage, ends=True)
        return ended


class _CountedSightings(StoredSightings):
    """The sightings, which count the reports."""

    def __init__(self, database: Database, clock: Clock, publicity: Publicity, tally: Tally) -> None:
        super().__init__(database, clock, publicity)
        self._tally = tally

    def reported(self, reports: Sequence[tuple[str, CIReport]]) -> None:
        for _, report in reports:
            every, failing = self._tally.reports.get(report.ci, (0, 0))
            self._tally.reports[report.ci] = (every + 1, failing + report.failed)
        super().reported(reports)


class _CountedNotices:
    """``Notices`` that nobody hears."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def say(self, notice: Notice) -> None:
        del notice
        self._tally.notices += 1
