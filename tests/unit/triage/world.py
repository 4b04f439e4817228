"""A simulated world for the desk: a clock set by hand, stores and servers that answer as told, calls in line."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gerritbot_er.dependencies import Condition
from gerritbot_er.model import (
    Build,
    BuildAnswer,
    BuildFacts,
    Case,
    Change,
    ChangeHistory,
    CIReport,
    CommentAdded,
    Event,
    Evidence,
    LogsSeen,
    Match,
    Notice,
    ReportedBuild,
    Review,
    Signature,
    Verdict,
)
from gerritbot_er.ports import NO_BUGS, AtFailpoint, Batch, Bugs, Done, no_failpoint
from gerritbot_er.settings import (
    CI,
    ChannelRule,
    ClusterStore,
    Gerrit,
    Irc,
    LocalStore,
    Rule,
    Settings,
    Signatures,
    Speaking,
    Waiting,
)
from gerritbot_er.signatures.library import Library
from gerritbot_er.state import (
    Publicity,
    StoredBrakes,
    StoredCases,
    StoredOutages,
    StoredOutbox,
    StoredSightings,
    open_sightings,
    open_state,
)
from gerritbot_er.triage.cases import open_case
from gerritbot_er.triage.desk import Desk
from gerritbot_er.triage.poster import Poster
from gerritbot_er.triage.questions import Peers

START = 1_800_000_000.0
UUID = "{:032x}".format
BOT = "gerritbot-er"
CHANGE = Change(4711, "example/widgets", "master", "https://review.example.org/4711", "Keep the widget")

ZUUL = CI(
    name="zuul",
    kind="zuul",
    account="zuul",
    log_store="cluster",
    web="https://zuul.example.org",
    tenant="example",
    log_hosts=("logs.example.org",),
)


class SimulatedClock:
    """Stands still until ``pass_``; ``jumped`` are the seconds by which somebody has set the wall clock."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.jumped = 0.0

    def now(self) -> float:
        return START + self.seconds + self.jumped

    def monotonic(self) -> float:
        return 1000.0 + self.seconds


class InlineCalls:
    """Runs each call at once; those of a lane in ``stuck`` never end."""

    def __init__(self) -> None:
        self.stuck: set[str] = set()
        self.lanes: list[str] = []
        self._done: list[Done] = []

    def submit(self, lane: str, key: Hashable, call: Callable[[], object]) -> None:
        self.lanes.append(lane)
        if lane in self.stuck:
            return
        try:
            self._done.append(Done(key, result=call()))
        except Exception as error:  # noqa: BLE001 - as the port says
            self._done.append(Done(key, error=error))

    def collect(self) -> Sequence[Done]:
        done, self._done = self._done, []
        return done


