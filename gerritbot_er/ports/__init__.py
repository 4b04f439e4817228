"""The ports: what the middle needs from the world, as Protocols that adapters fill.

Every method may raise ``errors.Transient`` (try again), ``errors.Permanent`` (never) or ``errors.Misconfigured``;
nothing else leaves an adapter.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gerritbot_er.insight.exported import Document, Exported, Receipt
from gerritbot_er.model import (
    BugFacts,
    Build,
    BuildAnswer,
    BuildFacts,
    Case,
    ChangeHistory,
    CIReport,
    Event,
    Evidence,
    Failure,
    LogsSeen,
    Notice,
    Outage,
    Reach,
    Reply,
    Review,
    Signature,
    Verdict,
)
from gerritbot_er.standing import Condition


class Clock(Protocol):
    """Time: ``now`` in UTC seconds for records, ``monotonic`` for deadlines."""

    def now(self) -> float: ...

    def monotonic(self) -> float: ...


class Mark(StrEnum):
    """A point of the way where a test may end the process: between any two steps that must not be torn apart."""

    TAKEN = "events are sorted, nothing is stored"
    KEPT = "a batch is stored, its new cases are not on the desk"
    HISTORY_READ = "history was read, nothing of it is stored"
    CAUGHT_UP = "what history told is stored, the gap is still open"
    ON_DESK = "a case is on the desk, nothing was asked"
    FACTS_KNOWN = "the CI's server has answered"
    LOGS_SEEN = "the log store has told what is there"
    MATCHED = "the log store has matched, nothing is judged"
    DECIDED = "the verdict and its words are made, nothing is stored"
    SETTLED = "the verdict and the outbox rows are stored"
    SENDING = "a comment's row says sending, Gerrit does not have it"
    POSTED = "Gerrit has the comment, its row still says sending"
    LOOKED = "history was read for the proof of a comment"
    PROVED = "a comment's row says sent"
    NOTICE_SENT = "a notice's row says sent, IRC does not have it"
    NOTICE_SAID = "IRC has the notice"
    OUTAGE_HIT = "an outage and its notice are stored, the case that hit it is not settled"
    OUTAGE_ENDED = "the end of an outage and its notice are stored"


Marks = Callable[[Mark], None]
"""Told each mark as it is passed, by the thread that passes it."""


def unmarked(mark: Mark) -> None:
    """Outside of tests nothing happens at a mark."""


class LogStore(Protocol):
    """Where logs are searched.  Its methods block, within the store's own time limits."""

    def readiness(self, builds: Sequence[Build]) -> Mapping[str, LogsSeen]:
        """What is there now, by build identity, in one request for up to 500 builds; nothing seen: left out."""

    def match(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        """All signatures against all builds, by build identity; every build of the question has an answer.

        Only the query of a signature is asked; scope, voting and test ids are the middle's business.
        """

    def lines(self, builds: Sequence[Build]) -> Mapping[str, tuple[Evidence, ...]]:
        """The lines that may tell why each failed, by build identity: what ``telling_lines`` keeps of its files.

        The console first, of each file in the order in which they stand there, at most 1,000 characters of each; they
        are of the last attempt that has any.  A build of which there are none is left out.
        """


class Comparisons(Protocol):
    """Where the logs of builds that did not fail are kept, so that signatures can be tried on those too."""

    @property
    def busy(self) -> bool:
        """Whether failed builds are being read, which come first."""

    def keep(self, build: Build) -> bool:
        """Fetch the logs of a build and keep them; False where they are not all here yet.  It blocks."""


class BuildInfo(Protocol):
    """What the CI's own server knows of the builds of a report."""

    def facts(self, report: CIReport) -> Sequence[BuildFacts]:
        """Those of the report's builds that the server knows by now, of a truncated report all of its buildset.

        Earlier attempts of a build are no builds of their own, but stand in its ``attempts`` and ``attempt_uuids``.
        """


class History(Protocol):
    """Gerrit's own record of what was said."""

    def since(self, at: int) -> Iterable[Event]:
        """Comments and patch sets from this second of the server on, oldest first, in as few requests as it takes."""

    def change(self, number: int) -> ChangeHistory:
        """One change with all of its comments; ``Permanent`` where there is no such change."""


class Groups(Protocol):
    """Gerrit's groups of accounts."""

    def members(self, name: str) -> frozenset[str]:
        """The usernames of a group's members; ``Misconfigured`` where our account does not see them."""


class Reviews(Protocol):
    """Comments on changes."""

    def post(self, review: Review) -> None:
        """Post one; its return proves nothing, the comment in the stream or in history does.

        ``Permanent`` where Gerrit refuses this comment for good (no such change, too long).
        """


class Notices(Protocol):
    """IRC."""

    def say(self, notice: Notice) -> None:
        """Say one line, at most once; it may wait in a bounded queue, and is lost if the server is away for long."""


@dataclass(frozen=True, slots=True)
class Done:
    """A call that has ended: with its result, or with the error it raised."""

    key: Hashable
    result: object = None
    error: Exception | None = None


class Calls(Protocol):
    """Blocking calls handed out and collected, so that no peer's slowness stops the loop."""

    def submit(self, lane: str, key: Hashable, call: Callable[[], object]) -> None:
        """Run ``call`` after those of the same lane (a few at a time per lane), and ring when it has ended."""

    def collect(self) -> Sequence[Done]:
        """What has ended since the last time."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What intake learnt in up to 100 ms, kept in one commit.

    ``patchsets``: (change number, patch set, server's second); ``closed``: (change number, server's second);
    ``proofs``: tokens of our own comments that came back; ``cursor``: the server's second up to which all is seen;
    ``begin`` stands for that until the first cursor is known.  ``replies`` are no part of the commit.
    """

    cases: tuple[Case, ...] = ()
    reports: tuple[tuple[str, CIReport], ...] = ()
    patchsets: tuple[tuple[int, int, int], ...] = ()
    closed: tuple[tuple[int, int], ...] = ()
    proofs: frozenset[str] = frozenset()
    cursor: int | None = None
    begin: int | None = None
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class Spoken:
    """A comment of ours on a patch set, posted or about to be; ``part`` 2 is a follow-up.

    ``stands`` is False where it was withheld or refused.
    """

    case_id: str
    part: int
    bugs: tuple[str, ...]
    created_at: float
    stands: bool = True


FOLLOW_UP = 2
"""The part of a case that is its follow-up."""
GERRIT_SINK, IRC_SINK = "gerrit", "irc:"
"""Where a row of the outbox goes; a channel's name stands behind the latter."""


@dataclass(frozen=True, slots=True)
class Post:
    """One row for the outbox: ``sink`` is "gerrit" or "irc:#channel"; ``token`` proves the post ("" for IRC).

    ``part`` is 1 for what is said of a case, 2 for its follow-up; from 3 on it is an outage's begin or end.  ``bugs``
    are the names of signatures, and the keys of groups.
    """

    case_id: str
    sink: str
    part: int
    change: int
    patchset: int
    bugs: tuple[str, ...]
    body: str
    token: str = ""

    @property
    def is_of_outage(self) -> bool:
        """Whether it concerns more than its change."""
        return self.part > FOLLOW_UP


@dataclass(frozen=True, slots=True)
class Posting:
    """A row of the outbox at work: ``stage`` is "pending" or "sending"; times in UTC seconds."""

    number: int
    post: Post
    stage: str
    changed_at: float
    attempts: int


class Cases(Protocol):
    """The record of cases and changes; every method is one commit."""

    def keep(self, batch: Batch) -> Sequence[Case]:
        """Store a batch; returns those of its cases that were not known before."""

    def open_cases(self) -> Sequence[Case]:
        """All cases that have no final verdict yet, oldest first."""

    def cursor(self) -> int | None:
        """The server's second up to which nothing was missed; None before the first start."""

    def newest(self, change: int) -> tuple[int, bool] | None:
        """(newest patch set seen, whether the change is open); None for a change not seen yet."""

    def spoken(self, change: int, patchset: int) -> Sequence[Spoken]:
        """Our comments on a patch set, oldest first, with those that were decided and do not stand."""

    def answered(self, change: int, patchset: int, at: int) -> Spoken | None:
        """Our newest comment on this or an earlier patch set that Gerrit had in this second of its own clock."""

    def comments_since(self, at: float) -> int:
        """How many comments were decided since this UTC second."""

    def settle(
        self, verdict: Verdict, said: str | None, posts: Sequence[Post], *, done: bool, held: bool = False
    ) -> None:
        """Record a verdict, what is said about it or why nothing is, and the outbox rows, together.

        ``said`` is None where what was recorded before still holds; ``held``: a limit keeps a comment back.  A row
        that stands already (same case, sink and part) is left as it is.
        """


class Outbox(Protocol):
    """The comments and notices between deciding and posting."""

    def at_work(self) -> Sequence[Posting]:
        """The rows that are pending or sending, oldest first."""

    def sending(self, number: int) -> bool:
        """From here on the peer may have it; False where the row is pending no more, and so is not to be posted."""

    def again(self, number: int, why: str) -> None:
        """Back to pending: proved not to have arrived."""

    def sent(self, number: int) -> None:
        """Proved to have arrived (a notice: handed over)."""

    def failed(self, number: int, why: str) -> None:
        """Refused for good."""

    def withheld(self, number: int, why: str) -> None:
        """Not posted, on purpose."""


class Outages(Protocol):
    """The outages; every method is one commit."""

    def current(self) -> Sequence[Outage]:
        """Those that last, oldest first."""

    def ended(self, failure: Failure) -> Outage | None:
        """The last one of a failure that has ended."""

    def hit(self, outage: Outage, notices: Sequence[Notice]) -> Outage:
        """Keep it as it is now, with the notices for those of the channels that have not heard of it; as it is kept.

        Where none of this failure lasts it begins, whatever its number.
        """

    def end(self, outage: Outage, notices: Sequence[Notice]) -> bool:
        """Let it end, with these notices; False where it had ended before."""


class Brakes(Protocol):
    """What the operator has stopped; read anew each time, so that it works at once."""

    def paused(self, now: float) -> bool:
        """Whether nothing is to be posted or said."""

    def muted(self, now: float) -> frozenset[str]:
        """The names of signatures that are not to be spoken of."""


class Sightings(Protocol):
    """What statistics come from; losing it never stops the daemon."""

    def reported(self, reports: Sequence[tuple[str, CIReport]]) -> None:
        """Remember reports, good ones too, by their case key."""

    def judged(self, verdict: Verdict) -> None:
        """Remember what is known of the builds of a case, in place of what was known before."""

    def reach(self, verdict: Verdict, until: float, around: float) -> Sequence[Reach]:
        """How far each failure of a judged verdict reaches, of those that are known to be one.

        ``until``: the server's second that is now; ``around``: the seconds before and after the report whose hits are
        told.  Where the statistics cannot be read nothing is known.
        """

    def hit(self, failure: Failure, since: float) -> int:
        """How many changes that everybody may hear of a failure has hit from this second of the server on."""

    def replied(self, replies: Sequence[Reply]) -> None:
        """Remember what people answered to us, each answer once however often it is told."""

    def successes(self, build: Build) -> Sequence[Build]:
        """A few builds of the same job in the same project that did not fail lately, newest first."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A failed build that a cluster does not have as it is now; ``number`` is another each time that it changes."""

    number: int
    build: Exported


class UnsentBuilds(Protocol):
    """The decided builds that a cluster is still to get."""

    def newest(self, most: int) -> Sequence[Unsent]:
        """At most so many, the one that changed last first."""

    def forget(self, numbers: Iterable[int]) -> None:
        """These were sent; one that has changed meanwhile has another number, and stays."""

    def count(self) -> int:
        """How many there are."""


class SightingsIndex(Protocol):
    """Where documents of failed builds are sent.  Its methods block."""

    def prepare(self) -> None:
        """Make it where it is missing; ``Misconfigured`` where it is not as it has to be."""

    def send(self, documents: Sequence[Document]) -> Sequence[Receipt]:
        """Put them there, in place of those with the same ids; what became of each, in their order."""


class Tracker(Protocol):
    """Where bugs are looked up by the URLs of their pages."""

    def host(self, url: str) -> str | None:
        """Who is asked about this bug; None where nobody is."""

    def look(self, url: str) -> BugFacts:
        """What is said of a bug now; it blocks.  ``Permanent`` where this one is not told of."""


@dataclass(frozen=True, slots=True)
class BugRecord:
    """What came of looking up a bug at ``tried_at`` (UTC seconds): facts, or None and why there are none."""

    tried_at: float
    facts: BugFacts | None = None
    why: str = ""


class Bugs(Protocol):
    """What is known of bugs; it asks nobody, waits for nobody, and may be used by any thread."""

    def known(self, url: str) -> BugFacts | None:
        """What was last said of the bug at this URL; None where nothing is known."""


class BugCache(Bugs, Protocol):
    """What is known of bugs, as it is kept; losing it costs asking again."""

    def record(self, url: str) -> BugRecord | None:
        """What came of looking up this bug the last time."""

    def keep(self, url: str, record: BugRecord) -> None:
        """Remember it in place of what was known."""


class _NoBugs:
    """Where no tracker is asked."""

    def known(self, url: str) -> BugFacts | None:
        del url
        return None


NO_BUGS: Bugs = _NoBugs()


class Board(Protocol):
    """Where everyone says how it stands with what he depends on; it never waits and never fails."""

    def say(self, name: str, state: Condition, why: str = "", *, retry_in: float | None = None) -> None:
        """How it stands now with the dependency of this name; ``retry_in`` are the seconds until the next try."""

    def count(self, what: str, by: int = 1) -> None:
        """Something happened that people may want to count."""


class _Unheard:
    """A board that nobody looks at."""

    def say(self, name: str, state: Condition, why: str = "", *, retry_in: float | None = None) -> None:
        pass

    def count(self, what: str, by: int = 1) -> None:
        pass


UNHEARD: Board = _Unheard()


class Meter(Protocol):
    """Where is told what people want to see the spread of; it never waits and never fails.  Any thread may call."""

    def answered(self, peer: str, request: str, seconds: float, error: Exception | None) -> None:
        """A request to a peer has ended, after so many seconds."""

    def logs_came(self, seconds: float) -> None:
        """The logs of a build were seen to be whole, so many seconds after its report."""

    def judged(self, verdict: Verdict, seconds: float) -> None:
        """A case has its final verdict, so many seconds after its report."""


class _Unmeasured:
    """A meter that nobody reads."""

    def answered(self, peer: str, request: str, seconds: float, error: Exception | None) -> None:
        pass

    def logs_came(self, seconds: float) -> None:
        pass

    def judged(self, verdict: Verdict, seconds: float) -> None:
        pass


UNMEASURED: Meter = _Unmeasured()
