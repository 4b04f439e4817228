"""What the tools answer, in the shape that goes over the wire.  Pure.

Times are UTC, as ISO 8601.  What strangers wrote is ``Quoted``; plain texts are our own words, the operator's, or links
whose hosts the configuration names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gerritbot_er.dependencies import Condition
from gerritbot_er.model import Judgement, Outcome

from .quoted import NOTICE, Quoted


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line of a log, or lines that follow one another, and where the first of them stands."""

    text: Quoted
    place: Quoted
    url: str | None


@dataclass(frozen=True, slots=True)
class BugInBuild:
    """A known bug that broke a build, and what proves it; other_changes_hit: within a day of this build."""

    signature: str
    title: Quoted
    tracker_url: str | None
    advice: str
    captured: tuple[Quoted, ...]
    evidence: tuple[Evidence, ...]
    other_changes_hit: int | None


@dataclass(frozen=True, slots=True)
class Build:
    """A failed build; build is its id for explain_build, verdict what is known of the reason.

    telling_line is the one that tells most of why it failed, where no known bug explains it; log_lines are those around
    it, which only explain_build gives: log_lines_left_out are not in this answer.
    """

    build: str
    job: Quoted
    url: str | None
    reported_at: str
    ran_seconds: int | None
    ci: str
    project: Quoted
    branch: Quoted
    pipeline: Quoted
    change: int
    patchset: int
    result: Quoted
    voting: bool
    verdict: Outcome
    verdict_in_words: str
    explained_later: bool
    known_bugs: tuple[BugInBuild, ...]
    telling_line: Evidence | None
    log_lines: tuple[Evidence, ...]
    log_lines_left_out: int
    unexplained_group: str | None
    other_changes_in_group: int | None
    notes: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class BuildAnswer:
    """One failed build."""

    build: Build
    about_untrusted_text: str = NOTICE


@dataclass(frozen=True, slots=True)
class Message:
    """A comment or notice of the bot, and what became of it."""

    where: str
    stage: str
    at: str
    text: Quoted


@dataclass(frozen=True, slots=True)
class Report:
    """A CI's report on a patch set; said: what the bot was to say, or why it said nothing."""

    patchset: int
    ci: str
    pipeline: Quoted
    reported_at: str
    failed: bool
    failed_builds: int
    said: Quoted
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody answered to the bot."""

    at: str
    patchset: int
    author: Quoted
    judgement: Judgement
    bug: Quoted


@dataclass(frozen=True, slots=True)
class ChangeAnswer:
    """A change: why the builds of one of its patch sets failed, and the newest of all its CI reports."""

    number: int
    url: str | None
    subject: Quoted
    project: Quoted
    branch: Quoted
    patchset: int
    patchsets_with_failures: tuple[int, ...]
    failed_builds: tuple[Build, ...]
    more_failed_builds: int
    reports: tuple[Report, ...]
    more_reports: int
    replies: tuple[Reply, ...]
    about_untrusted_text: str = NOTICE


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a failure reached in the time that was asked for."""

    builds: int
    changes: int
    first_seen: str
    last_seen: str
    ci_hours: float
    gate_resets: int


@dataclass(frozen=True, slots=True)
class KnownBug:
    """A known bug; state is what its tracker says, "" where that is not known."""

    signature: str
    title: Quoted
    tracker_url: str | None
    tracker_state: Quoted
    reach: Reach
    jobs: int


@dataclass(frozen=True, slots=True)
class Unheard:
    """A filter whose name no recorded failure has, so that nothing can be found; perhaps the nearest is meant."""

    filter: str
    name: Quoted
    nearest: Quoted | None


@dataclass(frozen=True, slots=True)
class KnownBugs:
    """The bugs that hit, the costliest first; more hit as well."""

    last: str
    bugs: tuple[KnownBug, ...]
    more: int
    unheard: tuple[Unheard, ...]
    about_untrusted_text: str = NOTICE


@dataclass(frozen=True, slots=True)
class Counted:
    """How many builds a job, project or branch has of something."""

    name: Quoted
    builds: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A build with what proves the bug in it."""

    build: str
    at: str
    job: Quoted
    change: int
    patchset: int
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class BugReply:
    """What somebody answered to a comment about this bug; bug: another one that was named."""

    at: str
    change: int
    author: Quoted
    judgement: Judgement
    bug: Quoted


@dataclass(frozen=True, slots=True)
class BugAnswer:
    """A known bug; first_seen and last_seen are of all times, reach is null where it did not hit in the time asked."""

    signature: str
    title: Quoted
    tracker_url: str | None
    tracker_state: Quoted
    advice: str
    last: str
    first_seen: str | None
    last_seen: str | None
    reach: Reach | None
    jobs: tuple[Counted, ...]
    projects: tuple[Counted, ...]
    branches: tuple[Counted, ...]
    changes: tuple[int, ...]
    samples: tuple[Sample, ...]
    replies: tuple[BugReply, ...]
    signature_file: Quoted
    about_untrusted_text: str = NOTICE


@dataclass(frozen=True, slots=True)
class Group:
    """Failures that are alike and that no signature explains; new: first seen in the last day."""

    id: str
    new: bool
    line: Quoted
    file: Quoted
    job: Quoted
    jobs: int
    reach: Reach


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups, new ones first, then those that hit most changes; builds_without_group have no lines that tell."""

    last: str
    groups: tuple[Group, ...]
    more: int
    unexplained_builds: int
    builds_without_group: int
    unheard: tuple[Unheard, ...]
    about_untrusted_text: str = NOTICE


@dataclass(frozen=True, slots=True)
class SharedLine:
    """What so many of the group's newest builds say, with a real line."""

    builds: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Member:
    """A build of the group."""

    build: str
    at: str
    job: Quoted
    project: Quoted
    change: int
    patchset: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted signature file, to be reviewed, and what it matches of the builds at hand.

    hits: of of_builds in the group; wrong_hits: in builds of other groups and in explained ones, of of_others.
    """

    file: Quoted
    hits: int
    of_builds: int
    wrong_hits: int
    of_others: int
    remarks: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """One group of unexplained failures; draft is null where its lines have no word in common."""

    id: str
    last: str
    first_seen: str
    reach: Reach
    shared_lines: tuple[SharedLine, ...]
    looked_at_builds: int
    newest_builds: tuple[Member, ...]
    jobs: tuple[Counted, ...]
    projects: tuple[Counted, ...]
    branches: tuple[Counted, ...]
    draft: Draft | None
    about_untrusted_text: str = NOTICE


@dataclass(frozen=True, slots=True)
class Dependency:
    """Something that the bot depends on, and how it stands with it."""

    name: str
    state: Condition
    since: str
    why: Quoted


@dataclass(frozen=True, slots=True)
class Outage:
    """One failure over many changes in a short time: of a known bug or of a group; ended_at is null while it lasts."""

    signature: str | None
    unexplained_group: str | None
    title: Quoted
    since: str
    changes: int
    ended_at: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """How the bot is, and which outages there are or were in the last hours."""

    running: bool
    summary: Quoted
    outages: tuple[Outage, ...]
    dependencies: tuple[Dependency, ...]
    open_cases: int
    oldest_open_case: str | None
    outbox: Mapping[str, int]
    brakes: tuple[str, ...] = field(default=())
    about_untrusted_text: str = NOTICE