@dataclass
class FakeStore:
    """A log store: ``logs`` are documents' counts by uuid, ``hits`` the bugs by uuid; ``trouble`` is raised if set.

    ``telling`` are the lines by uuid, ``mute`` is raised where they are asked for.
    """

    logs: dict[str, LogsSeen] = field(default_factory=dict)
    hits: dict[str, dict[str, str]] = field(default_factory=dict)
    answers: dict[str, BuildAnswer] = field(default_factory=dict)
    trouble: Exception | None = None
    readiness_asked: list[int] = field(default_factory=list)
    match_asked: list[tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)
    ids_asked: dict[str, tuple[str | None, ...]] = field(default_factory=dict)
    telling: dict[str, tuple[Evidence, ...]] = field(default_factory=dict)
    lines_asked: list[tuple[str, ...]] = field(default_factory=list)
    mute: Exception | None = None

    def readiness(self, builds: Sequence[Build]) -> dict[str, LogsSeen]:
        self.readiness_asked.append(len(builds))
        if self.trouble:
            raise self.trouble
        return {build.identity: self.logs[build.identity] for build in builds if build.identity in self.logs}

    def match(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> dict[str, BuildAnswer]:
        self.match_asked.append((tuple(s.name for s in signatures), tuple(b.identity for b in builds)))
        self.ids_asked |= {b.identity: (b.uuid, *b.attempt_uuids) for b in builds}
        if self.trouble:
            raise self.trouble
        names = {s.name for s in signatures}
        return {b.identity: self.answers.get(b.identity) or self._hits(b, names) for b in builds}

    def lines(self, builds: Sequence[Build]) -> dict[str, tuple[Evidence, ...]]:
        self.lines_asked.append(tuple(build.identity for build in builds))
        if error := self.trouble or self.mute:
            raise error
        return {build.identity: self.telling[build.identity] for build in builds if build.identity in self.telling}

    def _hits(self, build: Build, names: set[str]) -> BuildAnswer:
        found = self.hits.get(build.identity, {})
        return BuildAnswer(
            tuple(
                Match(name, Evidence(line, "job-output.txt", 7, f"{build.web_url}/log/job-output.txt#7"))
                for name, line in found.items()
                if name in names
            )
        )


@dataclass
class FakeInfo:
    """A CI's own server."""

    known: list[BuildFacts] = field(default_factory=list)
    trouble: Exception | None = None
    asked: int = 0

    def facts(self, report: CIReport) -> Sequence[BuildFacts]:
        del report
        self.asked += 1
        if self.trouble:
            raise self.trouble
        return tuple(self.known)


@dataclass
class FakeGerrit:
    """Gerrit's side of posting: what it has is ``stands``; ``trouble`` comes before or after it took the comment."""

    username: str = BOT
    stands: list[Review] = field(default_factory=list)
    trouble: Exception | None = None
    takes: bool = True
    newest: int = 1
    closed: bool = False

    def post(self, review: Review) -> None:
        if self.takes:
            self.stands.append(review)
        if self.trouble:
            raise self.trouble

    def since(self, at: int) -> Iterable[Event]:
        del at
        return ()

    def change(self, number: int) -> ChangeHistory:
        texts = [f"Patch Set {r.patchset}:\n\n{r.message}" for r in self.stands if r.change == number]
        comments = tuple(CommentAdded(CHANGE, 1, self.username, text, int(START)) for text in texts)
        return ChangeHistory(replace(CHANGE, open=not self.closed), self.newest, comments)


@dataclass
class FakeIrc:
    said: list[Notice] = field(default_factory=list)

    def say(self, notice: Notice) -> None:
        self.said.append(notice)


class KeptBoard:
    """A board that keeps what was said last of each dependency."""

    def __init__(self) -> None:
        self.last: dict[str, str] = {}

    def say(self, name: str, state: Condition, why: str = "", *, retry_in: float | None = None) -> None:
        del retry_in
        self.last[name] = f"{state}: {why}" if why else state.value

    def count(self, what: str, by: int = 1) -> None:
        """Nothing is counted here."""


class KeptMeter:
    """A meter that keeps what was told: (what, seconds), and who was asked what."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, float, str]] = []
        self.waits: list[tuple[str, float]] = []

    def answered(self, peer: str, request: str, seconds: float, error: Exception | None) -> None:
        self.asked.append((peer, request, seconds, "" if error is None else str(error)))

    def logs_came(self, seconds: float) -> None:
        self.waits.append(("logs", seconds))

    def judged(self, verdict: Verdict, seconds: float) -> None:
        self.waits.append((verdict.summary, seconds))


def reported(number: int, job: str = "unit-tests", result: str = "FAILURE", *, voting: bool = True) -> ReportedBuild:
    uuid = UUID(number)
    return ReportedBuild(
        job,
        result,
        uuid,
        f"https://zuul.example.org/t/example/build/{uuid}",
        voting=voting,
        failed=result != "SUCCESS",
    )


def report(*builds: ReportedBuild, patchset: int = 1, at: float = START, **more: object) -> CIReport:
    made = CIReport(
        "zuul", CHANGE, patchset, int(at), builds, failed=True, digest="d", pipeline="check", buildset=UUID(99)
    )
    return replace(made, **more)  # type: ignore[arg-type]


def facts(number: int, **more: object) -> BuildFacts:
    return BuildFacts(
        uuid=UUID(number),
        job="unit-tests",
        result="FAILURE",
        log_url=f"https://logs.example.org/{number}/",
        changes=frozenset({(4711, 1)}),
        **more,  # type: ignore[arg-type]
    )


def settings(tmp_path: Path, *, store: str = "cluster", mode: str = "on", **more: object) -> Settings:
    return Settings(
        gerrit=Gerrit(host="review.example.org", username=BOT, key=Path("key"), known_hosts=Path("known_hosts")),
        cis=(replace(ZUUL, log_store=store),),
        log_stores={
            "cluster": ClusterStore(kind="opensearch", url="https://search.example.org"),
            "local": LocalStore(kind="local"),
        },
        signatures=Signatures(directories=(tmp_path,)),
        irc=Irc(host="irc.example.org", nick="erbot", channels=(ChannelRule(name="#gate"),)),
        rules=(Rule(mode=mode),),  # type: ignore[arg-type]
        waiting=Waiting(),
        speaking=more.pop("speaking", Speaking()),  # type: ignore[arg-type]
        state=tmp_path,
    )


SIGNATURES = (
    Signature("disk-full", 'message:"No space left"', title="the disk is full", advice="recheck"),
    Signature("dns", 'message:"Could not resolve host"', title="a host name could not be resolved"),
    Signature("no-node", 'filename:"custom-job-results.txt" AND message:"NODE_FAILURE"', title="no test machine"),
)


class World:
    """The desk and the poster over the real state file, with everything else simulated."""

    def __init__(
        self, tmp_path: Path, signatures: Sequence[Signature] = SIGNATURES, *, bugs: Bugs = NO_BUGS, **more: object
    ) -> None:
        self.settings = settings(tmp_path, **more)  # type: ignore[arg-type]
        self.clock = SimulatedClock()
        self.state = open_state(tmp_path)
        self.sightings_file = open_sightings(tmp_path)
        self.cases = StoredCases(self.state, self.clock)
        self.outbox = StoredOutbox(self.state, self.clock)
        self.brakes = StoredBrakes(self.state)
        self.store, self.info = FakeStore(), FakeInfo()
        self.gerrit, self.irc = FakeGerrit(), FakeIrc()
        self.library = Library(signatures)
        self.board, self.meter = KeptBoard(), KeptMeter()
        self.bugs = bugs
        self.start()

    def start(self, at_failpoint: AtFailpoint = no_failpoint) -> None:
        """As at a start of the process."""
        self.calls, self.post_calls = InlineCalls(), InlineCalls()
        publicity = Publicity(self.settings.public_projects)
        self.sightings = StoredSightings(self.sightings_file, self.clock, publicity)
        self.desk = Desk(
            settings=self.settings,
            peers=Peers({"cluster": self.store, "local": self.store}, {"zuul": self.info}),
            library=lambda: self.library,
            cases=self.cases,
            sightings=self.sightings,
            outages=StoredOutages(self.state, self.clock),
            brakes=self.brakes,
            bugs=self.bugs,
            calls=self.calls,
            at_failpoint=at_failpoint,
            clock=self.clock,
            meter=self.meter,
            roll=lambda: 0.5,
        )
        self.desk.add(self.cases.open_cases())
        self.poster = Poster(
            outbox=self.outbox,
            cases=self.cases,
            reviews=self.gerrit,
            history=self.gerrit,
            notices=self.irc,
            channels=[rule.name for rule in self.settings.irc.channels] if self.settings.irc else (),
            brakes=self.brakes,
            calls=self.post_calls,
            at_failpoint=at_failpoint,
            clock=self.clock,
            rules=self.settings.speaking,
            username=BOT,
            board=self.board,
        )

    def close(self) -> None:
        self.state.close()
        self.sightings_file.close()

    def arrive(self, *reports: CIReport) -> list[Case]:
        new = self.cases.keep(Batch(cases=tuple(open_case(r, self.clock.now()) for r in reports)))
        self.desk.add(new)
        return list(new)

    def work(self) -> None:
        """Step until nothing more happens at this moment."""
        for _ in range(6):
            self.desk.step()
            self.poster.step()

    def pass_(self, seconds: float) -> None:
        """Let time pass, a second at a time (long times in steps of ten), as the loops would see it."""
        end = self.clock.seconds + seconds
        step = 1.0 if seconds <= 2 * 60 else 10.0
        while self.clock.seconds < end:
            self.clock.seconds = min(end, self.clock.seconds + step)
            self.work()

    def ready(self, number: int, documents: int = 500, **hits: str) -> None:
        """The logs of a build are there; ``hits``: signature's name (with _ for -) to the line."""
        self.store.logs[UUID(number)] = LogsSeen(documents, console=True)
        self.store.hits[UUID(number)] = {name.replace("_", "-"): line for name, line in hits.items()}

    @property
    def comments(self) -> list[str]:
        return [review.message for review in self.gerrit.stands]

    def said(self, case: Case) -> str:
        with self.state.reading() as db:
            row = db.execute("SELECT stage, outcome, said FROM cases WHERE id = ?", (case.id,)).fetchone()
        return f"{row['stage']}: {row['outcome']}: {row['said']}"

    def stages(self) -> list[str]:
        with self.state.reading() as db:
            return [f"{r['sink']} {r['stage']}" for r in db.execute("SELECT sink, stage FROM outbox ORDER BY number")]
