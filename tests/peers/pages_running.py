"""The pages over true HTTP, from a true state file, for tests that ask them."""

import dataclasses
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from gerritbot_er.clock import SystemClock
from gerritbot_er.dependencies import Condition
from gerritbot_er.model import (
    BugFacts,
    BuildVerdict,
    Case,
    Change,
    CIReport,
    Evidence,
    Failure,
    Match,
    Outage,
    Outcome,
    ReportedBuild,
    Signature,
    Verdict,
)
from gerritbot_er.ports import Batch, Post
from gerritbot_er.ports.past import Retried
from gerritbot_er.ports.reading import Statistics
from gerritbot_er.settings import CI, ClusterStore, Gerrit, Settings, Signatures
from gerritbot_er.signatures.library import Library
from gerritbot_er.state import (
    Publicity,
    StatusBoard,
    StoredCases,
    StoredOutages,
    StoredRecords,
    StoredSightings,
    StoredStatistics,
    StoredTrials,
    open_sightings,
    open_state,
)
from gerritbot_er.state.publishing import Publishing
from gerritbot_er.triage.cases import builds_of, open_case
from gerritbot_er.typed_yaml import Problem
from gerritbot_er.web.health import Health, extras
from gerritbot_er.web.meter import PrometheusMeter
from gerritbot_er.web.pages import page_app
from gerritbot_er.web.server import PageServer
from gerritbot_er.web.sources import Sources, Workload

BUILD = "https://zuul.example.org/t/example/build/" + 32 * "a"
CHANGE = Change(4711, "example/widgets", "master", "https://review.example.org/c/example/widgets/+/4711", "Keep it")
EVIDENCE = Evidence(
    "toomanyrequests: You have reached your pull rate limit.", "job-output.txt", 812, BUILD + "/log/job-output.txt#812"
)
SIGNATURE = Signature(
    "1234567",
    query="x",
    title="the image registry refused the pull",
    bug="https://bugs.example.org/1234567",
    advice="recheck",
)

NO_WORKLOAD = Workload(
    newest_at=None, cases=0, waiting=0, asked_again=0, sample=0, calls={}, left_out=0, notices=None, kept={}, files={}
)


def settings(folder: Path, **changes: object) -> Settings:
    whole = Settings(
        gerrit=Gerrit(host="review.example.org", username="bot", key=folder / "key", known_hosts=folder / "known"),
        cis=(
            CI(
                name="zuul",
                kind="zuul",
                account="zuul",
                log_store="cluster",
                web="https://zuul.example.org",
                tenant="example",
            ),
        ),
        log_stores={"cluster": ClusterStore(kind="opensearch", url="https://search.example.org")},
        signatures=Signatures(directories=(folder,)),
        state=folder,
    )
    return dataclasses.replace(whole, **changes)  # type: ignore[arg-type] # any of its fields


class Ahead(SystemClock):
    """A clock that may be put ahead, and by which nothing takes time.

    So no page is remembered, however slow the machine is: each shows what is there when it is asked for.
    """

    def __init__(self) -> None:
        self.by = 0.0

    def now(self) -> float:
        return super().now() + self.by

    def monotonic(self) -> float:
        return 0.0


class KnownBugs:
    """What trackers say, by hand."""

    def __init__(self, facts: Mapping[str, BugFacts]) -> None:
        self._facts = facts

    def known(self, url: str) -> BugFacts | None:
        return self._facts.get(url)


