"""The vocabulary of gerritbot-er as frozen dataclasses: what rooms say to each other.  It imports nothing of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

NOT_FAILED = frozenset({"SUCCESS", "SKIPPED", "CANCELED", "DEQUEUED", "NO_JOBS", "NOT_BUILT"})
"""The result words that are no failure; every other word is one (UNSTABLE and ABORTED included)."""


# -- Gerrit ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """A Gerrit change as an event or a query shows it; text is cleaned of control characters."""

    number: int
    project: str
    branch: str
    url: str = ""
    subject: str = ""
    owner: str = ""
    private: bool = False
    open: bool = True


@dataclass(frozen=True, slots=True)
class CommentAdded:
    """A comment on a patch set, from the stream or from history; ``at`` is in the server's whole seconds.

    ``author`` is the account's username ("" where it has none), ``text`` the whole comment with Gerrit's own
    "Patch Set N:" line on top.
    """

    change: Change
    patchset: int
    author: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class PatchsetCreated:
    """A new patch set: what is known about earlier ones is outdated."""

    change: Change
    patchset: int
    at: int


@dataclass(frozen=True, slots=True)
class ChangeClosed:
    """A change was merged or abandoned."""

    change: Change
    at: int


@dataclass(frozen=True, slots=True)
class DroppedOutput:
    """Gerrit dropped events: the gap lies after the 128 events that still follow this one."""

    at: int


Event = CommentAdded | PatchsetCreated | ChangeClosed | DroppedOutput


@dataclass(frozen=True, slots=True)
class ChangeHistory:
    """A change as a query shows it now: its current patch set and all of its comments, oldest first."""

    change: Change
    patchset: int
    comments: tuple[CommentAdded, ...]


# -- CI --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportedBuild:
    """One job line of a CI's comment, as written.

    ``result`` is the result word, or the free text a job put in its place; ``detail`` the text after the word;
    ``elapsed`` is in seconds; ``uuid`` is the id in the URL (32 hex digits, 7 for Zuul v2; None for Jenkins);
    ``logs_url`` is a separate place of the logs that the comment names (Jenkins' "Logs: URL").
    """

    job: str
    result: str
    uuid: str | None = None
    url: str | None = None
    detail: str | None = None
    elapsed: int | None = None
    voting: bool = True
    failed: bool = True
    logs_url: str | None = None

    @property
    def identity(self) -> str:
        """What tells this build from others *as written*: uuid, else URL, else job name.

        Zuul 3 gave the page "…/build/None" to every build that never started ("build/None" where it knows no root of
        its pages): such a URL is nobody's.
        """
        if self.uuid:
            return self.uuid
        nobodys = self.url == "build/None" or (self.url and self.url.endswith("/build/None"))
        return self.job if nobodys else self.url or self.job


@dataclass(frozen=True, slots=True)
class CIReport:
    """One result comment of a CI on one patch set; ``at`` is in the server's whole seconds.

    ``failed`` is true if a voting build failed, or if there are no builds and the text says that it failed; then
    ``reason`` is that text, in one line.  ``digest`` identifies the text.  A ``truncated`` report lacks builds.
    """

    ci: str
    change: Change
    patchset: int
    at: int
    builds: tuple[ReportedBuild, ...]
    failed: bool
    digest: str
    pipeline: str | None = None
    buildset: str | None = None
    reason: str | None = None
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What the CI's own server says of a build; times are UTC seconds.

    ``changes`` holds (change number, patch set) of every change the build ran for, empty where the server does not
    tell; ``log_url`` is None where nothing was uploaded; ``attempts`` are the log URLs of earlier, retried attempts,
    ``attempt_uuids`` their ids, also of those without logs; both newest first.
    """

    uuid: str | None
    job: str
    result: str
    voting: bool = True
    url: str | None = None
    detail: str | None = None
    log_url: str | None = None
    changes: frozenset[tuple[int, int]] = frozenset()
    started_at: float | None = None
    ended_at: float | None = None
    attempts: tuple[str, ...] = ()
    attempt_uuids: tuple[str, ...] = ()


# -- Cases -----------------------------------------------------------------------------------------------------------


TEXT_KEY = "text:"
"""Opens the key of a report that names no build; such a key counts together with the report's second."""


@dataclass(frozen=True, slots=True)
class Case:
    """A failing CI report on its way to a verdict.  ``opened_at``: UTC seconds of receipt here."""

    id: str
    key: str
    report: CIReport
    opened_at: float


@dataclass(frozen=True, slots=True)
class Build:
    """A failed build of a case, with all that log stores need to find its logs.

    ``web_url`` is the page of the build at its CI (Zuul's "…/t/TENANT/build/UUID"), where lines can be linked;
    ``log_urls`` are the folders or console of its logs (earlier attempts after the last one); ``attempt_uuids`` are
    the ids of its earlier attempts, newest first; ``reported_at`` is in UTC seconds.
    """

    identity: str
    job: str
    result: str
    ci: str
    project: str
    branch: str
    change: int
    patchset: int
    reported_at: int
    pipeline: str | None = None
    uuid: str | None = None
    web_url: str | None = None
    log_urls: tuple[str, ...] = ()
    detail: str | None = None
    elapsed: int | None = None
    voting: bool = True
    attempt_uuids: tuple[str, ...] = ()


# -- Logs and signatures ---------------------------------------------------------------------------------------------

Document = Mapping[str, object]
"""One log line with its fields, as the log stores hold it (peer facts: ``message``, ``filename``, ``tags`` …)."""

Example = tuple[Document, ...]
"""Log lines of one build, each file's in the order in which they stand there."""


class Advice(StrEnum):
    """What the author of the change should do about a bug."""

    RECHECK = "recheck"
    WAIT = "wait"
    FIX = "fix"


class Category(StrEnum):
    """Whose business a bug is."""

    INFRA = "infra"
    PRODUCT = "product"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a signature applies; an empty tuple is everywhere.  Patterns are exact, ``*`` globs, or ``/regex/``."""

    jobs: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    results: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examples:
    """Log lines or documents that a signature must and must not match, checked offline.

    Each example is a build's logs in small: a plain signature looks for one of its documents, a compound one for
    several that belong together.
    """

    match: tuple[Example, ...] = ()
    no_match: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Within:
    """How far apart the lines of a compound signature may be, the first from the last: one of the two is set."""

    seconds: float | None = None
    lines: int | None = None


@dataclass(frozen=True, slots=True)
class Compound:
    """What several lines of one build look like together, each found by a query of its own.

    A line for each of ``all_of`` and for one of ``any_of``, where there are any, all within ``within``, the same in
    what ``same`` names, ``ordered`` as written; and there no line for any of ``none_of``.
    """

    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    within: Within | None = None
    same: tuple[str, ...] = ()
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """What a known bug looks like in logs: one YAML file.

    ``name`` is the file's name without ".yaml"; either ``query``, a Lucene query_string, or ``compound`` is set;
    ``bug`` is the bug's URL; ``advice`` one of Advice or a sentence; ``capture`` a regular expression whose named
    groups are shown from the proving lines; ``test_ids`` make it count only if one of them failed in the build.
    """

    name: str
    query: str | None = None
    compound: Compound | None = None
    title: str | None = None
    bug: str | None = None
    scope: Scope = field(default_factory=Scope)
    advice: str | None = None
    category: Category | None = None
    capture: str | None = None
    examples: Examples = field(default_factory=Examples)
    test_ids: tuple[str, ...] = ()
    allow_nonvoting: bool = False
    suppress_graph: bool = False
    suppress_notification: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """The log line that proves a match; ``url`` opens it (at the line, where ``number``, from 1, is known)."""

    line: str
    file: str
    number: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A signature that hit in a build; ``evidence`` is None where only the CI's report spoke.

    ``more`` are the further lines of a compound signature; ``captured`` holds names and values, in their order.
    """

    signature: str
    evidence: Evidence | None = None
    more: tuple[Evidence, ...] = ()
    captured: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LogsSeen:
    """What a log store holds of a build now.

    ``complete`` is true where the store knows that nothing more comes; a cluster does not, there the count of
    ``documents`` standing still between two polls tells, once the ``console`` is there.  ``partial``: something was
    not searched (a shard), so there may be more than was counted, and nothing seen does not mean that nothing came.
    """

    documents: int = 0
    console: bool = False
    complete: bool = False
    partial: bool = False


@dataclass(frozen=True, slots=True)
class BuildAnswer:
    """A log store's answer about one build: all matches found in it.

    ``partial``: something was not searched (a shard, a file), so a miss proves nothing and is asked again.
    ``absent``: there are no logs (yet).  ``changes``: the (change, patch set) pairs that the store's documents name,
    empty where it does not know.  ``notes`` say what was left out, for people.  ``failed_tests``: the ids of the tests
    that failed in it; None where that is not known.
    """

    matches: tuple[Match, ...] = ()
    partial: bool = False
    absent: bool = False
    changes: frozenset[tuple[int, int]] = frozenset()
    notes: tuple[str, ...] = ()
    failed_tests: frozenset[str] | None = None


# -- Bugs ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BugFacts:
    """What a tracker says of the bug at ``url``; ``seen_at`` is the UTC second of its answer.

    ``title`` and ``state`` are the tracker's own words, cleaned, each a short line.  ``closed``: nobody works on it any
    more; ``fixed``: because it is mended.
    """

    url: str
    title: str
    state: str
    closed: bool
    fixed: bool
    seen_at: float


# -- Verdicts --------------------------------------------------------------------------------------------------------


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


class Judgement(StrEnum):
    """What somebody said of a comment of ours."""

    CONFIRM = "confirm"  # the bug is the right one
    WRONG = "wrong bug"
    BUG = "bug"  # it is another one


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person answered to us on a change; ``at`` in the server's whole seconds.

    ``bug`` is the number, key or URL that was named, with ``Judgement.BUG`` alone; ``author`` is the account's
    username.  ``case_id`` and ``signatures`` are those of the comment of ours that stood there, where one did.
    """

    change: Change
    patchset: int
    author: str
    at: int
    judgement: Judgement
    bug: str | None = None
    case_id: str | None = None
    signatures: tuple[str, ...] = ()


REPLY_PREFIX = "er:"
"""Opens a line that answers us, in letters of either case."""


# -- The same failure elsewhere ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed builds have in common: a known bug by its signature's name, or a group of unknown ones by its id."""

    name: str
    known: bool = True

    @property
    def key(self) -> str:
        """What it is called where names of signatures stand as well: a signature's file has no such name."""
        return self.name if self.known else f"group {self.name}"


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a failure of a verdict reaches; ``builds`` are the identities of the verdict's builds that have it.

    ``others``: how many other changes it hit in the last 24 hours; None where that cannot be told, as only changes
    that not everybody may hear of were among them.  ``alone``: no other change was ever hit.  ``hits`` are (server's
    second, change) of all hits around the report's, and ``newest`` the second of the report that was received last,
    both of what everybody may hear of.
    """

    failure: Failure
    builds: frozenset[str]
    others: int | None
    alone: bool
    hits: tuple[tuple[int, int], ...] = ()
    newest: int = 0


@dataclass(frozen=True, slots=True)
class Outage:
    """A failure that hit many changes within a short time; it lasts until it has hit none for some while.

    ``since`` and ``last`` are the server's seconds of its first and last hit, ``changes`` those that it hit meanwhile;
    ``line`` is one that tells of an unexplained one; ``told``: the channels that heard of it; ``case_id`` is the case
    of its last hit; ``ended_at`` in UTC seconds, None while it lasts.
    """

    number: int
    failure: Failure
    since: int
    last: int
    changes: int
    line: str
    told: tuple[str, ...]
    case_id: str
    ended_at: float | None = None


# -- Speaking --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Review:
    """A comment to post: ``token`` is its last line's proof, found again in the stream or in history."""

    change: int
    patchset: int
    message: str
    token: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for one IRC channel."""

    channel: str
    text: str