class Pages:
    """The pages of a folder; ``keep`` puts cases there as the daemon does."""

    def __init__(
        self,
        folder: Path,
        *,
        signature: Signature = SIGNATURE,
        statistics: Statistics | None = None,
        **changes: object,
    ) -> None:
        self.clock = clock = Ahead()
        self.settings = settings(folder, **changes)
        self._state, self._sightings_file = open_state(folder), open_sightings(folder)
        public = self.settings.public_projects
        self.sightings = StoredSightings(self._sightings_file, clock, Publicity(public))
        Publishing(self._sightings_file, clock, public).step()
        self.cases = StoredCases(self._state, clock)
        self.board = StatusBoard(self._state, clock)
        self.stuck: tuple[str, ...] = ()
        self.workload = NO_WORKLOAD
        self.problems: tuple[Problem, ...] = ()
        self.meter = PrometheusMeter()
        self.bugs: dict[str, BugFacts] = {}
        sources = Sources(
            settings=self.settings,
            health=self._health,
            records=StoredRecords(folder),
            statistics=statistics or StoredStatistics(folder, public),
            bugs=KnownBugs(self.bugs),
            library=lambda: Library((signature,)),
            problems=lambda: self.problems,
            clock=clock,
            workload=lambda: self.workload,
            meter=self.meter,
        )
        self.server = PageServer("127.0.0.1", 0, page_app(sources), clock)
        self.url = f"http://127.0.0.1:{self.server.port}"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.server.run, args=(self._stop, lambda: None))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self.server.wake()
        self._thread.join()
        self.server.close()
        self._sightings_file.close()
        self._state.close()

    def _health(self) -> Health:
        return Health(
            self.board.dependencies(), self.stuck, self.board.counts(), extras(self.settings), self.board.started_at
        )

    def keep(
        self,
        *,
        change: Change = CHANGE,
        job: str = "unit",
        evidence: Evidence | None = EVIDENCE,
        more: tuple[Evidence, ...] = (),
        captured: tuple[tuple[str, str], ...] = (),
    ) -> Case:
        """A case with one explained build, as it stands in the state file; returns it."""
        build = ReportedBuild(job, "FAILURE", uuid=32 * "a", url=BUILD)
        report = CIReport("zuul", change, 2, 1_800_000_000, (build,), failed=True, digest="d", pipeline="check")
        case = open_case(report, 1_800_000_001.0)
        self.cases.keep(batch_of(case))
        match = Match("1234567", evidence, more, captured)
        found = tuple(BuildVerdict(one, Outcome.EXPLAINED, (match,)) for one in builds_of(case.report))
        self.cases.settle(Verdict(case, found), "comment", (), done=True)
        self.sightings.reported([(case.key, report)])
        self.sightings.judged(Verdict(case, found))
        return case

    def fail(
        self,
        number: int,
        *bugs: str,
        change: Change = CHANGE,
        ago: float = 3600.0,
        evidence: Evidence = EVIDENCE,
        job: str = "unit",
    ) -> Case:
        """A build of an hour that failed so many seconds ago, explained by these bugs; ``number`` makes its id.

        Without a bug the evidence is a line that may tell why.  A comment about a bug is posted at once.
        """
        at = int(self.clock.now() - ago)
        built = ReportedBuild(job, "FAILURE", f"{number:032x}", elapsed=3600)
        report = CIReport("zuul", change, 2, at, (built,), failed=True, digest="d", pipeline="check")
        case = open_case(report, float(at))
        matches = tuple(Match(name, evidence) for name in bugs)
        outcome, lines = (Outcome.EXPLAINED, ()) if bugs else (Outcome.UNEXPLAINED, (evidence,))
        verdict = Verdict(case, tuple(BuildVerdict(one, outcome, matches, lines=lines) for one in builds_of(report)))
        token = f"case {case.id}"
        post = Post(case.id, "gerrit", 1, change.number, 2, bugs, "body", token)
        self.cases.keep(batch_of(case))
        self.cases.settle(verdict, "comment" if bugs else "no known bug", (post,) if bugs else (), done=True)
        self.cases.keep(Batch(proofs=frozenset({token})))
        self.sightings.reported([(case.key, report)])
        self.sightings.judged(verdict)
        return case

    def find_later(self, number: int, bug: str) -> None:
        """The failed build that was recorded as so many is explained by a signature that came after its verdict."""
        trials, asked = StoredTrials(self._sightings_file, self.clock), {bug: "digest"}
        trials.begin("cluster", asked)
        trials.found_later("cluster", asked, [Retried(number, (Match(bug, EVIDENCE),), sure=True)], {})

    def outage(self, failure: Failure, case: Case, line: str = "") -> None:
        """A burst of this failure that lasts."""
        at = case.report.at
        StoredOutages(self._state, self.clock).keep(Outage(1, failure, at - 60, at, 14, line, (), case.id), ())

    def all_well(self) -> None:
        for name in ("stream", "history", "posts", "log store cluster", "CI zuul", "irc", "signatures"):
            self.board.say(name, Condition.WORKING)


def batch_of(case: Case) -> Batch:
    """What intake keeps of a report that opens a case."""
    report = case.report
    private = ((report.change.number, report.at),) if report.change.private else ()
    return Batch(cases=(case,), private=private)


def talk(pages: Pages, sent: bytes, *, patience: float = 10.0) -> bytes:
    """What the server answers to these bytes before it closes, or falls silent for so many seconds."""
    with socket.create_connection(("127.0.0.1", pages.server.port), timeout=patience) as peer:
        peer.sendall(sent)
        return b"".join(received(peer))


def received(peer: socket.socket) -> Iterator[bytes]:
    try:
        while chunk := peer.recv(65536):
            yield chunk
    except (TimeoutError, ConnectionResetError):
        return


@contextmanager
def pages_at(folder: Path, **changes: object) -> Iterator[Pages]:
    with Pages(folder, **changes) as pages:  # type: ignore[arg-type] # settings by name
        yield pages
